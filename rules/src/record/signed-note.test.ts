import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NoteVerifier } from './note-key.ts';
import { parseVerifierKey } from './note-key.ts';
import { makeSampleSigner } from './sample-record.ts';
import { openNote, parseNote, signNote } from './signed-note.ts';

/** Text, keys and signatures of golang.org/x/mod/sumdb/note, note_test.go. */
const TEXT =
  'If you think cryptography is the answer to your problem,\n' +
  "then you don't know what your problem is.\n";
const PETER_LINE =
  '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n';
const ENOCH_LINE =
  '— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n';
const PETER = verifierOf('PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW');
const ENOCH = verifierOf('EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop');
const PETER_SIGNER = makeSampleSigner(
  'PeterNeumann',
  Buffer.from('AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz', 'base64').subarray(1),
);

/** The example of the C2SP document. */
const QUASIMODO =
  'Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n' +
  '— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n';

function verifierOf(vkey: string): NoteVerifier {
  const parsed = parseVerifierKey(vkey);
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.verifier;
}

describe('signing', () => {
  it('gives the bytes that the Go implementation gives', () => {
    expect(signNote(TEXT, PETER_SIGNER)).toBe(`${TEXT}\n${PETER_LINE}`);
  });

  it.each([
    ['without a final newline', 'abc'],
    ['with a control character', 'a\tb\n'],
    ['that is not Unicode', '\ud800\n'],
  ])('refuses a text %s', (_name, text) => {
    expect(() => signNote(text, PETER_SIGNER)).toThrow(RangeError);
  });

  it('refuses a signer whose name cannot stand in a note', () => {
    expect(() => signNote(TEXT, { ...PETER_SIGNER, name: 'Peter Neumann' })).toThrow(RangeError);
  });
});

describe('opening', () => {
  const both = `${TEXT}\n${PETER_LINE}${ENOCH_LINE}`;

  it.each([
    ['the one known key', [PETER], ['PeterNeumann']],
    ['both keys', [ENOCH, PETER], ['PeterNeumann', 'EnochRoot']],
  ])('with %s gives the text', (_name, verifiers, signers) => {
    expect(openNote(both, verifiers)).toEqual({ ok: true, text: TEXT, signers });
  });

  it('an empty line inside the text belongs to the text', () => {
    const parsed = parseNote(QUASIMODO);
    expect(parsed.ok && parsed.note.text.endsWith('\n\ned è subito sera.\n')).toBe(true);
    expect(parsed.ok && parsed.note.signatures[0]?.name).toBe('quasimodo.example/salvatore');
  });

  it('without a known key gives nothing', () => {
    expect(openNote(both, [])).toMatchObject({ ok: false });
    expect(openNote(`${TEXT}\n${ENOCH_LINE}`, [PETER])).toMatchObject({ ok: false });
  });

  it('a wrong signature of a known key refuses the note, though another key signed it well', () => {
    const wrong = PETER_LINE.replace('ZJku', 'ZJkv');
    expect(openNote(`${TEXT}\n${wrong}${ENOCH_LINE}`, [PETER, ENOCH])).toMatchObject({ ok: false });
    expect(openNote(`${TEXT}\n${wrong}${ENOCH_LINE}`, [ENOCH])).toMatchObject({ ok: true });
  });

  it('a signature under another name or id is of an unknown key', () => {
    const renamed = PETER_LINE.replace('PeterNeumann', 'CarmenSandiego');
    const renumbered = PETER_LINE.replace('x08g', 'xxxx');
    expect(openNote(`${TEXT}\n${renamed}`, [PETER])).toMatchObject({ ok: false });
    expect(openNote(`${TEXT}\n${renumbered}`, [PETER])).toMatchObject({ ok: false });
  });

  it.each([
    ['no signatures', TEXT],
    ['an empty line and no signatures', `${TEXT}\n`],
    ['no final newline', `${TEXT}\n${PETER_LINE.slice(0, -1)}`],
    ['a control character', `\u0001${TEXT}\n${PETER_LINE}`],
    ['a carriage return', `${TEXT}\n${PETER_LINE.slice(0, -1)}\r\n`],
    ['a lone surrogate', `\ud800${TEXT}\n${PETER_LINE}`],
    ['a name with a space', `${TEXT}\n${PETER_LINE.replace('PeterNeumann', 'Bad Name')}`],
    ['a line behind the signatures', `${TEXT}\n${PETER_LINE}Unexpected line.\n`],
    ['a hyphen for the dash', `${TEXT}\n${PETER_LINE.replace('—', '-')}`],
    ['base64 without padding', `${TEXT}\n${PETER_LINE.replace('=', '')}`],
    ['base64 with stray bits', `${TEXT}\n${PETER_LINE.replace('AM=', 'AN=')}`],
    ['two spaces', `${TEXT}\n${PETER_LINE.replace(' x08', '  x08')}`],
    ['too many signatures', `${TEXT}\n${PETER_LINE.repeat(101)}`],
    ['too much text', `${'x'.repeat(300_000)}\n\n${PETER_LINE}`],
  ])('a note with %s is refused', (_name, note) => {
    expect(openNote(note, [PETER])).toMatchObject({ ok: false });
  });

  it('sixteen signatures are accepted', () => {
    expect(openNote(`${TEXT}\n${PETER_LINE}${ENOCH_LINE.repeat(15)}`, [PETER])).toMatchObject({
      ok: true,
    });
  });

  it('no change of any bit leaves a note that opens to another text', () => {
    const note = Buffer.from(`${TEXT}\n${PETER_LINE}`, 'utf8');
    fc.assert(
      fc.property(fc.nat(note.length * 8 - 1), (bit) => {
        const changed = Buffer.from(note);
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(openNote(changed.toString('utf8'), [PETER]).ok).toBe(false);
      }),
    );
  });
});
