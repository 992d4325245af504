/**
 * The one base class of every failure in agentguard: "we cannot do our job".
 * A verdict is never an error, and malformed input of a peer is a returned problem until the boundary.
 * INVARIANT: a message holds names and ids only, never a secret, a token, statement text or a row.
 */

/** Who may be shown the message: the other side of the wire, the person at this machine, or our own log. */
export type Audience = 'peer' | 'user' | 'log';

/** Every code that exists. A code is stable: scripts and documents rely on it. */
export type ErrorCode =
  | 'AUDIT_APPEND_FAILED'
  | 'AUDIT_UNREADABLE'
  | 'AUDIT_VERIFICATION_FAILED'
  | 'APPROVAL_NOT_FOUND'
  | 'APPROVAL_REFUSED'
  | 'APPROVAL_STALE'
  | 'CATALOG_UNAVAILABLE'
  | 'CONTROL_FORBIDDEN'
  | 'CONTROL_REFUSED'
  | 'CONTROL_UNREACHABLE'
  | 'CONTROL_VERSION'
  | 'INPUT_INVALID'
  | 'LISTENER_FAILED'
  | 'PARSER_FAILED'
  | 'PLATFORM_UNSUPPORTED'
  | 'POLICY_INVALID'
  | 'RESOURCE_INVALID'
  | 'RESOURCE_NOT_FOUND'
  | 'SECRET_IN_USE'
  | 'SECRET_NOT_FOUND'
  | 'SECRET_STORE_FAILED'
  | 'SECRET_STORE_UNAVAILABLE'
  | 'SECRET_UNRESOLVED'
  | 'SESSION_NOT_FOUND'
  | 'UNDO_REFUSED'
  | 'UPSTREAM_AUTHENTICATION'
  | 'UPSTREAM_PROTOCOL'
  | 'UPSTREAM_TLS'
  | 'UPSTREAM_UNREACHABLE';

/** What every error carries beside its message. */
export interface ErrorDetails {
  /** Who may read the message. Default `log`. */
  readonly audience?: Audience;
  /** What to do next, as one sentence or one command. */
  readonly help?: string;
  readonly cause?: unknown;
}

/** Base of all failures. Subclasses add nothing but their name and the codes they may carry. */
export class AgentguardError extends Error {
  readonly code: ErrorCode;
  readonly audience: Audience;
  readonly help: string | undefined;

  /**
   * @param code stable code of the failure
   * @param message one sentence, lower case, no full stop, names and ids only
   * @param details audience, help and cause
   */
  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.code = code;
    this.audience = details.audience ?? 'log';
    this.help = details.help;
  }
}

/** The policy file cannot be put in force. The message names file, line and word. */
export class PolicyError extends AgentguardError {}

/** The SQL parser itself is broken (not: the statement is malformed). */
export class ParserError extends AgentguardError {}
