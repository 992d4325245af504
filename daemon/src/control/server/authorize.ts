/**
 * Whether a caller may use a method.
 * 1. A caller that cannot be identified, or of another account, may nothing.
 * 2. A token makes the caller that session: right `session` and its own session only, wherever it comes from.
 * 3. `session` and `read` are open to every process of this account.
 * 4. `decide` is refused to whatever descends from a guarded session or carries its marker, or cannot be traced.
 * 5. Answering a question takes a terminal as standard input, or the operator key, on top of 4.
 */

import { judgeDescent } from '../../platform/ancestry.ts';
import type { GuardedRoot } from '../../platform/ancestry.ts';
import { hasTerminalInput } from '../../platform/processes.ts';
import { methodShape } from '../contract/methods.ts';
import type { MethodName, Right } from '../contract/methods.ts';
import type { Actor, Caller, RefusedAttempt, Surface } from './actor.ts';
import { isOperatorKey } from './operator-key.ts';
import type { Refusal, RequestHead } from './request-head.ts';

/** What authorizing depends on. */
export interface AuthorizeParts {
  readonly person: string;
  readonly operatorKeyFile: string;
  /** The session of a live token; null for any other string. */
  readonly sessionOfToken: (token: string) => string | null;
  /** Processes that guarded sessions descend from. */
  readonly guardedRoots: () => readonly GuardedRoot[];
  readonly onRefusedAttempt: (attempt: RefusedAttempt) => void;
}

export type AuthorizeResult =
  { readonly ok: true; readonly actor: Actor } | { readonly ok: false; readonly refusal: Refusal };

/** Judges a call before its body is looked at. A refusal for want of a right is reported for the record. */
export function authorize(
  head: RequestHead,
  caller: Caller,
  parts: AuthorizeParts,
): AuthorizeResult {
  const { right, answersQuestion } = methodShape(head.method);
  if (head.token !== null) return authorizeToken(head, caller, parts);
  const withheld = right === 'decide' ? whyNoDeciding(caller, parts) : null;
  if (withheld !== null)
    return forbid(head.method, { caller, why: withheld, session: null }, parts);
  const surface = answersQuestion === true ? findSurface(head, caller, parts) : null;
  if (answersQuestion === true && surface === null) {
    const why = 'a question is answered at a terminal, or with the operator key';
    return forbid(head.method, { caller, why, session: null }, parts);
  }
  return { ok: true, actor: { kind: 'person', person: parts.person, caller, surface } };
}

/** The rights of a caller, and why `decide` is not among them. For `whoami`. */
export function describeRights(
  actor: Actor,
  parts: Pick<AuthorizeParts, 'guardedRoots'>,
): { readonly rights: Right[]; readonly withheld: string | null } {
  if (actor.kind === 'session') {
    return { rights: ['session'], withheld: 'a session holds no other right' };
  }
  const withheld = whyNoDeciding(actor.caller, parts);
  return {
    rights: withheld === null ? ['session', 'read', 'decide'] : ['session', 'read'],
    withheld,
  };
}

function authorizeToken(head: RequestHead, caller: Caller, parts: AuthorizeParts): AuthorizeResult {
  const session = head.token === null ? null : parts.sessionOfToken(head.token);
  if (session === null) {
    const why = 'the token is not that of a running session';
    return forbid(head.method, { caller, why, session }, parts);
  }
  // SECURITY(P-10): a token never adds to what its session may do, whoever holds it.
  if (methodShape(head.method).right !== 'session') {
    const why = 'the token of a session gives no right to this';
    return forbid(head.method, { caller, why, session }, parts);
  }
  return { ok: true, actor: { kind: 'session', session, caller } };
}

/** SECURITY(P-10): an agent cannot answer its own questions, however its processes were started. */
function whyNoDeciding(caller: Caller, parts: Pick<AuthorizeParts, 'guardedRoots'>): string | null {
  const descent = judgeDescent(caller, parts.guardedRoots());
  switch (descent.kind) {
    case 'free':
      return null;
    case 'guarded':
      return 'the caller runs inside a guarded session';
    case 'unknown':
      return `it cannot be told where the caller comes from: ${descent.reason}`;
  }
}

function findSurface(head: RequestHead, caller: Caller, parts: AuthorizeParts): Surface | null {
  if (hasTerminalInput(caller.pid)) return 'terminal';
  const { operatorKey } = head;
  if (operatorKey === null) return null;
  return isOperatorKey(parts.operatorKeyFile, operatorKey) ? 'operator key' : null;
}

function forbid(
  method: MethodName,
  refused: { readonly caller: Caller; readonly why: string; readonly session: string | null },
  parts: AuthorizeParts,
): AuthorizeResult {
  const { caller, why, session } = refused;
  parts.onRefusedAttempt({ method, pid: caller.pid, uid: caller.uid, session, why });
  return {
    ok: false,
    refusal: { status: 403, code: 'CONTROL_FORBIDDEN', message: why, help: null },
  };
}
