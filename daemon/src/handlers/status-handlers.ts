/** How the daemon is, and which rules are in force. */

import { BUILT_IN_RULES } from '@agentguard/rules';
import type { PolicyState } from '@agentguard/rules';
import type { ApprovalQueue } from '../approvals/approval-queue.ts';
import { CONTROL_VERSION, PRODUCT_VERSION } from '../control/contract/version.ts';
import type { CallHandlers } from '../control/server/handlers.ts';
import { toTime } from '../enforcement/to-entries.ts';
import type { Panic } from '../panic/panic-switch.ts';
import type { PolicyKeeper } from '../policy/policy-keeper.ts';
import type { ResourceStore } from '../resources/resource-store.ts';
import type { SessionStore } from '../sessions/session-store.ts';
import type { MigrationWindows } from '../windows/migration-windows.ts';
import { toPanicMessage } from './panic-handlers.ts';

/** What the handlers are built from. */
export interface StatusParts {
  readonly sessions: SessionStore<unknown>;
  readonly resources: ResourceStore;
  readonly approvals: ApprovalQueue;
  readonly windows: MigrationWindows;
  readonly policy: () => PolicyState;
  readonly keeper: PolicyKeeper;
  readonly listener: () => { readonly host: string; readonly port: number } | null;
  readonly hooks: () => { readonly host: string; readonly port: number };
  readonly entryCount: () => number;
  /** What is wrong with the record; null when nothing is. */
  readonly auditProblem: () => string | null;
  readonly panic: () => Panic | null;
  readonly startedAt: number;
  readonly now: () => number;
  /** Ends the daemon after the reply. */
  readonly stop: () => void;
}

/** Handlers of the calls. */
export function makeStatusCalls(
  parts: StatusParts,
): Pick<CallHandlers, 'status' | 'daemon.stop' | 'policy.show'> {
  return {
    status: () => ({
      product: PRODUCT_VERSION,
      control: CONTROL_VERSION,
      pid: process.pid,
      startedAt: toTime(parts.startedAt),
      sessions: parts.sessions.list().length,
      resources: parts.resources.list().length,
      pendingApprovals: parts.approvals.list().filter(({ state }) => state === 'pending').length,
      openWindows: parts.windows.list(parts.now()).length,
      policyRevision: revisionOf(parts.policy()),
      listener: parts.listener(),
      hooks: parts.hooks(),
      audit: describeAudit(parts),
      panic: toPanicMessage(parts.panic()),
    }),
    'daemon.stop': () => {
      parts.stop();
      return { pid: process.pid };
    },
    'policy.show': () => describePolicy(parts),
  };
}

function revisionOf(state: PolicyState): string {
  return state.kind === 'in force' ? state.policy.revision : 'none';
}

function describeAudit(parts: StatusParts): {
  entries: number;
  state: 'ok' | 'failed';
  problem: string | null;
} {
  const problem = parts.auditProblem();
  return { entries: parts.entryCount(), state: problem === null ? 'ok' : 'failed', problem };
}

function describePolicy(parts: StatusParts): {
  revision: string;
  source: 'builtin' | 'file' | 'failed';
  file: string | null;
  problem: string | null;
  rules: string[];
  roles: string[];
} {
  const state = parts.policy();
  const rules = BUILT_IN_RULES.map(({ id }) => id);
  const { keeper } = parts;
  const file = keeper.person.file === null ? null : keeper.path;
  if (state.kind !== 'in force') {
    const problem = state.kind === 'broken' ? state.problem : `stopped by ${state.by}`;
    return { revision: 'none', source: 'failed', file: keeper.path, problem, rules, roles: [] };
  }
  const { policy } = state;
  return {
    revision: policy.revision,
    source: file === null ? 'builtin' : 'file',
    file,
    // The last good version is in force while a broken edit is mended.
    problem: keeper.problem,
    rules: [...policy.rules.map(({ id }) => id), ...rules],
    roles: [...policy.roles.keys()],
  };
}
