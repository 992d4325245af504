/** The daemon's failures, one class per room, each with the codes of `@agentguard/rules`. */

import type { ErrorCode, ErrorDetails } from '@agentguard/rules';
import { AgentguardError } from '@agentguard/rules/error';

/** The record cannot be written, read or verified. */
export class AuditError extends AgentguardError {}

/** A question cannot be found, answered or answered by this caller. */
export class ApprovalError extends AgentguardError {}

/** The control socket refuses, cannot be reached, or speaks another version. */
export class ControlError extends AgentguardError {}

/** The real service cannot be reached, authenticated or trusted. */
export class UpstreamError extends AgentguardError {
  /** The server's own code (PostgreSQL: five characters), when the server refused. Its text is never kept. */
  readonly sqlState: string | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    details: ErrorDetails & { readonly sqlState?: string } = {},
  ) {
    super(code, message, details);
    this.sqlState = details.sqlState;
  }
}

/** The catalog of a database cannot be read. */
export class CatalogError extends AgentguardError {}

/** A secret cannot be stored or read. */
export class SecretError extends AgentguardError {}

/** There is no keychain on this machine at all; a locked or failing one is none of these. */
export class KeychainAbsentError extends SecretError {}

/** A resource is not known or not well described. */
export class ResourceError extends AgentguardError {}

/** A session or token is not known. */
export class SessionError extends AgentguardError {}

/** The local listener cannot be opened. */
export class ListenerError extends AgentguardError {}

/** This operating system lacks something that is needed. */
export class PlatformError extends AgentguardError {}

/** What a person or a program typed or sent does not make sense. */
export class InputError extends AgentguardError {}

/** Saved rows cannot be brought back; the message has the reasons. */
export class UndoError extends AgentguardError {}
