/** From the facts of an operation to the words that conditions speak of. */

import { commandsOfAction, effectsOfAction } from '../facts/action.ts';
import { isTemporary, toObjectText } from '../facts/effect.ts';
import type { Effect } from '../facts/effect.ts';
import { countsAsProduction } from '../facts/operation.ts';
import type { HttpFacts } from '../facts/http-facts.ts';
import type { ActionFacts, OperationFacts } from '../facts/operation.ts';
import { classOfEffect, classOfFacts } from '../facts/sql-facts.ts';
import type { SqlFacts } from '../facts/sql-facts.ts';
import {
  EffectRoot,
  EgressRoot,
  GraphqlRoot,
  HttpRoot,
  KubernetesRoot,
  McpRoot,
  PrincipalRoot,
  ResourceRoot,
  SqlRoot,
  TokenRoot,
  ToolRoot,
  WindowRoot,
} from './condition-roots.ts';
import type { ConditionFacts, ConditionRoots, ProtocolRoot } from './condition-roots.ts';

/** Conditions loop over lists, twice at most; this many keep that within a few milliseconds. */
const MAX_LISTED = 500;

/** Effects that change the schema. TRUNCATE takes rows, and is no change of the schema. */
const SCHEMA_CHANGES: ReadonlySet<Effect['kind']> = new Set([
  'create',
  'alter',
  'drop',
  'privilege',
  'catalog write',
]);

/** What stands for a protocol that the operation is not of. Shared, and never written to. */
const EMPTY = {
  sql: new SqlRoot(),
  mcp: new McpRoot(),
  http: new HttpRoot(),
  tool: new ToolRoot(),
  egress: new EgressRoot(),
};

/** Prepares an operation, once for all conditions that are asked about it. */
export function toConditionFacts(facts: OperationFacts): ConditionFacts {
  const principal = toPrincipal(facts);
  const { protocol, roots } = toProtocolRoots(facts.action, facts.context.inTransaction);
  const all: ConditionRoots = {
    ...EMPTY,
    ...roots,
    resource: toResource(facts.resource),
    principal,
    session: principal,
    token: toToken(facts),
    window: Object.assign(new WindowRoot(), { open: facts.context.windowOpen }),
    now: new Date(facts.context.now),
  };
  const { effects, functions, commands } = all.sql;
  const tooMany = Math.max(effects.length, functions.length, commands.length) > MAX_LISTED;
  return {
    protocol,
    roots: all,
    ...(facts.action.protocol === 'mcp' && facts.action.mcp.sql !== null ? { also: 'sql' } : {}),
    tooMuch: tooMany ? `it has more than ${MAX_LISTED} effects, functions or statements` : null,
  };
}

function toProtocolRoots(
  action: ActionFacts,
  inTransaction: boolean,
): { readonly protocol: ProtocolRoot; readonly roots: Partial<ConditionRoots> } {
  switch (action.protocol) {
    case 'postgres':
      return { protocol: 'sql', roots: { sql: toSql(action, inTransaction) } };
    case 'egress':
      return {
        protocol: 'egress',
        roots: {
          egress: Object.assign(new EgressRoot(), {
            host: action.egress.host,
            port: BigInt(action.egress.port),
          }),
        },
      };
    case 'http':
      return { protocol: 'http', roots: { http: toHttp(action.http) } };
    case 'tool':
      return {
        protocol: 'tool',
        roots: {
          tool: Object.assign(new ToolRoot(), {
            name: action.tool.tool,
            programs: action.tool.programs,
            deeds: action.tool.findings.map(({ deed }) => deed),
          }),
        },
      };
    case 'mcp':
      return { protocol: 'mcp', roots: toMcpRoots(action, inTransaction) };
  }
}

/** The request and its first operation; `oneByOne` gives a request with several as several. */
function toHttp(facts: HttpFacts): HttpRoot {
  const [operation] = facts.operations;
  const { target = null, graphql, kubernetes } = operation ?? {};
  return Object.assign(new HttpRoot(), {
    method: facts.method,
    host: facts.host,
    path: facts.path,
    query: toQuery(facts.query),
    operation: operation?.name ?? '',
    kind: operation?.kind ?? 'unknown',
    severity: operation?.severity ?? '',
    provider: facts.provider ?? '',
    target_kind: target?.kind ?? '',
    target: target?.id ?? '',
    parts: target?.parts ?? {},
    graphql: Object.assign(new GraphqlRoot(), graphql),
    k8s: Object.assign(new KubernetesRoot(), kubernetes),
    // So that `has(http.json.x)` is false where there is no body, and no failure.
    json: facts.json ?? {},
  });
}

function toQuery(pairs: HttpFacts['query']): Readonly<Record<string, readonly string[]>> {
  const names = new Map<string, string[]>();
  for (const [name, value] of pairs) names.set(name, [...(names.get(name) ?? []), value]);
  return Object.fromEntries(names);
}

/**
 * A request with several operations as several, since a condition speaks of one of them.
 * SECURITY(P-71): without this, an operation that a rule denies could hide behind one that it does not know.
 */
export function oneByOne(facts: OperationFacts): readonly OperationFacts[] {
  const { action } = facts;
  if (action.protocol !== 'http' || action.http.operations.length < 2) return [facts];
  return action.http.operations.map((operation) => ({
    ...facts,
    action: { protocol: 'http', http: { ...action.http, operations: [operation] } },
  }));
}

/** SQL in the arguments is spoken of by the words of SQL as well. */
function toMcpRoots(
  { mcp }: Extract<ActionFacts, { readonly protocol: 'mcp' }>,
  inTransaction: boolean,
): Partial<ConditionRoots> {
  const { server, name: tool, args } = mcp;
  const root = Object.assign(new McpRoot(), { server, tool, args: args ?? {} });
  if (mcp.sql === null) return { mcp: root };
  return { mcp: root, sql: toSql({ protocol: 'postgres', sql: mcp.sql }, inTransaction) };
}

function toResource({ name, kind, environment }: OperationFacts['resource']): ResourceRoot {
  const production = countsAsProduction(environment);
  return Object.assign(new ResourceRoot(), { name, kind, environment, production });
}

function toPrincipal({ principal, token, context }: OperationFacts): PrincipalRoot {
  const { person, agent, session } = principal;
  const root = {
    person,
    agent,
    session,
    on_behalf_of: token?.onBehalfOf ?? '',
    tainted: context.tainted === true,
  };
  return Object.assign(new PrincipalRoot(), root);
}

function toToken({ token }: OperationFacts): TokenRoot {
  if (token === null) return new TokenRoot();
  return Object.assign(new TokenRoot(), {
    id: token.id,
    role: token.role ?? '',
    label: token.label ?? '',
    agent: token.agent ?? '',
    person: token.person,
    on_behalf_of: token.onBehalfOf ?? '',
    values: token.values,
  });
}

/** SECURITY(P-71): what cannot be seen through counts as writing and as changing the schema. */
function toSql(
  action: Extract<ActionFacts, { readonly protocol: 'postgres' }>,
  inTransaction: boolean,
): SqlRoot {
  const effects = effectsOfAction(action);
  const unknown = effects.some(({ kind }) => kind === 'unknown' || kind === 'outside');
  return Object.assign(new SqlRoot(), {
    class: classOfFacts(action.sql),
    reads: effects.some(({ kind }) => kind === 'read'),
    writes: unknown || effects.some(changesData),
    ddl: unknown || effects.some(changesSchema),
    unknown,
    in_transaction: inTransaction,
    commands: commandsOfAction(action),
    tables: tablesOf(effects),
    functions: functionsOf(action.sql),
    effects: effects.map(toEffect),
  });
}

function changesData(effect: Effect): boolean {
  return effect.kind === 'truncate' || classOfEffect(effect) === 'write';
}

function changesSchema(effect: Effect): boolean {
  return SCHEMA_CHANGES.has(effect.kind) && !isTemporary(effect);
}

function tablesOf(effects: readonly Effect[]): readonly string[] {
  const tables = new Set<string>();
  for (const effect of effects) {
    if ('object' in effect && effect.object !== null) {
      if (HOLDS_ROWS.has(effect.object.kind)) tables.add(toObjectText(effect.object));
    }
  }
  return [...tables];
}

const HOLDS_ROWS: ReadonlySet<string> = new Set([
  'table',
  'view',
  'materialized view',
  'foreign table',
]);

function functionsOf(sql: SqlFacts): readonly string[] {
  const names = sql.statements.flatMap(({ functions }) =>
    functions.map(({ schema, name }) => (schema === null ? name : `${schema}.${name}`)),
  );
  return [...new Set(names)];
}

function toEffect(effect: Effect): EffectRoot {
  const object = 'object' in effect ? effect.object : null;
  return Object.assign(new EffectRoot(), {
    kind: effect.kind,
    object: object === null ? '' : toObjectText(object),
    schema: object?.schema ?? '',
    name: object?.name ?? ('name' in effect ? effect.name : ''),
    object_kind: object?.kind ?? '',
    columns: 'columns' in effect ? effect.columns : [],
    rows: 'rows' in effect ? effect.rows : '',
    action: actionOf(effect),
    via: effect.via,
  });
}

function actionOf(effect: Effect): string {
  if (effect.kind === 'http') return effect.operation;
  if ('action' in effect) return effect.action;
  if ('mode' in effect) return effect.mode;
  if ('channel' in effect) return effect.channel;
  return 'target' in effect ? effect.target : '';
}
