/** How a failure crosses the control socket: its code, one sentence and what to do next; never a cause or a stack. */

import type { ErrorCode } from '@agentguard/rules';
import * as z from 'zod';

/** Every code that may cross. A record, so that a code without a line here does not compile. */
const CODES: Readonly<Record<ErrorCode, true>> = {
  APPROVAL_NOT_FOUND: true,
  APPROVAL_REFUSED: true,
  APPROVAL_STALE: true,
  AUDIT_APPEND_FAILED: true,
  AUDIT_UNREADABLE: true,
  AUDIT_VERIFICATION_FAILED: true,
  CATALOG_UNAVAILABLE: true,
  CONTROL_FORBIDDEN: true,
  CONTROL_REFUSED: true,
  CONTROL_UNREACHABLE: true,
  CONTROL_VERSION: true,
  INPUT_INVALID: true,
  LISTENER_FAILED: true,
  PARSER_FAILED: true,
  PLATFORM_UNSUPPORTED: true,
  POLICY_INVALID: true,
  RESOURCE_INVALID: true,
  RESOURCE_NOT_FOUND: true,
  SECRET_IN_USE: true,
  SECRET_NOT_FOUND: true,
  SECRET_STORE_FAILED: true,
  SECRET_STORE_UNAVAILABLE: true,
  SECRET_UNRESOLVED: true,
  SESSION_NOT_FOUND: true,
  UNDO_REFUSED: true,
  UPSTREAM_AUTHENTICATION: true,
  UPSTREAM_PROTOCOL: true,
  UPSTREAM_TLS: true,
  UPSTREAM_UNREACHABLE: true,
};

/** Whether a string is a code of ours. */
export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(CODES, code);
}

/** A failure on the wire. A code that a newer daemon added arrives as `CONTROL_REFUSED`. */
export const wireErrorSchema = z.object({
  code: z.string().transform((code): ErrorCode => (isErrorCode(code) ? code : 'CONTROL_REFUSED')),
  message: z.string(),
  help: z.string().nullable(),
});

export type WireError = z.input<typeof wireErrorSchema>;
