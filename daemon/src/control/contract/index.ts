/** The public names of the control contract, one by one: `@agentguard/daemon/control`. */

export { ControlError, PlatformError } from '../../errors.ts';
export { SESSION_MARKER } from '../../platform/session-marker.ts';
export { ensureOwnerFolder, readOwnerFile } from '../../platform/owner-only.ts';
export { findInPlaces, programPlaces, USUAL_PLACES } from '../../platform/program-places.ts';
export { resolvePaths } from '../../platform/paths.ts';
export type { Paths } from '../../platform/paths.ts';
export { connectControl } from './client/control-client.ts';
export type { ConnectOptions, ControlClient, SubscribeOptions } from './client/control-client.ts';
export { verifyRecordCopy } from './client/verify-copy.ts';
export type { ApprovalMessage } from './messages/approvals.ts';
export { MAX_AUDIT_PAGE } from './messages/audit.ts';
export type { AuditFilter, AuditRow } from './messages/audit.ts';
export { MAX_REVEALED } from './messages/projects.ts';
export { MAX_IMPORTED_SECRETS, MAX_SECRET_LENGTH } from './messages/secrets.ts';
export { MAX_ASK_TIMEOUT_MS } from './messages/sessions.ts';
export type {
  CallName,
  CallParams,
  CallResult,
  MethodName,
  Right,
  StreamEvent,
  StreamName,
  StreamParams,
} from './methods.ts';
export { CONTROL_VERSION, PRODUCT_VERSION } from './version.ts';
