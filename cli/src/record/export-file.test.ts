import { describe, expect, test } from 'vitest';
import { parseExport, toExportText } from './export-file.ts';

const NOTE = 'origin\n2\nroot=\n\n— origin sig=\n';

function fileOf(lines: readonly string[], notes: readonly string[]): string {
  return (
    toExportText({ kind: 'entries', lines: [...lines] }) +
    toExportText({ kind: 'checkpoints', notes: [...notes] })
  );
}

describe('an exported file', () => {
  test.each([
    ['with entries and checkpoints', ['{"a":1}', '{"b":2}'], [NOTE, NOTE]],
    ['with one entry', ['{"a":1}'], [NOTE]],
    ['without an entry', [], [NOTE]],
    ['without a checkpoint', ['{"a":1}'], []],
    ['without anything', [], []],
  ])('%s is read as it was written', (_name, lines, checkpoints) => {
    expect(parseExport(fileOf(lines, checkpoints))).toEqual({ ok: true, lines, checkpoints });
  });

  test('that comes in pieces is the same file', () => {
    const pieces =
      toExportText({ kind: 'entries', lines: ['{"a":1}'] }) +
      toExportText({ kind: 'entries', lines: [] }) +
      toExportText({ kind: 'entries', lines: ['{"b":2}'] }) +
      toExportText({ kind: 'checkpoints', notes: [NOTE] });
    expect(pieces).toBe(fileOf(['{"a":1}', '{"b":2}'], [NOTE]));
  });

  test('that was cut off before its checkpoints, or in the middle of one, is not read', () => {
    const whole = fileOf(['{"a":1}'], [NOTE]);
    const border = whole.indexOf('\n\n') + 2;
    for (let length = 0; length < whole.length; length += 1) {
      const parsed = parseExport(whole.slice(0, length));
      // Cut exactly behind the border it is a record without checkpoints, which does not verify.
      expect(parsed.ok).toBe(length === border);
    }
  });

  test('keeps an empty entry as one, for the verifier to find', () => {
    expect(parseExport(`{"a":1}\n\n{"b":2}\n\n${NOTE}\n`)).not.toMatchObject({
      lines: ['{"a":1}', '{"b":2}'],
    });
  });
});
