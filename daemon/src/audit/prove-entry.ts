/** Makes the proof of one entry under a signed checkpoint, and checks it before it is given away. */

import { makeInclusionProof, toProofText, verifyProof } from '@agentguard/rules';
import { AuditError } from '../errors.ts';
import type { AuditStore, StoredCheckpoint } from './audit-store.ts';

/**
 * The proof as text.
 * @param checkpoint covers the entry
 * @throws AuditError `AUDIT_VERIFICATION_FAILED` when what is stored does not add up to the checkpoint
 */
export function proveEntry(
  index: number,
  checkpoint: StoredCheckpoint,
  parts: { readonly store: AuditStore; readonly vkey: string },
): string {
  const [row] = parts.store.rows(index, index + 1);
  if (row === undefined) throw cannot(`entry ${index} is not on the record`);
  const hashes = makeInclusionProof(index, checkpoint.size, parts.store.node);
  const proof = toProofText({ index, body: row.body, hashes, checkpoint: checkpoint.note });
  const verified = verifyProof(proof, parts.vkey);
  if (!verified.ok) throw cannot(`entry ${index} cannot be proved: ${verified.problem}`);
  return proof;
}

function cannot(message: string): AuditError {
  return new AuditError('AUDIT_VERIFICATION_FAILED', message, {
    audience: 'user',
    help: 'run agentguard audit verify',
  });
}
