/** Small signed records for tests: real keys, real bytes, nothing stored. */

import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { signCheckpoint } from './checkpoint.ts';
import { prepareEntry, toEntryBody } from './entry-leaf.ts';
import { CompactRange, hashLeaf } from './merkle.ts';
import { toVerifierKey } from './note-key.ts';
import type { NoteSigner } from './signed-note.ts';

/** A signer from a seed of 32 bytes. */
export function makeSampleSigner(name: string, seed: Uint8Array): NoteSigner {
  const key = createPrivateKey({
    key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]),
    format: 'der',
    type: 'pkcs8',
  });
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  return { name, publicKey: spki.subarray(-32), sign: (message) => sign(null, message, key) };
}

/** The signer of every sample. */
export const SAMPLE_SIGNER = makeSampleSigner('agentguard/sample', Buffer.alloc(32, 7));

/** Its public key, as text. */
export const SAMPLE_VKEY = toVerifierKey(SAMPLE_SIGNER.name, SAMPLE_SIGNER.publicKey);

/** A record in memory. */
export interface SampleRecord {
  readonly bodies: readonly string[];
  readonly checkpoints: readonly string[];
  readonly tree: CompactRange;
}

/** An intent and what follows from it, as a daemon would write them. */
export function makeSampleEntry(at: number): Readonly<Record<string, unknown>> {
  const time = new Date(Date.UTC(2026, 0, 2, 3, 4, 5, at)).toISOString();
  const decision = `dec-${Math.floor(at / 2)}`;
  if (at % 2 === 1) return { type: 'outcome', decision, time, result: 'done', rowsChanged: at };
  return {
    type: 'intent',
    decision,
    time,
    principal: { person: 'ada', agent: 'sample', session: 'ses-1' },
    resource: { name: 'cars', kind: 'postgres', environment: 'production' },
    statement: `SELECT ${at}`,
    verdict: 'allow',
  };
}

/**
 * Makes a record.
 * @param batches how many entries each batch holds, in order
 * @param signedAt sizes at which a checkpoint is signed
 */
export function makeSampleRecord(
  batches: readonly number[],
  signedAt: readonly number[],
): SampleRecord {
  const tree = new CompactRange();
  const bodies: string[] = [];
  const checkpoints: string[] = [];
  const signWhenAsked = () => {
    if (!signedAt.includes(tree.size)) return;
    checkpoints.push(signCheckpoint({ size: tree.size, root: tree.root() }, SAMPLE_SIGNER));
  };
  signWhenAsked();
  for (const batch of batches) {
    const head = { size: tree.size, root: tree.root() };
    for (let at = 0; at < batch; at += 1) {
      const prepared = prepareEntry(makeSampleEntry(tree.size));
      if (!prepared.ok) throw new Error(prepared.problem);
      const body = toEntryBody(prepared.text, tree.size, head);
      bodies.push(body);
      tree.append(hashLeaf(Buffer.from(body, 'utf8')));
      signWhenAsked();
    }
  }
  return { bodies, checkpoints, tree };
}
