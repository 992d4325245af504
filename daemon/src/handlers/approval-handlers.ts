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
  /** Whether a caller is the person, and no process of a guarded session. */
  readonly maySeeRows: MaySeeRows;
}

type MaySeeRows = (context: Pick<CallContext, 'actor'>) => boolean;

/** Handlers of the calls. */
export function makeApprovalCalls(parts: ApprovalParts): ApprovalCalls {
  const { queue } = parts;
  const show = (approval: Approval, context: CallContext): ApprovalMessage =>
    toApprovalMessage(approval, parts.maySeeRows(context));
  return {
    'approval.list': ({ all }, context) => ({
      approvals: queue
        .list()
        .filter((approval) => all || approval.state === 'pending' || approval.state === 'parked')
        .map((approval) => show(approval, context)),
    }),
    'approval.show': ({ id }, context) => ({
      approval: show(queue.show(id), context),
    }),
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
export function makeApprovalWatch(
  queue: ApprovalQueue,
  maySeeRows: MaySeeRows,
): Pick<StreamHandlers, 'approval.watch'> {
  return {
    'approval.watch': async function* (_params, context) {
      const { signal } = context;
      const rows = maySeeRows(context);
      const changes = eventQueue<Approval>(MAX_BEHIND, signal);
      const leave = queue.watch(changes.push);
      try {
        for (const approval of queue.list()) {
          if (approval.state !== 'pending') continue;
          yield { kind: 'approval', approval: toApprovalMessage(approval, rows) };
        }
        yield { kind: 'ready' };
        for await (const approval of changes.events) {
          yield { kind: 'approval', approval: toApprovalMessage(approval, rows) };
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

/** SECURITY(P-83): values of rows are for the person's eyes, so whatever belongs to a session gets none. */
function toApprovalMessage(approval: Approval, rows: boolean): ApprovalMessage {
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
    samples: (rows ? rest.samples : []).map(({ table, columns, before, after }) => ({
      table,
      columns: [...columns],
      before: before === null ? null : [...before],
      after: after === null ? null : [...after],
    })),
  };
}
