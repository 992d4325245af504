/** The CEL environment that every condition is compiled in: the typed roots, and nothing of the library that could hang. */

import { Environment } from '@marcbachmann/cel-js';
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
import { matchesGlob } from './glob.ts';

/** What a person writes has a few dozen nodes; more is a mistake or worse. */
const LIMITS = {
  maxAstNodes: 2000,
  maxDepth: 60,
  maxListElements: 1000,
  maxMapEntries: 100,
  maxCallArguments: 10,
};

const TEXT = 'string';
const TEXTS = 'list<string>';
const TRUTH = 'bool';

interface RootType {
  readonly name: string;
  readonly ctor: new () => object;
  readonly fields: Readonly<Record<string, string>>;
}

/** Every type with its fields. A test holds the fields against the classes. */
export const ROOT_TYPES: readonly RootType[] = [
  {
    name: 'Resource',
    ctor: ResourceRoot,
    fields: { name: TEXT, kind: TEXT, environment: TEXT, production: TRUTH },
  },
  {
    name: 'Principal',
    ctor: PrincipalRoot,
    fields: { person: TEXT, agent: TEXT, session: TEXT, on_behalf_of: TEXT, tainted: TRUTH },
  },
  {
    name: 'Token',
    ctor: TokenRoot,
    fields: {
      id: TEXT,
      role: TEXT,
      label: TEXT,
      agent: TEXT,
      person: TEXT,
      on_behalf_of: TEXT,
      values: 'map<string, string>',
    },
  },
  { name: 'Window', ctor: WindowRoot, fields: { open: TRUTH } },
  {
    name: 'Effect',
    ctor: EffectRoot,
    fields: {
      kind: TEXT,
      object: TEXT,
      schema: TEXT,
      name: TEXT,
      object_kind: TEXT,
      columns: TEXTS,
      rows: TEXT,
      action: TEXT,
      via: TEXTS,
    },
  },
  {
    name: 'Sql',
    ctor: SqlRoot,
    fields: {
      class: TEXT,
      reads: TRUTH,
      writes: TRUTH,
      ddl: TRUTH,
      unknown: TRUTH,
      in_transaction: TRUTH,
      commands: TEXTS,
      tables: TEXTS,
      functions: TEXTS,
      effects: 'list<Effect>',
    },
  },
  {
    name: 'Mcp',
    ctor: McpRoot,
    fields: { server: TEXT, tool: TEXT, args: 'map<string, dyn>' },
  },
  {
    name: 'Graphql',
    ctor: GraphqlRoot,
    fields: { operation: TEXT, field: TEXT, args: 'map<string, dyn>' },
  },
  {
    name: 'Kubernetes',
    ctor: KubernetesRoot,
    fields: { verb: TEXT, group: TEXT, resource: TEXT, namespace: TEXT, name: TEXT },
  },
  {
    name: 'Http',
    ctor: HttpRoot,
    fields: {
      method: TEXT,
      host: TEXT,
      path: TEXT,
      query: 'map<string, list<string>>',
      operation: TEXT,
      kind: TEXT,
      severity: TEXT,
      provider: TEXT,
      target_kind: TEXT,
      target: TEXT,
      parts: 'map<string, string>',
      graphql: 'Graphql',
      k8s: 'Kubernetes',
      json: 'dyn',
    },
  },
  { name: 'Tool', ctor: ToolRoot, fields: { name: TEXT, programs: TEXTS, deeds: TEXTS } },
  { name: 'Egress', ctor: EgressRoot, fields: { host: TEXT, port: 'int' } },
];

/** Roots by the name that conditions call them. */
const ROOTS: Readonly<Record<string, string>> = {
  resource: 'Resource',
  principal: 'Principal',
  session: 'Principal',
  token: 'Token',
  window: 'Window',
  now: 'google.protobuf.Timestamp',
  sql: 'Sql',
  mcp: 'Mcp',
  http: 'Http',
  tool: 'Tool',
  egress: 'Egress',
};

/** Every word that a condition may use of ours, to say the nearest one. */
export const CONDITION_WORDS: readonly string[] = [
  ...Object.keys(ROOTS),
  ...ROOT_TYPES.flatMap(({ fields }) => Object.keys(fields)),
];

/** Makes the environment. Once is enough. */
export function makeConditionEnvironment(): Environment {
  const environment = new Environment({ unlistedVariablesAreDyn: false, limits: LIMITS });
  for (const { name, ctor, fields } of ROOT_TYPES) environment.registerType(name, { ctor, fields });
  for (const [name, type] of Object.entries(ROOTS)) environment.registerVariable(name, type);
  return environment.registerFunction('string.glob(string): bool', matchesGlob);
}
