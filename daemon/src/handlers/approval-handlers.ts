/** Questions over the control socket: shown to whoever may read, answered by a person. */

import type { ApprovalQueue } from '../approvals/approval-queue.ts';
import type { Approval } from '../approvals/question.ts';
import type { AuditLog } from '../audit/entry.ts';
import type { ApprovalMessage } from '../control/contract/messages/approvals.ts';
import type { CallContext } from '../control/server/actor.ts';
import type { CallHandlers, StreamHandlers } from '../control/server/handlers.ts';
import { toApprovalEntry, toTime } from '../enforcement/to-entries.ts';
import { eventQueue } from './event-queue.ts';
import { personOf } from './person.ts';

/** Questions that a slow surface may fall behind by; it is cut off then and asks anew. */
const MAX_BEHIND = 1000;

type ApprovalCalls = Pick<
  CallHandlers,
  'approval.list' | 'approval.show' | 'approval.approve' | 'approval.deny'
>;

/** What the handlers are built from. */
export interface ApprovalParts {
  readonly queue: ApprovalQueue;
  readonly audit: AuditLog;
  readonly now: () => number;
}

/** Handlers of the calls. */
export function makeApprovalCalls(parts: ApprovalParts): ApprovalCalls {
  const { queue } = parts;
  return {
    'approval.list': ({ all }) => ({
      approvals: queue
        .list()
        .filter((approval) => all || approval.state === 'pending' || approval.state === 'parked')
        .map(toApprovalMessage),
    }),
    'approval.show': ({ id }) => ({ approval: toApprovalMessage(queue.show(id)) }),
    'approval.approve': async (params, context) => {
      const outcome = queue.answer({
        ...params,
        verdict: 'approve',
        by: personOf(context),
        surface: surfaceOf(context),
      });
      if (outcome === 'granted') await recordLate(parts, queue.show(params.id));
      return { outcome };
    },
    'approval.deny': (params, context) => ({
      outcome: queue.answer({
        ...params,
        verdict: 'deny',
        confirm: null,
        by: personOf(context),
        surface: surfaceOf(context),
      }),
    }),
  };
}

/** Handler of the stream: what waits, then `ready`, then every change. Whoever watches can be asked. */
export function makeApprovalWatch(queue: ApprovalQueue): Pick<StreamHandlers, 'approval.watch'> {
  return {
    'approval.watch': async function* (_params, { signal }) {
      const changes = eventQueue<Approval>(MAX_BEHIND, signal);
      const leave = queue.watch(changes.push);
      try {
        for (const approval of queue.list()) {
          if (approval.state !== 'pending') continue;
          yield { kind: 'approval', approval: toApprovalMessage(approval) };
        }
        yield { kind: 'ready' };
        for await (const approval of changes.events) {
          yield { kind: 'approval', approval: toApprovalMessage(approval) };
        }
      } finally {
        leave();
      }
    },
  };
}

/** An answer in time is recorded by whoever waits for it; a late one has nobody waiting. */
async function recordLate({ queue, audit, now }: ApprovalParts, late: Approval): Promise<void> {
  try {
    await audit.append(toApprovalEntry(late.decision, 'late', late, now()), 'synced');
  } catch (error) {
    // SECURITY(P-06): a yes that is not on the record lets nothing pass.
    queue.grants.clear();
    throw error;
  }
}

function surfaceOf({ actor }: CallContext): string {
  return actor.kind === 'person' ? (actor.surface ?? 'terminal') : 'none';
}

function toApprovalMessage(approval: Approval): ApprovalMessage {
  const { principal, session, createdAt, expiresAt, reasons, effects, during, ...rest } = approval;
  return {
    ...rest,
    principal: { ...principal, session },
    createdAt: toTime(createdAt),
    expiresAt: toTime(expiresAt),
    reasons: [...reasons],
    effects: [...effects],
    during: [...during],
    measured: rest.measured === null ? null : { ...rest.measured },
    samples: rest.samples.map(({ table, columns, before, after }) => ({
      table,
      columns: [...columns],
      before: before === null ? null : [...before],
      after: after === null ? null : [...after],
    })),
  };
}
