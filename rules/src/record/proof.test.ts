import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { signCheckpoint } from './checkpoint.ts';
import { makeInclusionProof } from './merkle-proofs.ts';
import { foldRoots, hashLeaf, hashNode } from './merkle.ts';
import { parseProof, toProofText, verifyProof } from './proof.ts';
import { SAMPLE_SIGNER, SAMPLE_VKEY, makeSampleRecord, makeSampleSigner } from './sample-record.ts';
import { toVerifierKey } from './note-key.ts';

const RECORD = makeSampleRecord([1, 3, 1, 2, 1, 5], [13]);

function proofOf(index: number): string {
  const leaves = RECORD.bodies.map((body) => hashLeaf(Buffer.from(body, 'utf8')));
  const source = (height: number, position: number): Buffer => {
    let level = leaves.slice(position * 2 ** height, (position + 1) * 2 ** height);
    while (level.length > 1) {
      const next: Buffer[] = [];
      for (let at = 0; at < level.length; at += 2) next.push(hashNode(level[at]!, level[at + 1]!));
      level = next;
    }
    return foldRoots(level);
  };
  return toProofText({
    index,
    body: Buffer.from(RECORD.bodies[index]!, 'utf8'),
    hashes: makeInclusionProof(index, RECORD.bodies.length, source),
    checkpoint: RECORD.checkpoints[0]!,
  });
}

describe('P-12: a proof', () => {
  it.each(RECORD.bodies.map((body, index) => [index, body] as const))(
    'of entry %s holds with the public key alone, and shows the entry',
    (index, body) => {
      expect(verifyProof(proofOf(index), SAMPLE_VKEY)).toMatchObject({
        ok: true,
        text: body,
        body: { index },
        checkpoint: { origin: 'agentguard/sample', size: 13 },
      });
    },
  );

  it('has the form of C2SP tlog-proof', () => {
    const lines = proofOf(6).split('\n');
    expect(lines[0]).toBe('c2sp.org/tlog-proof@v1');
    expect(lines[1]).toBe(`extra ${Buffer.from(RECORD.bodies[6]!, 'utf8').toString('base64')}`);
    expect(lines[2]).toBe('index 6');
    expect(lines.slice(3, 7).map((line) => Buffer.from(line, 'base64').length)).toEqual([
      32, 32, 32, 32,
    ]);
    expect(lines.slice(7)).toEqual(['', ...RECORD.checkpoints[0]!.split('\n')]);
  });

  it('does not hold under another key, not even one of the same name', () => {
    const other = makeSampleSigner('agentguard/sample', Buffer.alloc(32, 9));
    const vkey = toVerifierKey(other.name, other.publicKey);
    expect(verifyProof(proofOf(3), vkey).ok).toBe(false);
  });

  it('no change of any bit leaves a proof that holds', () => {
    const proof = Buffer.from(proofOf(3), 'utf8');
    fc.assert(
      fc.property(fc.nat(proof.length * 8 - 1), (bit) => {
        const changed = Buffer.from(proof);
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(verifyProof(changed.toString('utf8'), SAMPLE_VKEY).ok).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  it('does not hold for an entry that says it stands elsewhere, though it was signed', () => {
    const body = Buffer.from(RECORD.bodies[4]!, 'utf8');
    const checkpoint = signCheckpoint({ size: 1, root: hashLeaf(body) }, SAMPLE_SIGNER);
    const proof = toProofText({ index: 0, body, hashes: [], checkpoint });
    expect(verifyProof(proof, SAMPLE_VKEY)).toEqual({
      ok: false,
      problem: 'the entry says that it stands elsewhere',
    });
  });

  it('does not hold for another entry of the same record', () => {
    const body = Buffer.from(RECORD.bodies[4]!, 'utf8').toString('base64');
    const swapped = proofOf(3).replace(/^extra .*$/m, `extra ${body}`);
    expect(verifyProof(swapped, SAMPLE_VKEY).ok).toBe(false);
  });

  it.each([
    ['another first line', (proof: string) => proof.replace('@v1', '@v2')],
    ['no entry', (proof: string) => proof.replace(/^extra .*\n/m, '')],
    ['no index', (proof: string) => proof.replace(/^index .*\n/m, '')],
    ['a negative index', (proof: string) => proof.replace('index 3', 'index -3')],
    ['an index with a leading zero', (proof: string) => proof.replace('index 3', 'index 03')],
    ['an index that is no number', (proof: string) => proof.replace('index 3', 'index three')],
    ['a hash that is not base64', (proof: string) => proof.replace('index 3\n', 'index 3\n!!\n')],
    [
      'a hash that is too long',
      (proof: string) => proof.replace('index 3\n', `index 3\n${'A'.repeat(86)}==\n`),
    ],
    ['no checkpoint', (proof: string) => proof.slice(0, proof.indexOf('\n\n'))],
    [
      'too many hashes',
      (proof: string) =>
        proof.replace('index 3\n', `index 3\n${`${'A'.repeat(43)}=\n`.repeat(60)}`),
    ],
  ])('with %s is malformed', (_name, spoil) => {
    const spoiled = spoil(proofOf(3));
    expect(spoiled).not.toBe(proofOf(3));
    expect(parseProof(spoiled).ok).toBe(false);
    expect(verifyProof(spoiled, SAMPLE_VKEY).ok).toBe(false);
  });
});
