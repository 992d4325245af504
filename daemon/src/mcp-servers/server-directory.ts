/** The servers as the listener is handed them: one for each session that opens one. */

import { randomBytes } from 'node:crypto';
import { homedir } from 'node:os';
import {
  analyzeSql,
  isShown,
  masksOfServer,
  readsOnly,
  redactText,
  samplingAllowed,
} from '@agentguard/rules';
import type {
  CatalogSnapshot,
  DefinitionKind,
  Environment,
  McpPolicies,
  McpStanding,
  McpWork,
  PolicyState,
  PrincipalFacts,
  SqlFacts,
  SqlParser,
  TokenClaims,
} from '@agentguard/rules';
import type { CatalogView } from '../protocols/postgres/guarded-resource.ts';
import { CLIENT_BUDGET_MS } from '../protocols/mcp/limits.ts';
import type {
  DescribedDatabase,
  GuardedServer,
  OpenedServer,
  OpenRefusal,
  ServerDirectory,
} from '../protocols/mcp/guarded-server.ts';
import type { SecretValue } from '../secrets/secret-value.ts';
import type { CallCounts } from './call-counts.ts';
import { describeDatabase } from './describe-database.ts';
import { findChanged, findExecutable } from './program-pins.ts';
import { environmentHere, PASSED_BESIDE, PASSED_TO_SERVERS } from './server-environment.ts';
import type { StoredServer } from './server-file.ts';
import type { McpServerStore } from './server-store.ts';

/** As much of a session as a server needs. */
export interface McpSession {
  readonly id: string;
  readonly principal: PrincipalFacts;
  readonly workspace: string;
  /** Names of the databases that it may reach. */
  readonly resources: readonly string[];
}

async function describe(
  parts: ServerDirectoryParts,
  id: string,
  resource: string,
): Promise<DescribedDatabase | OpenRefusal> {
  const session = parts.session(id);
  const database =
    session?.resources.includes(resource) === true ? parts.database(resource) : undefined;
  const policy = parts.policyState(id);
  if (database === undefined || policy.kind !== 'in force') {
    return {
      problem: `this session has no database \`${resource}\``,
      help: 'agentguard resource list',
    };
  }
  database.catalog.retain();
  try {
    const catalog = await database.catalog.ready();
    return describeDatabase(catalog, { policy: policy.policy, resource, claims: parts.claims(id) });
  } catch {
    // Why it cannot be read is for the daemon's own log.
    return {
      problem: 'the catalog of the database cannot be read',
      help: `agentguard resource test ${resource}`,
    };
  } finally {
    database.catalog.release();
  }
}

/** What the directory is built from. */
export interface ServerDirectoryParts {
  readonly store: McpServerStore;
  readonly session: (id: string) => McpSession | undefined;
  readonly onSessionEnd: (id: string, listener: () => void) => () => void;
  /** What is in force for a session; null: for none in particular. */
  readonly policy: (session: string | null) => McpPolicies | undefined;
  readonly policyState: (session: string) => PolicyState;
  /** The scope of its token; null for none. */
  readonly claims: (session: string) => TokenClaims | null;
  /** The guarded database of a name: how dear it is, and its catalog. */
  readonly database: (
    name: string,
  ) => { readonly environment: Environment; readonly catalog: CatalogView } | undefined;
  readonly parser: SqlParser;
  readonly counts: CallCounts;
  readonly secret: (name: string) => Promise<SecretValue>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly taint: (session: string, server: string) => void;
  readonly record: (
    session: string,
    name: string,
    details: Readonly<Record<string, string | number | boolean | null>>,
  ) => void;
  /** ISO 8601, UTC. */
  readonly time: () => string;
}

/** The session of a hypothetical call. No session has this id. */
const NOBODY = 'explain';

/** Makes the directory. */
export function makeServerDirectory(parts: ServerDirectoryParts): ServerDirectory {
  return {
    open: (session, argv) => open(parts, session, argv),
    describe: (session, resource) => describe(parts, session, resource),
  };
}

/**
 * A server as a session of this person would have it, without one: for hypothetical calls.
 * @throws ResourceError `RESOURCE_NOT_FOUND`
 */
export async function guardedForPerson(
  parts: ServerDirectoryParts,
  name: string,
): Promise<GuardedServer> {
  const stored = parts.store.show(name);
  const principal = { person: NOBODY, agent: NOBODY, session: NOBODY };
  const session = { id: NOBODY, principal, workspace: '', resources: [] };
  const { guarded, release } = await toGuardedServer(parts, { session, name, stored });
  release();
  return { ...guarded, count: () => ({ session: 0, minute: 0 }) };
}

async function open(
  parts: ServerDirectoryParts,
  id: string,
  argv: readonly string[],
): Promise<OpenedServer | OpenRefusal> {
  const session = parts.session(id);
  if (session === undefined) return { problem: 'the session is over', help: 'start it anew' };
  const name = parts.store.match(argv);
  const stored = name === null ? undefined : parts.store.find(name);
  if (name === null || stored === undefined) return refuseUnknown(parts, session, argv);
  const changed = await findChanged(stored.programs);
  if (changed !== null) {
    parts.record(id, 'mcp program changed', { server: name, file: changed });
    return {
      problem: `the program of the MCP server \`${name}\` is not the one that a person accepted: ${changed}`,
      help: `agentguard mcp review ${name}`,
    };
  }
  const server = await toGuardedServer(parts, { session, name, stored });
  const place = toPlace(parts, { name, stored, session });
  if ('problem' in place) return place;
  parts.record(id, 'mcp server opened', { server: name, place: stored.place });
  return {
    server: server.guarded,
    place,
    taint: () => parts.taint(id, name),
    record: (what, details) => parts.record(id, what, details),
    onEnd: (listener) => {
      const stop = parts.onSessionEnd(id, () => {
        server.release();
        listener();
      });
      return () => {
        server.release();
        stop();
      };
    },
  };
}

function refuseUnknown(
  { store, record, time }: ServerDirectoryParts,
  { id }: McpSession,
  argv: readonly string[],
): OpenRefusal {
  store.propose({ argv: [...argv].slice(0, 100), session: id, at: time() });
  record(id, 'mcp server refused', {
    program: argv[0]?.slice(0, 200) ?? '',
    arguments: argv.length - 1,
  });
  return {
    problem: 'no person has accepted this MCP server yet',
    help: 'agentguard mcp review',
  };
}

function toPlace(
  parts: ServerDirectoryParts,
  { name, stored, session }: { name: string; stored: StoredServer; session: McpSession },
): OpenedServer['place'] | OpenRefusal {
  const { argv, env, passes, cwd } = stored;
  if (stored.place === 'beside') {
    const passed = [...PASSED_TO_SERVERS, ...PASSED_BESIDE, ...passes];
    return { kind: 'beside', start: { argv, env, passes: passed, cwd } };
  }
  const folder = cwd ?? session.workspace;
  const program = findExecutable(argv[0] ?? '', stored.path, folder);
  if (program === null) {
    const problem = `the program of the MCP server \`${name}\` is not there any more`;
    return { problem, help: `agentguard mcp review ${name}` };
  }
  return {
    kind: 'here',
    program,
    args: argv.slice(1),
    cwd: folder === '' ? homedir() : folder,
    env: () => environmentHere(stored, parts.environment, parts.secret),
  };
}

const WORK_OF_KIND: Readonly<Record<DefinitionKind, McpWork>> = {
  tool: 'call',
  prompt: 'prompt',
  resource: 'read',
  template: 'read',
  server: 'other',
};

async function toGuardedServer(
  parts: ServerDirectoryParts,
  { session, name, stored }: { session: McpSession; name: string; stored: StoredServer },
): Promise<{ readonly guarded: GuardedServer; readonly release: () => void }> {
  const { store, counts } = parts;
  const database = stored.database === null ? undefined : parts.database(stored.database);
  database?.catalog.retain();
  await database?.catalog.ready().catch(() => undefined);
  const policy = (): McpPolicies | undefined =>
    parts.policy(session.id === NOBODY ? null : session.id);
  const environment = database?.environment ?? 'unknown';
  // Marks of two conversations cannot be compared.
  const key = randomBytes(32);
  let held = true;
  const guarded: GuardedServer = {
    name,
    connection: {
      principal: session.principal,
      resource: { name: `mcp:${name}`, kind: 'mcp', environment },
    },
    known: (kind, what) => store.known(name, kind, what),
    observe: (definitions) => {
      const began = store.observe(name, definitions, parts.time());
      if (began.length > 0)
        parts.record(session.id, 'mcp definitions wait', { server: name, count: began.length });
    },
    shows: (kind: DefinitionKind, what: string, standing: McpStanding) =>
      isShown(
        {
          server: name,
          work: WORK_OF_KIND[kind],
          name: what,
          standing,
          pinned: store.known(name, kind, what).word,
        },
        policy(),
        parts.claims(session.id)?.role ?? null,
      ),
    readSql:
      stored.database === null
        ? null
        : (text) => readSql(text, database?.catalog.current() ?? null, parts.parser),
    count: () => counts.take(session.id, name),
    reads: (tool) => readsOnly(policy(), name, tool),
    redact: (text) => redactText(text, { key }),
    masks: () => masksOfServer(policy(), name),
    samplingAllowed: () => samplingAllowed(policy(), name),
    roots: session.workspace === '' ? [] : [session.workspace],
    answersProbe: stored.legacy,
    clientBudgetMs: stored.clientBudgetMs ?? CLIENT_BUDGET_MS,
  };
  const release = (): void => {
    if (held) database?.catalog.release();
    held = false;
  };
  return { guarded, release };
}

/** How a server resolves names is its own affair, so a name that more than one schema has means any of them. */
function readSql(text: string, catalog: CatalogSnapshot | null, parser: SqlParser): SqlFacts {
  if (catalog === null) return unseen(text);
  try {
    return analyzeSql(
      text,
      {
        catalog,
        searchPaths: [catalog.searchPath],
        anySearchPath: false,
        ownRelations: new Set(),
        hiddenDefinitions: false,
        prepared: () => undefined,
      },
      parser,
    );
  } catch {
    return unseen(text);
  }
}

function unseen(text: string): SqlFacts {
  const reason =
    'the catalog of the database cannot be read, so nothing is known of what the SQL does';
  return {
    statements: [
      {
        command: 'UNKNOWN',
        start: 0,
        end: text.length,
        effects: [{ kind: 'unknown', reason, via: [] }],
        functions: [],
        changesState: true,
      },
    ],
    literalsIgnored: false,
    secretSpans: [],
  };
}
