/**
 * Verifying without a daemon. A file of its own, so that only these commands load what it takes:
 * named imports let the bundle leave the rest of the decision core out.
 */

import { verifyProof, verifyRecord } from '@agentguard/rules';
import type { RecordVerification, VerifiedProof } from '@agentguard/rules';
import { parseExport } from './export-file.ts';

/** Verifies a proof with the public key alone. */
export function verifyProofText(text: string, key: string): VerifiedProof {
  return verifyProof(text, key);
}

/** What became of an exported file: not readable as one, or verified. */
export type ExportVerification =
  | { readonly kind: 'unreadable'; readonly problem: string }
  | { readonly kind: 'read'; readonly verification: RecordVerification };

/** Verifies an exported record with the public key alone. */
export async function verifyExportText(text: string, key: string): Promise<ExportVerification> {
  const parsed = parseExport(text);
  if (!parsed.ok) return { kind: 'unreadable', problem: parsed.problem };
  const verification = await verifyRecord(parsed.lines, parsed.checkpoints, key);
  return { kind: 'read', verification };
}
