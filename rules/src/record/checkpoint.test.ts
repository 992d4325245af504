import { describe, expect, it } from 'vitest';
import { openCheckpoint, parseCheckpointText, signCheckpoint } from './checkpoint.ts';
import { EMPTY_ROOT } from './merkle.ts';
import { parseVerifierKey } from './note-key.ts';
import { SAMPLE_SIGNER, SAMPLE_VKEY, makeSampleSigner } from './sample-record.ts';
import { signNote } from './signed-note.ts';

const ROOT = 'CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=';

function sampleVerifier() {
  const parsed = parseVerifierKey(SAMPLE_VKEY);
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.verifier;
}

describe('the text of a checkpoint', () => {
  it('is read as the C2SP document writes it', () => {
    const text = `example.com/behind-the-sofa\n20852163\n${ROOT}\n`;
    expect(parseCheckpointText(text)).toEqual({
      ok: true,
      checkpoint: {
        origin: 'example.com/behind-the-sofa',
        size: 20852163,
        root: Buffer.from(ROOT, 'base64'),
        extensions: [],
      },
    });
  });

  it.each([
    ['an extension line', `a\n5\n${ROOT}\nmore\n`, true],
    ['size 0', `a\n0\n${ROOT}\n`, true],
    ['an origin with spaces', `a b\n5\n${ROOT}\n`, true],
    ['no final newline', `a\n5\n${ROOT}`, false],
    ['two lines', `a\n5\n`, false],
    ['an empty origin', `\n5\n${ROOT}\n`, false],
    ['an empty extension', `a\n5\n${ROOT}\n\n`, false],
    ['an empty extension before another', `a\n5\n${ROOT}\n\nmore\n`, false],
    ['a leading zero', `a\n05\n${ROOT}\n`, false],
    ['a sign', `a\n+5\n${ROOT}\n`, false],
    ['no size', `a\n\n${ROOT}\n`, false],
    ['another numeral', `a\n٣\n${ROOT}\n`, false],
    ['a size beyond exact numbers', `a\n9007199254740993\n${ROOT}\n`, false],
    ['a short root', `a\n5\nCsUYapGGPo4=\n`, false],
    ['a root without padding', `a\n5\n${ROOT.slice(0, -1)}\n`, false],
    ['a root with stray bits', `a\n5\n${ROOT.replace('2I=', '2J=')}\n`, false],
  ])('with %s: %#', (_name, text, fine) => {
    expect(parseCheckpointText(text).ok).toBe(fine);
  });
});

describe('signed checkpoints', () => {
  const head = { size: 5, root: Buffer.from(ROOT, 'base64') };

  it('a checkpoint opens under its key, and pins its bytes', () => {
    const note = signCheckpoint(head, SAMPLE_SIGNER);
    expect(openCheckpoint(note, sampleVerifier())).toMatchObject({
      ok: true,
      checkpoint: { origin: 'agentguard/sample', size: 5 },
    });
    expect(note).toMatchInlineSnapshot(`
      "agentguard/sample
      5
      CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

      — agentguard/sample 8reiuEj3uhLjzXYwYrqse2xeZuD2WF6QkMeIIgIIYUQqGgYDSczqsMwU40j+gmmuH3GbdJI/OAV8nbjP6/6/LhiLKA0=
      "
    `);
  });

  it('a checkpoint of another key does not open', () => {
    const other = makeSampleSigner('agentguard/sample', Buffer.alloc(32, 8));
    expect(openCheckpoint(signCheckpoint(head, other), sampleVerifier()).ok).toBe(false);
  });

  it('a checkpoint of another log under the same key does not open', () => {
    const note = signNote(`other.example/log\n5\n${ROOT}\n`, SAMPLE_SIGNER);
    expect(openCheckpoint(note, sampleVerifier())).toMatchObject({
      ok: false,
      problem: 'the checkpoint is of another log',
    });
  });

  it('a note of the key that is no checkpoint does not open', () => {
    expect(openCheckpoint(signNote('hello\n', SAMPLE_SIGNER), sampleVerifier()).ok).toBe(false);
  });

  it.each([
    { size: -1, root: EMPTY_ROOT },
    { size: 0.5, root: EMPTY_ROOT },
    { size: 1, root: Buffer.alloc(31) },
  ])('a tree that cannot be is not signed: %#', (impossible) => {
    expect(() => signCheckpoint(impossible, SAMPLE_SIGNER)).toThrow(RangeError);
  });
});
