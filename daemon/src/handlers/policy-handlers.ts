/** The policy over the control socket: checked, accepted, explained, tried on the record. */

import { checkTables, parsePolicy } from '@agentguard/rules';
import type { PolicyState, SqlParser } from '@agentguard/rules';
import type { AuditLogHandle } from '../audit/audit-log.ts';
import type { CallHandlers } from '../control/server/handlers.ts';
import type { CallResult } from '../control/contract/methods.ts';
import { toTime } from '../enforcement/to-entries.ts';
import { AuditError } from '../errors.ts';
import type { AcceptedPolicies } from '../policy/accepted-policies.ts';
import { readShown } from '../policy/read-shown.ts';
import { explainIntent } from '../policy/explain-intent.ts';
import { judgeOperation } from '../policy/judge-operation.ts';
import type { PolicyKeeper } from '../policy/policy-keeper.ts';
import { testCandidate } from '../policy/test-candidate.ts';
import type { GuardedDatabases } from '../resources/guarded-databases.ts';
import type { SessionStore } from '../sessions/session-store.ts';
import type { MigrationWindows } from '../windows/migration-windows.ts';
import { personOf } from './person.ts';
import type { RecordEvent } from './record-event.ts';

/** What the handlers are built from. */
export interface PolicyParts {
  readonly keeper: PolicyKeeper;
  readonly accepted: AcceptedPolicies;
  readonly policyFor: (workspace: string | null) => PolicyState;
  readonly databases: GuardedDatabases;
  readonly sessions: SessionStore<unknown>;
  readonly windows: MigrationWindows;
  readonly audit: AuditLogHandle;
  readonly parser: SqlParser;
  readonly recordEvent: RecordEvent;
  readonly now: () => number;
}

type PolicyCalls = Pick<
  CallHandlers,
  | 'policy.check'
  | 'policy.accepted'
  | 'policy.accept'
  | 'policy.explain'
  | 'policy.judge'
  | 'policy.test'
>;

/** Handlers of the calls. */
export function makePolicyCalls(parts: PolicyParts): PolicyCalls {
  const { accepted } = parts;
  return {
    'policy.check': ({ text }) => checkEverywhere(text, parts),
    'policy.accepted': ({ path }) => {
      const found = accepted.find(path);
      if (found === undefined) return { text: null, by: null, at: null };
      return { text: found.text, by: found.by, at: toTime(found.at) };
    },
    'policy.accept': async ({ path, revision }, context) => {
      const by = personOf(context);
      const text = readShown({ path, revision }, parts.parser);
      // On the record first: what an agent may do is never widened unseen.
      await parts.recordEvent('policy accepted', { file: path, revision, by });
      accepted.accept({ path, text, by, at: parts.now() });
      return { revision };
    },
    'policy.explain': async ({ decision }) => {
      const [found] = await parts.audit.entriesOfDecision(decision);
      if (found === undefined) throw noSuchDecision(decision);
      const workspaceOf = (session: string): string | null => parts.sessions.workspaceOf(session);
      return explainIntent(found.entry, (session) => parts.policyFor(workspaceOf(session)));
    },
    'policy.judge': async ({ operations, workspace }) => {
      const judged = [];
      for (const operation of operations) {
        judged.push(
          await judgeOperation(operation, { ...parts, state: parts.policyFor(workspace) }),
        );
      }
      return { judged };
    },
    'policy.test': ({ text, as, workspace }, { signal }) =>
      testCandidate({ text, as, workspace }, { ...parts, signal }),
  };
}

async function checkEverywhere(
  text: string,
  { databases, parser }: PolicyParts,
): Promise<CallResult<'policy.check'>> {
  const parsed = parsePolicy(text, parser);
  if (!parsed.ok) {
    return {
      problems: [{ ...parsed.problem, resource: null }],
      checked: [],
      unreachable: [],
    };
  }
  const { roles, resources } = parsed.file;
  const result: CallResult<'policy.check'> = { problems: [], checked: [], unreachable: [] };
  for (const { name } of databases.list()) {
    const own = resources.get(name)?.role ?? null;
    // A role that no resource names may be for any of them; one that one names is for that one.
    const named = new Set([...resources.values()].map(({ role }) => role));
    const used = [...roles.values()].filter(
      (role) => role.name === own || (own === null && !named.has(role.name)),
    );
    if (used.length === 0) continue;
    try {
      const catalog = await databases.catalog(name).ready();
      const problems = checkTables(text, used, catalog);
      result.problems.push(...problems.map((problem) => ({ ...problem, resource: name })));
      result.checked.push(name);
    } catch {
      // Whatever keeps the catalog from being read: the file was not held against it, and that is said.
      result.unreachable.push(name);
    }
  }
  return result;
}

function noSuchDecision(id: string): AuditError {
  return new AuditError('AUDIT_UNREADABLE', `the record has no decision \`${id}\``, {
    audience: 'user',
    help: 'agentguard audit query',
  });
}
