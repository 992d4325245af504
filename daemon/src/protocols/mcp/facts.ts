/** From a request to the operation that enforcement rules on. */

import {
  findSpans,
  isJsonMap,
  jsonAt,
  readArguments,
  textAt,
  toCanonicalText,
  toPlain,
} from '@agentguard/rules';
import type {
  ActionFacts,
  DefinitionKind,
  Json,
  JsonMap,
  McpFacts,
  McpFinding,
  McpStanding,
  McpWork,
  SqlFacts,
} from '@agentguard/rules';
import type { Operation } from '../../enforcement/enforcement.ts';
import type { GuardedServer } from './guarded-server.ts';
import { withoutVolatile } from './messages.ts';

/** One thing to decide. */
export interface Work {
  readonly work: McpWork;
  readonly method: string;
  /** Tool, URI, prompt or method. */
  readonly name: string;
  readonly params: JsonMap | null;
}

/** What this conversation saw of definitions: the digest that each has now. */
export type LiveDefinitions = ReadonlyMap<string, string>;

/** Key of a definition among the live ones. */
export function liveKey(kind: DefinitionKind, name: string): string {
  return `${kind} ${name}`;
}

/** How a definition stands for this conversation. */
export function standingOf(
  kind: DefinitionKind,
  name: string,
  { server, live }: { readonly server: GuardedServer; readonly live: LiveDefinitions },
): McpStanding {
  const { pinned, waits } = server.known(kind, name);
  const now = live.get(liveKey(kind, name));
  if (now !== undefined) {
    if (pinned === null) return 'new';
    return pinned === now ? 'pinned' : 'changed';
  }
  if (pinned !== null) return waits ? 'changed' : 'pinned';
  return waits ? 'new' : 'unlisted';
}

const KIND_OF_WORK: Partial<Readonly<Record<McpWork, DefinitionKind>>> = {
  call: 'tool',
  read: 'resource',
  subscribe: 'resource',
  prompt: 'prompt',
};

/** The operation of one piece of work. Facts are read anew each time that they are asked for. */
export function toOperation(
  work: Work,
  context: {
    readonly server: GuardedServer;
    readonly live: LiveDefinitions;
    readonly conversation: string;
  },
): Operation {
  const { server, conversation } = context;
  const used = server.count();
  const text = `${work.method} ${toCanonicalText(withoutVolatile(work.params))}`;
  const read = (): ActionFacts => ({
    protocol: 'mcp',
    mcp: readFacts(work, { ...context, used, text }),
  });
  return {
    connection: { ...server.connection, connection: conversation },
    text,
    action: read(),
    inTransaction: false,
    reread: read,
  };
}

function readFacts(
  work: Work,
  context: {
    readonly server: GuardedServer;
    readonly live: LiveDefinitions;
    readonly used: McpFacts['used'];
    readonly text: string;
  },
): McpFacts {
  const { server, used, text } = context;
  const args =
    jsonAt(work.params ?? undefined, 'arguments') ?? work.params ?? new Map<string, Json>();
  const read = readArguments(args, server.readSql !== null && work.work === 'call');
  const kind = KIND_OF_WORK[work.work];
  return {
    server: server.name,
    work: work.work,
    name: work.name,
    standing: standingOfWork(work, context),
    pinned: kind === undefined ? null : server.known(kind, work.name).word,
    reads: work.work === 'call' && server.reads(work.name),
    args: toPlain(args),
    findings: [...findingsOf(work, read.findings)],
    sql: readSql(read.sql, server),
    used,
    secretSpans: findSpans(text, read.secrets),
  };
}

function standingOfWork(
  { work, name }: Work,
  context: { readonly server: GuardedServer; readonly live: LiveDefinitions },
): McpStanding {
  if (standingOf('server', 'instructions', context) === 'changed') return 'server changed';
  const kind = KIND_OF_WORK[work];
  if (kind === undefined) return 'none';
  return standingOf(kind, name, context);
}

/** What the server itself asks for is looked at in other ways than what a client sends to it. */
function* findingsOf({ work, params }: Work, found: readonly McpFinding[]): Generator<McpFinding> {
  switch (work) {
    case 'elicit':
      yield* elicitFindings(params);
      return;
    case 'sample':
    case 'roots':
      return;
    default:
      yield* found;
  }
}

/** Names of fields that ask for what no form may ask for. */
const SECRET_FIELD =
  /pass(?:word|phrase|wd)?\b|\bpwd\b|\bpin\b|secret|token|api[-_ ]?key|private[-_ ]?key|credential|credit[-_ ]?card|card[-_ ]?number|\bcvv\b|\bcvc\b|\bssn\b|social[-_ ]?security|\botp\b|one[-_ ]?time|seed[-_ ]?phrase|recovery[-_ ]?(?:code|phrase)/i;

function* elicitFindings(params: JsonMap | null): Generator<McpFinding> {
  const url = textAt(params ?? undefined, 'url');
  if (url !== null) yield { kind: 'url', what: describeUrl(url) };
  const fields = jsonAt(params ?? undefined, 'requestedSchema', 'properties');
  if (!isJsonMap(fields)) return;
  for (const [name, field] of fields) {
    const words = [name, textAt(field, 'title') ?? '', textAt(field, 'description') ?? ''];
    const spaced = words
      .join(' ')
      .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
      .replaceAll('_', ' ');
    if (SECRET_FIELD.test(spaced) || SECRET_FIELD.test(name)) {
      yield {
        kind: 'secret field',
        what: `the form asks for \`${name}\`, and no form may ask for a secret`,
      };
    }
  }
}

/** Says the whole address, and what is odd about it. */
function describeUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null) return `the server wants \`${text}\` opened, which is no address`;
  const odd = [
    ...(url.protocol === 'https:' ? [] : ['it is not encrypted']),
    ...(url.hostname.split('.').some((label) => label.startsWith('xn--'))
      ? ['its name holds letters of other scripts']
      : []),
    ...(url.username === '' && url.password === '' ? [] : ['a name stands before its host']),
  ];
  const note = odd.length === 0 ? '' : ` (${odd.join(', ')})`;
  return `the server wants \`${url.hostname}\` opened: ${text}${note}`;
}

function readSql(texts: readonly string[], { readSql }: GuardedServer): SqlFacts | null {
  if (readSql === null || texts.length === 0) return null;
  const read = texts.map((text) => readSql(text));
  return {
    statements: read.flatMap(({ statements }) => statements),
    literalsIgnored: false,
    secretSpans: [],
  };
}
