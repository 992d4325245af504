/** What to look for on the record, from words that were typed. */

import type { AuditFilter } from '@agentguard/daemon/control';
import { parseDuration } from '../duration.ts';
import { UsageError } from '../exit-code.ts';

/** The options as they were typed; what was not typed is not there. */
export interface TypedFilter {
  readonly type?: string;
  readonly session?: string;
  readonly resource?: string;
  readonly verdict?: string;
  readonly text?: string;
  readonly since?: string;
  readonly until?: string;
}

const TYPES = ['intent', 'approval', 'outcome', 'event'] as const;
const VERDICTS = ['allow', 'ask', 'deny'] as const;

/**
 * The filter of the control socket.
 * @param now milliseconds since the epoch, for times that are counted back from now
 * @throws UsageError for a time that is none
 */
export function toAuditFilter(typed: TypedFilter, now: number): AuditFilter {
  return {
    type: TYPES.find((type) => type === typed.type) ?? null,
    verdict: VERDICTS.find((verdict) => verdict === typed.verdict) ?? null,
    session: typed.session ?? null,
    resource: typed.resource ?? null,
    decision: null,
    text: typed.text ?? null,
    since: toTime(typed.since, now),
    until: toTime(typed.until, now),
  };
}

/** `2h` counts back from now; anything else is a date. */
function toTime(text: string | undefined, now: number): string | null {
  if (text === undefined) return null;
  if (/^\d+(ms|s|m|h)$/.test(text)) return new Date(now - parseDuration(text)).toISOString();
  const time = Date.parse(text);
  if (!Number.isNaN(time)) return new Date(time).toISOString();
  throw new UsageError(`\`${text}\` is not a time`, 'write 2h, 30m or 2026-11-21T12:00:00Z');
}
