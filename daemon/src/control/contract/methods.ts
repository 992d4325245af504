/**
 * Every method of the control socket: its words and the right it takes. Client, server and handlers are typed by it.
 * SECURITY(P-10): what is not in this table does not exist, and each row names its right.
 */

import type * as z from 'zod';
import * as approvals from './messages/approvals.ts';
import * as audit from './messages/audit.ts';
import * as hooks from './messages/hooks.ts';
import * as mcp from './messages/mcp.ts';
import * as identity from './messages/identity.ts';
import * as policy from './messages/policy.ts';
import * as projects from './messages/projects.ts';
import * as resources from './messages/resources.ts';
import * as secrets from './messages/secrets.ts';
import * as sessions from './messages/sessions.ts';
import * as tokens from './messages/tokens.ts';
import * as undo from './messages/undo.ts';
import * as windows from './messages/windows.ts';

/**
 * `session`: anybody, a session's token included. `read`: a person. `decide`: a person, never out of a guarded session.
 */
export type Right = 'session' | 'read' | 'decide';

interface MethodShape {
  readonly params: z.ZodType;
  readonly right: Right;
  /** Answered whatever version the other side speaks: what it takes to end a version mismatch. */
  readonly anyVersion?: true;
  /** Takes a terminal or the operator key on top of `decide`. */
  readonly answersQuestion?: true;
}

interface CallShape extends MethodShape {
  readonly result: z.ZodType;
}

interface StreamShape extends MethodShape {
  readonly event: z.ZodType;
}

const none = identity.emptySchema;

/** Methods with one reply. */
export const CALLS = {
  whoami: {
    params: none,
    result: identity.whoamiResultSchema,
    right: 'session',
    anyVersion: true,
  },
  status: { params: none, result: identity.statusResultSchema, right: 'read' },
  'daemon.stop': {
    params: none,
    result: identity.stopResultSchema,
    right: 'decide',
    anyVersion: true,
  },
  /** Answered by the server itself, as `whoami` is. */
  'operator-key.create': {
    params: none,
    result: identity.operatorKeyCreateResultSchema,
    right: 'decide',
  },
  'session.create': {
    params: sessions.sessionCreateParamsSchema,
    result: sessions.sessionCreateResultSchema,
    right: 'decide',
  },
  'session.end': {
    params: sessions.sessionRefSchema,
    result: sessions.sessionSummarySchema,
    right: 'decide',
  },
  'session.saved': { params: sessions.sessionSavedParamsSchema, result: none, right: 'decide' },
  'session.summary': {
    params: sessions.sessionRefSchema,
    result: sessions.sessionSummarySchema,
    right: 'session',
  },
  /** Held while a person is asked. */
  'agent.hook': {
    params: hooks.agentHookParamsSchema,
    result: hooks.agentHookResultSchema,
    right: 'session',
  },
  'session.list': { params: none, result: sessions.sessionListResultSchema, right: 'read' },
  /** SECURITY(P-72): a token is never made by way of another, nor out of a guarded session. */
  'token.create': {
    params: tokens.tokenCreateParamsSchema,
    result: tokens.tokenCreateResultSchema,
    right: 'decide',
  },
  'token.list': { params: none, result: tokens.tokenListResultSchema, right: 'read' },
  'token.revoke': {
    params: tokens.tokenRefSchema,
    result: tokens.tokenRevokeResultSchema,
    right: 'decide',
  },
  'resource.add': {
    params: resources.resourceAddParamsSchema,
    result: resources.resourceAddResultSchema,
    right: 'decide',
  },
  'api.add': {
    params: resources.apiAddParamsSchema,
    result: resources.apiAddResultSchema,
    right: 'decide',
  },
  'api.list': { params: none, result: resources.apiListResultSchema, right: 'read' },
  'resource.list': { params: none, result: resources.resourceListResultSchema, right: 'read' },
  'resource.remove': {
    params: resources.resourceRefSchema,
    result: resources.resourceRemoveResultSchema,
    right: 'decide',
  },
  'resource.harden': {
    params: resources.resourceHardenParamsSchema,
    result: resources.resourceHardenResultSchema,
    right: 'decide',
  },
  'resource.test': {
    params: resources.resourceRefSchema,
    result: resources.resourceTestResultSchema,
    right: 'decide',
  },
  'secret.set': {
    params: secrets.secretSetParamsSchema,
    result: secrets.secretSetResultSchema,
    right: 'decide',
  },
  /** Names alone say where to look, so they are not for a session either. */
  'secret.list': { params: none, result: secrets.secretListResultSchema, right: 'decide' },
  'secret.remove': {
    params: secrets.secretRemoveParamsSchema,
    result: secrets.secretRemoveResultSchema,
    right: 'decide',
  },
  'secret.import': {
    params: secrets.secretImportParamsSchema,
    result: secrets.secretImportResultSchema,
    right: 'decide',
  },
  'secret.status': { params: none, result: secrets.secretStatusResultSchema, right: 'decide' },
  'secret.backend': {
    params: secrets.secretBackendParamsSchema,
    result: secrets.secretBackendResultSchema,
    right: 'decide',
  },
  /** Real values for a person's own programs: the only way in which they leave the daemon. */
  'secret.reveal': {
    params: projects.secretRevealParamsSchema,
    result: projects.secretRevealResultSchema,
    right: 'decide',
  },
  'project.key': {
    params: projects.projectKeyParamsSchema,
    result: projects.projectKeyResultSchema,
    right: 'decide',
  },
  'project.forget': {
    params: projects.projectForgetParamsSchema,
    result: projects.projectForgetResultSchema,
    right: 'decide',
  },
  'approval.list': {
    params: approvals.approvalListParamsSchema,
    result: approvals.approvalListResultSchema,
    right: 'read',
  },
  'approval.show': {
    params: approvals.approvalRefSchema,
    result: approvals.approvalShowResultSchema,
    right: 'read',
  },
  'approval.approve': {
    params: approvals.approvalApproveParamsSchema,
    result: approvals.approvalAnswerResultSchema,
    right: 'decide',
    answersQuestion: true,
  },
  'approval.deny': {
    params: approvals.approvalDenyParamsSchema,
    result: approvals.approvalAnswerResultSchema,
    right: 'decide',
    answersQuestion: true,
  },
  'undo.list': { params: none, result: undo.undoListResultSchema, right: 'read' },
  'undo.restore': {
    params: undo.undoRestoreParamsSchema,
    result: undo.undoRestoreResultSchema,
    right: 'decide',
  },
  'window.open': {
    params: windows.windowOpenParamsSchema,
    result: windows.windowOpenResultSchema,
    right: 'decide',
  },
  'window.close': {
    params: windows.windowRefSchema,
    result: windows.windowCloseResultSchema,
    right: 'decide',
  },
  'window.list': { params: none, result: windows.windowListResultSchema, right: 'read' },
  'audit.query': {
    params: audit.auditQueryParamsSchema,
    result: audit.auditQueryResultSchema,
    right: 'read',
  },
  'audit.show': {
    params: audit.auditRefSchema,
    result: audit.auditShowResultSchema,
    right: 'read',
  },
  'audit.verify': { params: none, result: audit.auditVerifyResultSchema, right: 'read' },
  'audit.prove': {
    params: audit.auditRefSchema,
    result: audit.auditProveResultSchema,
    right: 'read',
  },
  'audit.key': { params: none, result: audit.auditKeyResultSchema, right: 'read' },
  /** Stops everything. Refused to a session, which could end the work of others with it. */
  panic: { params: none, result: identity.panicResultSchema, right: 'decide' },
  resume: {
    params: none,
    result: identity.resumeResultSchema,
    right: 'decide',
    answersQuestion: true,
  },
  /** Which programs the guard starts for an agent is a person's to say. */
  'mcp.add': {
    params: mcp.mcpAddParamsSchema,
    result: mcp.mcpAddResultSchema,
    right: 'decide',
  },
  'mcp.list': { params: none, result: mcp.mcpListResultSchema, right: 'read' },
  'mcp.remove': {
    params: mcp.mcpRefSchema,
    result: mcp.mcpRemoveResultSchema,
    right: 'decide',
  },
  'mcp.review': {
    params: mcp.mcpReviewParamsSchema,
    result: mcp.mcpReviewResultSchema,
    right: 'decide',
  },
  'mcp.pin': {
    params: mcp.mcpPinParamsSchema,
    result: mcp.mcpPinResultSchema,
    right: 'decide',
    answersQuestion: true,
  },
  'mcp.judge': {
    params: mcp.mcpJudgeParamsSchema,
    result: mcp.mcpJudgeResultSchema,
    right: 'read',
  },
  'policy.show': { params: none, result: policy.policyShowResultSchema, right: 'read' },
  /** Reading a file, judging and replaying take the daemon's time, which a guarded session must not spend. */
  'policy.check': {
    params: policy.policyCheckParamsSchema,
    result: policy.policyCheckResultSchema,
    right: 'decide',
  },
  'policy.accepted': {
    params: policy.policyAcceptedParamsSchema,
    result: policy.policyAcceptedResultSchema,
    right: 'read',
  },
  /** It gives an agent whatever the file says, so it takes as much as an answer does. */
  'policy.accept': {
    params: policy.policyAcceptParamsSchema,
    result: policy.policyAcceptResultSchema,
    right: 'decide',
    answersQuestion: true,
  },
  'policy.explain': {
    params: policy.policyExplainParamsSchema,
    result: policy.policyExplainResultSchema,
    right: 'read',
  },
  'policy.judge': {
    params: policy.policyJudgeParamsSchema,
    result: policy.policyJudgeResultSchema,
    right: 'decide',
  },
  'policy.test': {
    params: policy.policyTestParamsSchema,
    result: policy.policyTestResultSchema,
    right: 'decide',
  },
} as const satisfies Readonly<Record<string, CallShape>>;

/** Methods with a stream of events. */
export const STREAMS = {
  /** Keeps a session alive; its end is the session's end. */
  'session.hold': {
    params: sessions.sessionRefSchema,
    event: sessions.sessionHoldEventSchema,
    right: 'decide',
  },
  /** A watcher counts as somebody who can be asked, so it takes the right to decide. */
  'approval.watch': {
    params: none,
    event: approvals.approvalEventSchema,
    right: 'decide',
  },
  'audit.tail': { params: audit.auditTailParamsSchema, event: audit.auditRowSchema, right: 'read' },
  'audit.export': { params: none, event: audit.auditExportEventSchema, right: 'read' },
} as const satisfies Readonly<Record<string, StreamShape>>;

export type CallName = keyof typeof CALLS;
export type StreamName = keyof typeof STREAMS;
export type MethodName = CallName | StreamName;

/** What a caller passes, and what a handler receives: parsed and bounded. */
export type CallParams<Name extends CallName> = z.output<(typeof CALLS)[Name]['params']>;
export type CallResult<Name extends CallName> = z.output<(typeof CALLS)[Name]['result']>;
export type StreamParams<Name extends StreamName> = z.output<(typeof STREAMS)[Name]['params']>;
export type StreamEvent<Name extends StreamName> = z.output<(typeof STREAMS)[Name]['event']>;

/** Whether a name is one of a call. Names of built-in properties are not. */
export function isCallName(name: string): name is CallName {
  return Object.hasOwn(CALLS, name);
}

/** Whether a name is one of a stream. */
export function isStreamName(name: string): name is StreamName {
  return Object.hasOwn(STREAMS, name);
}

/** The row of a method. */
export function methodShape(name: MethodName): MethodShape {
  return isCallName(name) ? CALLS[name] : STREAMS[name];
}
