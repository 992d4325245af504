/** Events of the record that are not operations: who changed what is guarded, and when. */

import type { AuditLog, EventEntry } from '../audit/entry.ts';
import { toTime } from '../enforcement/to-entries.ts';

/** Puts one event on the record and resolves when it is on disk. */
export type RecordEvent = (
  name: string,
  details: EventEntry['details'],
  session?: string,
) => Promise<void>;

/**
 * Makes the function that records events.
 * @param now milliseconds since the epoch
 */
export function makeRecordEvent(audit: AuditLog, now: () => number): RecordEvent {
  return async (name, details, session) => {
    const entry: EventEntry = {
      type: 'event',
      time: toTime(now()),
      name,
      session: session ?? null,
      details,
    };
    await audit.append(entry, 'synced');
  };
}
