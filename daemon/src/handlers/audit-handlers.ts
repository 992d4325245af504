/** The record over the control socket: looked through, followed, verified, proved, carried away. */

import type { AuditLogHandle } from '../audit/audit-log.ts';
import type { AuditFilter as StoreFilter, FoundEntry } from '../audit/record-query.ts';
import { auditRowSchema } from '../control/contract/messages/audit.ts';
import type { AuditFilter, AuditRow } from '../control/contract/messages/audit.ts';
import type { CallHandlers, StreamHandlers } from '../control/server/handlers.ts';
import { AuditError, InputError } from '../errors.ts';

/** Lines in one piece of an export: large enough to be quick, small enough to hold in memory. */
const EXPORT_LINES = 200;

/** An index of an entry, as a person types it. */
const INDEX = /^\d{1,15}$/;

type AuditCalls = Pick<
  CallHandlers,
  'audit.query' | 'audit.show' | 'audit.verify' | 'audit.prove' | 'audit.key'
>;

/** Handlers of the calls. */
export function makeAuditCalls(audit: AuditLogHandle): AuditCalls {
  return {
    'audit.query': async ({ filter, order, limit, from }, { signal }) => {
      const newestFirst = order === 'newest';
      // One more than asked for tells whether there is a next page.
      const found = await audit.query({
        ...toStoreFilter(filter),
        ...(from === null ? {} : newestFirst ? { before: from + 1 } : { after: from - 1 }),
        newestFirst,
        limit: limit + 1,
        signal,
      });
      return { rows: found.slice(0, limit).map(toRow), next: found[limit]?.index ?? null };
    },
    'audit.show': async ({ id }) => {
      const found = INDEX.test(id)
        ? await audit.query({ after: Number(id) - 1, before: Number(id) + 1, limit: 1 })
        : await audit.entriesOfDecision(id);
      if (found.length === 0) throw noSuchEntry(id);
      return { rows: found.map(toRow) };
    },
    'audit.verify': async (_params, { signal }) => {
      // What is in memory is signed first, so that the disk is held against all of it.
      audit.checkpoint();
      const report = await audit.verify({ signal });
      return { ...report, problems: report.problems.map((problem) => ({ ...problem })) };
    },
    'audit.prove': async ({ id }) => {
      const target = INDEX.test(id) ? { index: Number(id) } : { decision: id };
      const { index, text } = await audit.prove(target);
      return { index, proof: text };
    },
    'audit.key': () => ({ key: audit.vkey }),
  };
}

/** Handlers of the streams. */
export function makeAuditStreams(
  audit: AuditLogHandle,
): Pick<StreamHandlers, 'audit.tail' | 'audit.export'> {
  return {
    'audit.tail': async function* ({ filter, from }, { signal }) {
      const after = from === null ? audit.size - 1 : from - 1;
      for await (const found of audit.tail({ ...toStoreFilter(filter), after, signal })) {
        yield toRow(found);
      }
    },
    'audit.export': async function* (_params, { signal }) {
      // A copy goes where nobody can sign for it any more. Taken before the entries, so that none of them covers more.
      audit.checkpoint();
      const notes = [...audit.checkpoints()];
      let lines: string[] = [];
      for await (const line of audit.export(signal)) {
        lines.push(line);
        if (lines.length < EXPORT_LINES) continue;
        yield { kind: 'entries', lines };
        lines = [];
      }
      if (lines.length > 0) yield { kind: 'entries', lines };
      yield { kind: 'checkpoints', notes };
    },
  };
}

function toStoreFilter(filter: AuditFilter): StoreFilter {
  const { type, session, resource, verdict, decision, text, since, until } = filter;
  return {
    ...(type === null ? {} : { type }),
    ...(session === null ? {} : { session }),
    ...(resource === null ? {} : { resource }),
    ...(verdict === null ? {} : { verdict }),
    ...(decision === null ? {} : { decision }),
    ...(text === null ? {} : { contains: text }),
    ...(since === null ? {} : { since: toUtc('since', since) }),
    ...(until === null ? {} : { until: toUtc('until', until) }),
  };
}

function toUtc(name: string, text: string): string {
  const time = new Date(text);
  if (!Number.isNaN(time.getTime())) return time.toISOString();
  throw new InputError('INPUT_INVALID', `\`${name}\` is not a time`, {
    audience: 'user',
    help: 'write it as 2026-01-31T12:00:00Z',
  });
}

function toRow({ index, entry }: FoundEntry): AuditRow {
  return auditRowSchema.parse({ index, entry });
}

function noSuchEntry(id: string): AuditError {
  return new AuditError('AUDIT_UNREADABLE', `the record has no entry \`${id}\``, {
    audience: 'user',
    help: 'agentguard audit query',
  });
}
