/** What a real server says about itself and about why it refuses, in our words. */

import type { ErrorCode } from '@agentguard/rules';

/** PQserverVersion's arithmetic; null when the text is no version. */
export function toVersionNumber(text: string | undefined): number | null {
  const match = /^(\d{1,3})(?:\.(\d{1,3}))?(?:\.(\d{1,3}))?/.exec(text ?? '');
  if (match === null) return null;
  const [major = 0, minor = 0, patch] = match
    .slice(1)
    .map((part) => (part ? Number(part) : undefined));
  if (patch !== undefined || major < 10) return major * 10_000 + minor * 100 + (patch ?? 0);
  return major * 10_000 + minor;
}

/** A refusal in our words. */
export interface Explanation {
  readonly code: ErrorCode;
  readonly message: string;
  readonly help?: string;
}

/** Our own words for the refusals people meet; the server's words stay where they came from. */
export function explainSqlState(sqlState: string | null): Explanation {
  switch (sqlState) {
    case '28P01':
      return {
        code: 'UPSTREAM_AUTHENTICATION',
        message: 'the server does not accept the stored password',
      };
    case '28000':
      return {
        code: 'UPSTREAM_AUTHENTICATION',
        message: 'the server does not let this user in from here',
        help: 'its pg_hba.conf decides by user, database, address and encryption',
      };
    case '3D000':
      return { code: 'UPSTREAM_UNREACHABLE', message: 'the database does not exist' };
    case '53300':
      return { code: 'UPSTREAM_UNREACHABLE', message: 'the server has no free connection' };
    case '57P03':
      return { code: 'UPSTREAM_UNREACHABLE', message: 'the server is starting or stopping' };
    default:
      return { code: 'UPSTREAM_UNREACHABLE', message: 'the server refuses the connection' };
  }
}
