/** Opens the record at the start, and closes what a crash left open on it. */

import { openAuditLog } from '../audit/audit-log.ts';
import type { AuditLogHandle, AuditLogOptions } from '../audit/audit-log.ts';
import { toOutcomeEntry, toTime } from '../enforcement/to-entries.ts';

/** Nobody knows how these ended: the daemon was gone before the server answered. */
const UNKNOWN = {
  result: 'unknown',
  tags: [],
  errorCode: null,
  rowsChanged: null,
  rowsReturned: null,
} as const;

/**
 * Opens the record. Operations that were cut off get the outcome `unknown`, so that nobody repeats them blindly.
 * @throws AuditError when it cannot be read, written or is not the one that was signed
 */
export async function startRecord(
  options: AuditLogOptions,
  now: () => number,
): Promise<AuditLogHandle> {
  const audit = await openAuditLog(options);
  const started = now();
  const unfinished = audit.unfinishedIntents();
  for (const { decision } of unfinished) {
    await audit.append(toOutcomeEntry(decision, UNKNOWN, { started, now: started }), 'written');
  }
  await audit.append(
    {
      type: 'event',
      time: toTime(started),
      name: 'daemon started',
      session: null,
      details: { unfinished: unfinished.length, process: process.pid },
    },
    'synced',
  );
  return audit;
}
