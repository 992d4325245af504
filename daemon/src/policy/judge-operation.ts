/** A hypothetical statement, judged as if an agent had sent it: same analysis, same catalog, same rules. Nothing is sent. */

import {
  analyzeSql,
  classOfAction,
  commandsOfAction,
  effectsOfAction,
  emptyCatalog,
  explain,
} from '@agentguard/rules';
import type {
  CatalogSnapshot,
  NameContext,
  OperationFacts,
  PolicyState,
  ResourceFacts,
  SqlParser,
  TokenClaims,
} from '@agentguard/rules';
import type { CallParams, CallResult } from '../control/contract/methods.ts';
import { ResourceError } from '../errors.ts';
import type { GuardedDatabases } from '../resources/guarded-databases.ts';
import type { MigrationWindows } from '../windows/migration-windows.ts';

type Hypothetical = CallParams<'policy.judge'>['operations'][number];

/** What judging needs. */
export interface JudgeParts {
  readonly databases: GuardedDatabases;
  readonly windows: MigrationWindows;
  readonly parser: SqlParser;
  readonly state: PolicyState;
  readonly now: () => number;
}

/**
 * Judges one statement.
 * @throws ResourceError, CatalogError when a database is named that is not there or cannot be reached
 */
export async function judgeOperation(
  operation: Hypothetical,
  parts: JudgeParts,
): Promise<CallResult<'policy.judge'>['judged'][number]> {
  const resource = findResource(operation, parts.databases);
  const catalog =
    operation.resource === null
      ? emptyCatalog()
      : await parts.databases.catalog(operation.resource).ready();
  const sql = analyzeSql(operation.sql, toContext(catalog), parts.parser);
  const action = { protocol: 'postgres', sql } as const;
  const now = parts.now();
  const facts: OperationFacts = {
    principal: { person: 'nobody', agent: 'nobody', session: 'none' },
    token: toClaims(operation),
    resource,
    action,
    context: {
      now,
      windowOpen: parts.windows.isOpenFor(resource.name, now, () => false),
      inTransaction: false,
    },
  };
  const { decision, steps } = explain(facts, parts.state, 'hypothetical');
  return {
    verdict: decision.verdict,
    rules: decision.rules.map(({ rule }) => rule),
    reason: decision.reason,
    facts: {
      class: classOfAction(action),
      commands: [...commandsOfAction(action)],
      effects: effectsOfAction(action).map((effect) => ({ ...effect })),
    },
    obligations: decision.obligations.map(({ kind }) => kind),
    steps: steps.map((step) => ({ ...step })),
  };
}

function findResource(operation: Hypothetical, databases: GuardedDatabases): ResourceFacts {
  if (operation.resource === null) {
    const environment = operation.environment ?? 'unknown';
    return { name: '', kind: 'postgres', environment };
  }
  const found = databases.find(operation.resource);
  if (found !== undefined) return found;
  throw new ResourceError('RESOURCE_NOT_FOUND', `no resource is called \`${operation.resource}\``, {
    audience: 'user',
    help: 'agentguard resource list',
  });
}

/** A connection that has changed nothing. */
function toContext(catalog: CatalogSnapshot): NameContext {
  return {
    catalog,
    searchPaths: [catalog.searchPath],
    anySearchPath: false,
    ownRelations: new Set(),
    hiddenDefinitions: false,
    prepared: () => undefined,
  };
}

function toClaims({ role, values }: Hypothetical): TokenClaims | null {
  if (role === null && Object.keys(values).length === 0) return null;
  return {
    id: 'hypothetical',
    role,
    values,
    resources: null,
    person: 'nobody',
    onBehalfOf: null,
    agent: null,
    label: null,
    issuedAt: 0,
    expiresAt: 0,
  };
}
