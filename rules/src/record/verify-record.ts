/** Verifies an exported record: one entry per line, exactly its bytes. Needs the public key, not the daemon. */

import { parseVerifierKey } from './note-key.ts';
import type { RecordReport } from './record-report.ts';
import { RecordVerifier } from './record-verifier.ts';

export type RecordVerification =
  | { readonly ok: true; readonly report: RecordReport }
  | { readonly ok: false; readonly problem: string };

/**
 * Verifies the lines of an export.
 * @param lines entries in order, without their newlines; an empty line is a broken entry
 * @param checkpoints signed checkpoints, the log's own and any that was kept elsewhere
 * @param vkey public key of the record, as text
 * @returns the report, or why the key cannot be used
 */
export async function verifyRecord(
  lines: Iterable<string> | AsyncIterable<string>,
  checkpoints: readonly string[],
  vkey: string,
): Promise<RecordVerification> {
  const key = parseVerifierKey(vkey);
  if (!key.ok) return key;
  const record = new RecordVerifier({ verifier: key.verifier, checkpoints });
  for await (const line of lines) {
    record.push({ index: record.size, body: Buffer.from(line, 'utf8') });
  }
  return { ok: true, report: record.finish() };
}
