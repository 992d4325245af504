/**
 * The words that a condition can speak of, with their types. One class per type, since the engine tells types by class
 * and hands values over without copying. A new protocol adds its class here and a case in to-roots.ts.
 * INVARIANT: nothing secret stands in any of them, and no value is a function.
 */

/** What is operated on. */
export class ResourceRoot {
  name = '';
  /** `postgres`, `egress`, `tool`, `mcp`, `http`. */
  kind = '';
  environment = 'unknown';
  /** So labelled, or not labelled at all. */
  production = true;
}

/** On whose behalf. */
export class PrincipalRoot {
  person = '';
  agent = '';
  session = '';
  /** Empty: nobody in particular. */
  on_behalf_of = '';
  /** Content that nobody vouches for was given to the session: answers of MCP servers. */
  tainted = false;
}

/** The token that was presented. Empty words where it says nothing. */
export class TokenRoot {
  id = '';
  role = '';
  label = '';
  agent = '';
  person = '';
  on_behalf_of = '';
  /** Whatever filters may take from it: `token.values["tenant_id"]`. */
  values: Readonly<Record<string, string>> = {};
}

/** The migration window of the resource. */
export class WindowRoot {
  open = false;
}

/** One effect of a statement. Words that its kind does not have are empty. */
export class EffectRoot {
  /** `read`, `insert`, `update`, `delete`, `truncate`, `create`, `alter`, `drop`, ... */
  kind = '';
  /** `public.users`. */
  object = '';
  schema = '';
  name = '';
  /** `table`, `view`, `function`, ... */
  object_kind = '';
  columns: readonly string[] = [];
  /** `all`, `bounded` or `unknown`. */
  rows = '';
  /** The subcommand, setting or reason in words. */
  action = '';
  /** Where it happens, when that is not the statement itself. */
  via: readonly string[] = [];
}

/** A message of SQL. What cannot be seen through counts as writing and as changing the schema. */
export class SqlRoot {
  /** `read`, `session`, `write`, `ddl`, `outside`, `unknown`: the strongest of all. */
  class = 'nothing';
  reads = false;
  writes = false;
  ddl = false;
  unknown = false;
  /** Inside a transaction that the client opened. */
  in_transaction = false;
  commands: readonly string[] = [];
  /** Tables and views that are read or changed, each once: `public.users`. */
  tables: readonly string[] = [];
  functions: readonly string[] = [];
  effects: readonly EffectRoot[] = [];
}

/** A call of a tool of an MCP server. */
export class McpRoot {
  server = '';
  tool = '';
  /** As JSON: text, numbers, truth values, null, lists and maps. */
  args: Readonly<Record<string, unknown>> = {};
}

/** A root field of a GraphQL document. Empty for every other request. */
export class GraphqlRoot {
  /** `query`, `mutation`, `subscription`. */
  operation = '';
  field = '';
  /** After variables were put in. */
  args: Readonly<Record<string, unknown>> = {};
}

/** What a URL of a Kubernetes API server means. Empty for every other request. */
export class KubernetesRoot {
  verb = '';
  group = '';
  resource = '';
  namespace = '';
  name = '';
}

/** One operation of a request by HTTP. A request with several is asked about one by one. */
export class HttpRoot {
  method = '';
  host = '';
  path = '';
  /** Values by name. */
  query: Readonly<Record<string, readonly string[]>> = {};
  /** Name of the operation: `volumeDelete`, `ec2:TerminateInstances`, `DELETE /v1/apps/{app}`. */
  operation = '';
  /** `read`, `write`, `destroy`, `reveal`, `mint`, `unknown`. */
  kind = '';
  /** `critical`, `high`, `medium`; empty for what does not destroy. */
  severity = '';
  provider = '';
  /** `volume`. */
  target_kind = '';
  /** As the request names it. */
  target = '';
  /** Further parts of where it is: `http.parts["region"]`. */
  parts: Readonly<Record<string, string>> = {};
  graphql: GraphqlRoot = new GraphqlRoot();
  k8s: KubernetesRoot = new KubernetesRoot();
  /** The body, when it is JSON or a form: text, numbers, truth values, null, lists and maps. */
  json: unknown = null;
}

/** A call of a tool of the agent's own. */
export class ToolRoot {
  name = '';
  programs: readonly string[] = [];
  /** `destroy`, `discard`, `reveal`, `settings`, `tamper`, `unclear`. */
  deeds: readonly string[] = [];
}

/** A way out to a host of the network. */
export class EgressRoot {
  host = '';
  port = 0n;
}

/** The roots that belong to one protocol each. A rule that names some is about operations of those only. */
export const PROTOCOL_ROOTS = ['sql', 'mcp', 'http', 'tool', 'egress'] as const;
export type ProtocolRoot = (typeof PROTOCOL_ROOTS)[number];

/** Everything that a condition can look at. A protocol that the operation is not of has its empty root. */
export interface ConditionRoots {
  readonly resource: ResourceRoot;
  readonly principal: PrincipalRoot;
  /** Another name of `principal`. */
  readonly session: PrincipalRoot;
  readonly token: TokenRoot;
  readonly window: WindowRoot;
  readonly now: Date;
  readonly sql: SqlRoot;
  readonly mcp: McpRoot;
  readonly http: HttpRoot;
  readonly tool: ToolRoot;
  readonly egress: EgressRoot;
}

/** One operation as conditions see it. */
export interface ConditionFacts {
  /** The protocol of the operation. */
  readonly protocol: ProtocolRoot;
  /** Others that it is of as well: SQL in the arguments of a tool. */
  readonly also?: ProtocolRoot;
  readonly roots: ConditionRoots;
  /** Why the lists in it cannot be looked through one by one, which makes conditions that do so fail; null when they can. */
  readonly tooMuch: string | null;
}
