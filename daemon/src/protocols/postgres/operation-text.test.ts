import { describe, expect, it } from 'vitest';
import { toOperationText } from './operation-text.ts';

function text(value: string | null): { binary: boolean; value: Buffer | null } {
  return { binary: false, value: value === null ? null : Buffer.from(value) };
}

describe('the text of an operation', () => {
  it('is the statement alone when nothing is bound', () => {
    expect(toOperationText('SELECT 1', [])).toBe('SELECT 1');
  });

  it('shows every value on a line of its own', () => {
    expect(toOperationText('SELECT $1, $2', [text('a'), text(null)])).toBe(
      'SELECT $1, $2\n-- $1 = "a"\n-- $2 = NULL',
    );
  });

  it('a value cannot pass for another line, nor NULL for the word', () => {
    expect(toOperationText('x', [text('a"\n-- $2 = "b')])).toBe('x\n-- $1 = "a\\"\\n-- $2 = \\"b"');
    expect(toOperationText('x', [text('NULL')])).toBe('x\n-- $1 = "NULL"');
  });

  it('binary values are shown as bytes, and as the number they may be', () => {
    const number = Buffer.from([0, 0, 0, 42]);
    expect(toOperationText('x', [{ binary: true, value: number }])).toBe(
      'x\n-- $1 = \\x0000002a (as a number 42)',
    );
    expect(toOperationText('x', [{ binary: false, value: Buffer.from([0xff]) }])).toBe(
      'x\n-- $1 = \\xff',
    );
  });

  it('a long value is shown by length and digest, so that two of them still differ', () => {
    const [a, b] = ['a', 'b'].map((letter) => toOperationText('x', [text(letter.repeat(5_000))]));
    expect(a).toMatch(/^x\n-- \$1 = \(5000 bytes, text, sha256 [0-9a-f]{64}\)$/);
    expect(a).not.toBe(b);
  });
});
