import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCheckpointFile, toCheckpointFileText } from './checkpoint-file.ts';
import { makeSampleRecord } from './sample-record.ts';

const NOTES = makeSampleRecord([1, 1, 1], [0, 1, 2, 3]).checkpoints;
const FILE = NOTES.map(toCheckpointFileText).join('');

describe('the file of checkpoints', () => {
  it('gives the notes that were written, byte by byte', () => {
    expect(NOTES).toHaveLength(4);
    expect(parseCheckpointFile(FILE)).toEqual({ ok: true, notes: NOTES, rest: '' });
    expect(parseCheckpointFile('')).toEqual({ ok: true, notes: [], rest: '' });
  });

  it('cut anywhere gives the whole notes before the cut, and the rest apart', () => {
    fc.assert(
      fc.property(fc.nat(FILE.length), (at) => {
        const parsed = parseCheckpointFile(FILE.slice(0, at));
        if (!parsed.ok) throw new Error(parsed.problem);
        expect(parsed.notes).toEqual(NOTES.slice(0, parsed.notes.length));
        expect(parsed.notes.map(toCheckpointFileText).join('') + parsed.rest).toBe(
          FILE.slice(0, at),
        );
        expect(parsed.rest.length).toBeLessThan(FILE.length / NOTES.length + 2);
      }),
    );
  });
});
