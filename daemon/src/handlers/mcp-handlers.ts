/** MCP servers over the control socket: accepted, listed, looked at, pinned, judged. */

import {
  compareDefinitions,
  decide,
  describeDefinition,
  effectsOfAction,
  lintDefinition,
  parseJson,
  saysDestructive,
} from '@agentguard/rules';
import type { Json, JsonMap, McpDefinition, PolicyState, TokenClaims } from '@agentguard/rules';
import type { CallParams, CallResult } from '../control/contract/methods.ts';
import type { CallContext } from '../control/server/actor.ts';
import type { CallHandlers } from '../control/server/handlers.ts';
import { describeEffect } from '../enforcement/describe-effect.ts';
import { ApprovalError, ControlError, ResourceError } from '../errors.ts';
import { findChanged, findExecutable, pinPrograms } from '../mcp-servers/program-pins.ts';
import { toServerName } from '../mcp-servers/server-name.ts';
import type { Pin, StoredServer } from '../mcp-servers/server-file.ts';
import type { McpServerStore } from '../mcp-servers/server-store.ts';
import type { ServerProgram } from '../platform/start-server.ts';
import { toOperation } from '../protocols/mcp/facts.ts';
import type { GuardedServer } from '../protocols/mcp/guarded-server.ts';
import { personOf } from './person.ts';
import type { RecordEvent } from './record-event.ts';

/** What the handlers are built from. */
export interface McpParts {
  readonly store: McpServerStore;
  readonly recordEvent: RecordEvent;
  readonly examine: (
    program: ServerProgram,
    signal: AbortSignal,
  ) => Promise<readonly McpDefinition[]>;
  /** The whole environment of a server that the daemon starts. */
  readonly environment: (server: StoredServer) => Promise<Readonly<Record<string, string>>>;
  /** A server as a session of this person would have it, for hypothetical calls. */
  readonly guarded: (name: string) => Promise<GuardedServer>;
  readonly policy: (workspace: string) => PolicyState;
  /** Clients of a server are told to ask anew; with `end` they are cut off. */
  readonly onChange: (server: string, how: 'scope' | 'end') => void;
  readonly now: () => number;
}

type McpCalls = Pick<
  CallHandlers,
  'mcp.add' | 'mcp.list' | 'mcp.remove' | 'mcp.review' | 'mcp.pin' | 'mcp.judge'
>;

type Listed = CallResult<'mcp.list'>['servers'][number];
type Waiting = CallResult<'mcp.review'>['waiting'][number];

/** Handlers of the calls. */
export function makeMcpCalls(parts: McpParts): McpCalls {
  const { store, recordEvent, onChange } = parts;
  return {
    'mcp.add': (params, context) => add(parts, params, context),
    'mcp.list': () => ({
      servers: store.list().map(([name, server]) => toListed(store, name, server)),
      proposals: store.proposals().map((proposal) => ({ ...proposal, argv: [...proposal.argv] })),
    }),
    'mcp.remove': async ({ server }, context) => {
      if (store.find(server) === undefined) return { removed: false };
      await recordEvent('mcp server removed', { server, by: personOf(context) });
      const removed = store.remove(server);
      onChange(server, 'end');
      return { removed };
    },
    'mcp.review': (params, { signal }) => review(parts, params, signal),
    'mcp.pin': (params, context) => pin(parts, params, context),
    'mcp.judge': (params) => judge(parts, params),
  };
}

async function add(
  parts: McpParts,
  params: CallParams<'mcp.add'>,
  context: CallContext,
): Promise<CallResult<'mcp.add'>> {
  const { store, recordEvent, now } = parts;
  const by = personOf(context);
  const known = store.match(params.argv);
  if (params.name === null && known !== null) {
    return { server: toListed(store, known, store.show(known)), added: false };
  }
  const name = params.name ?? toServerName(params.argv, (taken) => store.find(taken) !== undefined);
  const earlier = store.find(name);
  if (earlier !== undefined && !params.replace) throw taken(name);
  const secrets = Object.keys(params.secrets);
  const place = params.place ?? (secrets.length > 0 ? 'here' : 'beside');
  if (place === 'beside' && secrets.length > 0) throw secretsBeside();
  const { path, folder } = params;
  const programs = await pinPrograms(params.argv, { path, cwd: params.cwd ?? folder });
  const server: StoredServer = {
    argv: [...params.argv],
    cwd: params.cwd,
    place,
    env: params.env,
    passes: [...params.passes],
    secrets: params.secrets,
    database: params.database,
    path,
    clientBudgetMs: params.clientBudgetMs,
    legacy: params.legacy,
    programs: [...programs],
    acceptedAt: new Date(now()).toISOString(),
    acceptedBy: by,
    pins:
      earlier !== undefined && earlier.argv.join('\n') === params.argv.join('\n')
        ? earlier.pins
        : [],
  };
  await recordEvent('mcp server accepted', {
    server: name,
    program: params.argv[0] ?? '',
    place,
    secrets: secrets.join(' '),
    database: params.database,
    replaced: earlier !== undefined,
    by,
  });
  store.put(name, server);
  if (earlier !== undefined) parts.onChange(name, 'end');
  return { server: toListed(store, name, server), added: true };
}

async function review(
  parts: McpParts,
  { server: name, examine }: CallParams<'mcp.review'>,
  signal: AbortSignal,
): Promise<CallResult<'mcp.review'>> {
  const { store, now } = parts;
  const stored = store.show(name);
  let gone: string[] | null = null;
  if (examine) {
    const found = await parts.examine(await toProgram(parts, name, stored), signal);
    store.observe(name, found, new Date(now()).toISOString());
    const keys = new Set(found.map((one) => `${one.kind} ${one.name}`));
    gone = store
      .show(name)
      .pins.map((one) => `${one.kind} ${one.name}`)
      .filter((key) => !keys.has(key));
  }
  const neighbours = { tools: toolsOfOthers(store, name) };
  const waiting = store.pending(name).map((definition): Waiting => {
    const pinned = stored.pins.find(
      (one) => one.kind === definition.kind && one.name === definition.name,
    );
    const lines =
      pinned === undefined
        ? describeDefinition(definition.text)
        : compareDefinitions(pinned.text, definition.text);
    const { kind, digest } = definition;
    return {
      kind,
      name: definition.name,
      digest,
      standing: pinned === undefined ? 'new' : 'changed',
      lines: [...lines],
      findings: [...lintDefinition(definition, neighbours)],
      word: pinned?.word ?? firstWord(definition.text),
    };
  });
  return {
    server: toListed(store, name, stored),
    changedProgram: await findChanged(stored.programs),
    waiting,
    gone,
  };
}

/** What a tool claims of itself only ever makes its first word stricter. */
function firstWord(text: string): 'allow' | 'ask' {
  const parsed = parseJson(text);
  return parsed.ok && parsed.value instanceof Map && saysDestructive(parsed.value)
    ? 'ask'
    : 'allow';
}

async function pin(
  parts: McpParts,
  { server: name, pins, program }: CallParams<'mcp.pin'>,
  context: CallContext,
): Promise<CallResult<'mcp.pin'>> {
  const { store, recordEvent, onChange, now } = parts;
  const stored = store.show(name);
  const by = personOf(context);
  const at = new Date(now()).toISOString();
  const known = [...store.pending(name), ...stored.pins];
  const taking = pins.map((wanted): Pin => {
    const found = known.find(
      ({ kind, name: its, digest }) =>
        kind === wanted.kind && its === wanted.name && digest === wanted.digest,
    );
    if (found === undefined) throw stale(name, wanted.name);
    return {
      kind: found.kind,
      name: found.name,
      digest: found.digest,
      text: found.text,
      word: wanted.word,
      at,
      by,
    };
  });
  for (const { kind, name: what, digest, word } of taking) {
    await recordEvent('mcp definition pinned', {
      server: name,
      kind,
      name: what,
      digest,
      word,
      by,
    });
  }
  if (program) {
    const programs = await pinPrograms(stored.argv, { path: stored.path, cwd: stored.cwd ?? '/' });
    await recordEvent('mcp program pinned', {
      server: name,
      files: programs.map(({ path }) => path).join(' '),
      by,
    });
    store.put(name, { ...stored, programs: [...programs] });
  }
  store.pin(name, taking);
  onChange(name, 'scope');
  return { pinned: taking.length };
}

/** What would become of a call. Nothing is recorded, counted or asked. */
async function judge(
  parts: McpParts,
  { server, tool, args, role, workspace }: CallParams<'mcp.judge'>,
): Promise<CallResult<'mcp.judge'>> {
  parts.store.show(server);
  const parsed = parseJson(args);
  if (!parsed.ok || !(parsed.value instanceof Map)) {
    throw new ControlError('CONTROL_REFUSED', 'the arguments are no JSON object', {
      audience: 'user',
    });
  }
  const guarded = await parts.guarded(server);
  const params: JsonMap = new Map<string, Json>([
    ['name', tool],
    ['arguments', parsed.value as Json],
  ]);
  const work = { work: 'call', method: 'tools/call', name: tool, params } as const;
  const { action, connection } = toOperation(work, {
    server: guarded,
    live: new Map(),
    conversation: 'explain',
  });
  const context = { now: parts.now(), windowOpen: false, inTransaction: false };
  const { principal, resource } = connection;
  const decision = decide(
    { principal, token: toClaims(role), resource, action, context },
    parts.policy(workspace),
    'explain',
  );
  return {
    verdict: decision.verdict,
    reason: decision.reason,
    rules: decision.rules.map(({ rule, verdict, reason }) => ({ rule, verdict, reason })),
    standing: action.protocol === 'mcp' ? action.mcp.standing : 'none',
    effects: effectsOfAction(action).map(describeEffect),
    environment: resource.environment,
    policyRevision: decision.policyRevision,
  };
}

/** As much of a token as a hypothetical call needs. */
function toClaims(role: string | null): TokenClaims | null {
  if (role === null) return null;
  return {
    id: 'explain',
    role,
    values: {},
    resources: null,
    person: 'explain',
    onBehalfOf: null,
    agent: null,
    label: null,
    issuedAt: 0,
    expiresAt: Number.MAX_SAFE_INTEGER,
  };
}

async function toProgram(
  parts: McpParts,
  name: string,
  stored: StoredServer,
): Promise<ServerProgram> {
  const cwd = stored.cwd ?? '/';
  const program = findExecutable(stored.argv[0] ?? '', stored.path, cwd);
  if (program === null) {
    throw new ResourceError('RESOURCE_INVALID', `the program of \`${name}\` is not there`, {
      audience: 'user',
    });
  }
  return { program, args: stored.argv.slice(1), cwd, env: await parts.environment(stored) };
}

function toolsOfOthers(store: McpServerStore, name: string): ReadonlyMap<string, string> {
  const others = store.list().filter(([other]) => other !== name);
  return new Map(
    others.flatMap(([other, { pins }]) =>
      pins.filter(({ kind }) => kind === 'tool').map((one): [string, string] => [one.name, other]),
    ),
  );
}

function toListed(store: McpServerStore, name: string, server: StoredServer): Listed {
  return {
    name,
    argv: [...server.argv],
    cwd: server.cwd,
    place: server.place,
    env: Object.keys(server.env),
    secrets: Object.keys(server.secrets),
    database: server.database,
    programs: server.programs.map(({ path }) => path),
    pinned: server.pins.length,
    waiting: store.pending(name).length,
    legacy: server.legacy,
  };
}

function taken(name: string): ResourceError {
  return new ResourceError('RESOURCE_INVALID', `there is an MCP server called \`${name}\``, {
    audience: 'user',
    help: 'add --replace, or another name',
  });
}

function secretsBeside(): ResourceError {
  const why = 'a server that runs beside the agent would show its secrets to the agent';
  return new ResourceError('RESOURCE_INVALID', why, {
    audience: 'user',
    help: 'leave --beside out',
  });
}

function stale(server: string, what: string): ApprovalError {
  return new ApprovalError('APPROVAL_STALE', `\`${what}\` of \`${server}\` is not what was shown`, {
    audience: 'user',
    help: `agentguard mcp review ${server}`,
  });
}
