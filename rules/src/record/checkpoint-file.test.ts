import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  parseCheckpointFile,
  parseCheckpointFileEnd,
  toCheckpointFileText,
} from './checkpoint-file.ts';
import { makeSampleRecord } from './sample-record.ts';

const NOTES = makeSampleRecord([1, 1, 1], [0, 1, 2, 3]).checkpoints;
const FILE = NOTES.map(toCheckpointFileText).join('');

describe('the file of checkpoints', () => {
  it('gives the notes that were written, byte by byte', () => {
    expect(NOTES).toHaveLength(4);
    expect(parseCheckpointFile(FILE)).toEqual({ ok: true, notes: NOTES, rest: '' });
    expect(parseCheckpointFile('')).toEqual({ ok: true, notes: [], rest: '' });
  });

  it('its end gives the last whole note, wherever the end begins and the file is cut', () => {
    fc.assert(
      fc.property(fc.nat(FILE.length), fc.nat(FILE.length), (from, to) => {
        const length = NOTES[0]!.length + 1;
        const whole = Math.floor(to / length);
        fc.pre(whole > 0 && from <= (whole - 1) * length);
        expect(parseCheckpointFileEnd(FILE.slice(from, to))).toEqual({
          note: NOTES[whole - 1],
          rest: FILE.slice(whole * length, to),
        });
      }),
      { numRuns: 1000 },
    );
    expect(parseCheckpointFileEnd('')).toEqual({ note: null, rest: '' });
    expect(parseCheckpointFileEnd(FILE.slice(0, 50))).toEqual({
      note: null,
      rest: FILE.slice(0, 50),
    });
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
