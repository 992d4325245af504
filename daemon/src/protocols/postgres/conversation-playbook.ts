/**
 * For tests: a conversation as a script. Events go in, lines come out, and the script says which. Every script is played
 * whole, byte by byte, and with each event cut in two at every place; all must read the same.
 */

import type { CatalogSnapshot, NameContext, SqlFacts, StatementFacts } from '@agentguard/rules';
import type { HeldResult, HeldRun, Outcome, Permit } from '../../enforcement/enforcement.ts';
import { BackendScanner } from './backend-scanner.ts';
import { decodeServerError } from './backend-messages.ts';
import { Conversation } from './conversation.ts';
import type { AuthorizeRequest, ConversationCommand } from './commands.ts';
import { WHOLE } from './reach.ts';
import { FactsReader } from './facts.ts';
import { ClientFramer } from './frames.ts';
import { decodeFrontend } from './messages.ts';
import type { FrontendMessage } from './messages.ts';
import type { CloseReason } from './replies.ts';

/** What happens. */
export type Event =
  | { readonly do: 'client'; readonly bytes: Buffer }
  | { readonly do: 'server'; readonly bytes: Buffer }
  | { readonly do: 'allow' }
  | { readonly do: 'deny' }
  /** It is to run in a held transaction. */
  | { readonly do: 'hold' }
  /** The verdict on a held run. */
  | { readonly do: 'commit' }
  | { readonly do: 'roll back' }
  | { readonly do: 'record fails' }
  | { readonly do: 'cancel' }
  /** It sends nothing more, and reads on. */
  | { readonly do: 'client ends' }
  | { readonly do: 'client leaves' }
  | { readonly do: 'server leaves' }
  | { readonly do: 'end'; readonly reason: CloseReason }
  | {
      readonly do: 'catalog';
      readonly state: 'stale' | 'ready' | 'failed';
      readonly version?: string;
    }
  | { readonly do: 'wait'; readonly ms: number };

/** An event, or a line that must come out before the next event. */
export type ScriptItem = Event | string;

/** How a script may differ from the ordinary. */
export interface ScriptOptions {
  readonly initialPath?: string;
  readonly reportedPath?: string;
  /** Default: `factsByWord`. */
  readonly analyze?: (text: string, context: NameContext) => SqlFacts;
}

/** Plays a script in every cut. Gives, for the first way that differs, what came out; null when all agree. */
export function play(
  script: readonly ScriptItem[],
  options: ScriptOptions = {},
): PlayedBadly | null {
  const cuts: Cutter[] = [(bytes) => [bytes], byteByByte];
  const longest = Math.max(...script.map((item) => (isCuttable(item) ? item.bytes.length : 0)));
  // Long events (a COPY, a big Bind) are cut at their first hundreds of bytes, where the headers are.
  for (let at = 1; at < Math.min(longest, 400); at += 1) cuts.push((bytes) => cutAt(bytes, at));
  for (const cut of cuts) {
    const problem = new Player(options).play(script, cut);
    if (problem !== null) return problem;
  }
  return null;
}

/** The first place where a script and the conversation disagree. */
export interface PlayedBadly {
  readonly afterItem: number;
  readonly channel: string;
  readonly expected: readonly string[];
  readonly got: readonly string[];
}

type Cutter = (bytes: Buffer) => readonly Buffer[];

function isCuttable(item: ScriptItem): item is Event & { readonly bytes: Buffer } {
  return typeof item !== 'string' && (item.do === 'client' || item.do === 'server');
}

function byteByByte(bytes: Buffer): readonly Buffer[] {
  return Array.from(bytes, (byte) => Buffer.from([byte]));
}

function cutAt(bytes: Buffer, at: number): readonly Buffer[] {
  return at >= bytes.length ? [bytes] : [bytes.subarray(0, at), bytes.subarray(at)];
}

/** Lines by channel: the order within a channel is fixed, the order between channels depends on the cut. */
type Channel = 'upstream' | 'downstream' | 'record' | 'control';

function channelOf(line: string): Channel {
  if (line.startsWith('> ')) return 'upstream';
  if (line.startsWith('< ')) return 'downstream';
  if (line.startsWith('? ') || line.startsWith('= ')) return 'record';
  return 'control';
}

type Asked = Pick<AuthorizeRequest, 'id' | 'text'> | { readonly id: number; readonly refuse: true };

/** One conversation with its two framers, and everything that came out of it. */
export class Player {
  readonly #conversation: Conversation;
  readonly #framer = new ClientFramer();
  readonly #scanner: BackendScanner;
  #now = 0;
  #judging = 0;
  #catalog: CatalogSnapshot | null = EMPTY_CATALOG;
  readonly #upstream: Buffer[] = [];
  readonly #downstream: Buffer[] = [];
  #record: string[] = [];
  #control: string[] = [];
  #asked: Asked | null = null;

  constructor(options: ScriptOptions) {
    this.#framer.expectMessages();
    this.#conversation = new Conversation({
      facts: new FactsReader(options.analyze ?? factsByWord),
      reach: () => WHOLE,
      catalog: () => this.#catalog,
      rolePath: EMPTY_CATALOG.searchPath,
      initialPath: options.initialPath,
      reportedPath: options.reportedPath,
      now: () => this.#now,
    });
    this.#scanner = new BackendScanner(this.#conversation.observer, (slice, sink) => {
      if (sink === 'hold') this.#conversation.heldBytes(slice);
      else this.#downstream.push(Buffer.from(slice));
    });
  }

  get closed(): boolean {
    return this.#conversation.closed;
  }

  play(script: readonly ScriptItem[], cut: Cutter): PlayedBadly | null {
    let expected: string[] = [];
    for (const [index, item] of script.entries()) {
      if (typeof item === 'string') {
        expected.push(item);
        continue;
      }
      const problem = this.#compare(expected, index);
      if (problem !== null) return problem;
      expected = [];
      this.feed(item, cut);
    }
    return this.#compare(expected, script.length);
  }

  /** Lets one event happen. */
  feed(event: Event, cut: Cutter = (bytes) => [bytes]): void {
    switch (event.do) {
      case 'client':
        for (const chunk of cut(event.bytes)) this.#clientChunk(chunk);
        break;
      case 'server':
        for (const chunk of cut(event.bytes)) this.#serverChunk(chunk);
        break;
      case 'allow':
      case 'deny':
      case 'hold':
      case 'record fails':
        this.#answer(event.do);
        break;
      case 'commit':
      case 'roll back':
        this.#conversation.judged(this.#judging, event.do);
        break;
      case 'cancel':
        this.#conversation.cancel();
        break;
      case 'client ends':
        this.#conversation.clientEnded();
        break;
      case 'client leaves':
        this.#conversation.clientLost();
        break;
      case 'server leaves':
        this.#conversation.serverLost();
        break;
      case 'end':
        this.#conversation.end(event.reason);
        break;
      case 'catalog':
        this.#changeCatalog(event.state, event.version);
        break;
      case 'wait':
        this.#now += event.ms;
        break;
    }
    this.#run();
  }

  /** Everything that came out since the last call, by channel. */
  take(): Readonly<Record<Channel, readonly string[]>> {
    const out = {
      upstream: describeFrontend(Buffer.concat(this.#upstream)),
      downstream: describeBackend(Buffer.concat(this.#downstream)),
      record: this.#record,
      control: this.#control,
    };
    this.#upstream.length = 0;
    this.#downstream.length = 0;
    this.#record = [];
    this.#control = [];
    return out;
  }

  #compare(expected: readonly string[], afterItem: number): PlayedBadly | null {
    const got = this.take();
    for (const channel of ['record', 'upstream', 'downstream', 'control'] as const) {
      const wanted = expected.filter((line) => channelOf(line) === channel);
      const came = got[channel];
      if (JSON.stringify(wanted) !== JSON.stringify(came)) {
        return { afterItem, channel, expected: wanted, got: came };
      }
    }
    return null;
  }

  #clientChunk(chunk: Buffer): void {
    this.#framer.push(chunk);
    for (let frame = this.#framer.next(); frame !== null; frame = this.#framer.next()) {
      this.#conversation.clientFrame(frame);
    }
    this.#run();
  }

  #serverChunk(chunk: Buffer): void {
    if (this.#conversation.closed) return;
    const problem = this.#scanner.scan(chunk);
    if (problem === null) this.#conversation.serverChunkDone();
    else this.#conversation.serverProblem();
    this.#run();
  }

  #answer(how: 'allow' | 'deny' | 'hold' | 'record fails'): void {
    const asked = this.#asked;
    if (asked === null) throw new Error('nothing was asked');
    this.#asked = null;
    if (how === 'record fails') {
      this.#conversation.rulingFailed();
      return;
    }
    if (how === 'deny' || 'refuse' in asked) {
      const denial = { decision: 'dec-7', message: 'no', rules: ['r/1'], hint: 'hint' };
      this.#conversation.ruled(asked.id, { kind: 'denial', denial });
      return;
    }
    const permit: Permit = {
      decision: 'dec-8',
      finish: (outcome) => {
        this.#record.push(`= ${asked.text}: ${describeOutcome(outcome)}`);
      },
    };
    if (how === 'hold') this.#conversation.ruled(asked.id, { kind: 'hold', run: toRun(permit) });
    else this.#conversation.ruled(asked.id, { kind: 'permit', permit });
  }

  #changeCatalog(state: 'stale' | 'ready' | 'failed', version = EMPTY_CATALOG.version): void {
    this.#catalog = state === 'stale' ? null : { ...EMPTY_CATALOG, version };
    if (state !== 'stale') this.#conversation.catalogReady(state === 'ready');
  }

  #run(): void {
    for (;;) {
      const commands = this.#conversation.takeCommands();
      if (commands.length === 0) return;
      for (const command of commands) this.#carryOut(command);
    }
  }

  #carryOut(command: ConversationCommand): void {
    switch (command.kind) {
      case 'upstream':
        this.#upstream.push(command.bytes);
        return;
      case 'downstream':
        if (this.#scanner.atBoundary) this.#downstream.push(command.bytes);
        return;
      case 'authorize': {
        this.#asked = command.request;
        const { text, inTransaction } = command.request;
        this.#record.push(`? ${text}${inTransaction ? ' (in transaction)' : ''}`);
        return;
      }
      case 'refuse':
        this.#asked = { id: command.id, refuse: true };
        this.#record.push(`? refuse ${command.what}`);
        return;
      case 'close':
        this.#control.push(`close: ${command.reason}`);
        return;
      case 'withdraw':
      case 'await catalog':
      case 'catalog changed':
      case 'cancel upstream':
      case 'pause client':
      case 'resume client':
      case 'drain':
      case 'looked':
        this.#control.push(command.kind);
        return;
      case 'judge':
        this.#judging = command.id;
        this.#record.push(`? judge ${describeResult(command.result)}`);
        return;
      case 'go on':
        this.#asked = { id: command.id, text: 'again' };
        this.#record.push('? rolled back');
        return;
    }
  }
}

/** Verdicts come as events of the script, so nobody asks this run itself. */
function toRun(permit: Permit): HeldRun {
  const never = (): never => {
    throw new Error('a script judges by its own events');
  };
  return { ...permit, bounds: null, judge: never, afterRollback: never };
}

function describeResult(result: HeldResult): string {
  if (result.kind !== 'measured') return result.kind;
  const { changes } = result.measurement;
  return changes
    .map(({ table, inserted, updated, deleted }) => `${table} +${inserted} ~${updated} -${deleted}`)
    .join(', ');
}

function describeOutcome(outcome: Outcome): string {
  const words: string[] = [outcome.result];
  if (outcome.tags.length > 0) words.push(outcome.tags.join(', '));
  if (outcome.errorCode !== null) words.push(outcome.errorCode);
  return words.join(' ');
}

function describeFrontend(bytes: Buffer): readonly string[] {
  const framer = new ClientFramer();
  framer.expectMessages();
  framer.push(bytes);
  const lines: string[] = [];
  let copied = 0;
  for (let frame = framer.next(); frame !== null; frame = framer.next()) {
    if (frame.kind === 'copy data') {
      copied += frame.slice.length;
      if (frame.last) lines.push(`> CopyData ${copied - 5}`);
      if (frame.last) copied = 0;
      continue;
    }
    if (frame.kind !== 'message') {
      lines.push(`> ${frame.kind}`);
      continue;
    }
    const decoded = decodeFrontend(frame.type, frame.raw);
    lines.push(decoded.ok ? `> ${describeMessage(decoded.message)}` : `> ${decoded.problem}`);
  }
  if (copied > 0) lines.push(`> part of CopyData`);
  return lines;
}

function describeMessage(message: FrontendMessage): string {
  switch (message.kind) {
    case 'query':
      return `Query ${message.text}`;
    case 'parse':
      return `Parse "${message.name}" ${message.text}`;
    case 'bind':
      return `Bind "${message.portal}" to "${message.statement}"`;
    case 'describe':
    case 'close':
      return `${message.kind === 'close' ? 'Close' : 'Describe'} ${message.thing} "${message.name}"`;
    case 'execute':
      return `Execute "${message.portal}"`;
    case 'flush':
    case 'sync':
    case 'terminate':
    case 'function call':
    case 'copy done':
    case 'copy fail':
    case 'password':
      return message.kind;
  }
}

function describeBackend(bytes: Buffer): readonly string[] {
  const lines: string[] = [];
  let at = 0;
  while (at + 5 <= bytes.length) {
    const type = bytes.toString('latin1', at, at + 1);
    const end = at + 1 + bytes.readUInt32BE(at + 1);
    if (end > bytes.length) break;
    const body = bytes.subarray(at + 5, end);
    lines.push(`< ${describeBackendMessage(type, body)}`);
    at = end;
  }
  if (at < bytes.length) lines.push('< part of a message');
  return lines;
}

function describeBackendMessage(type: string, body: Buffer): string {
  switch (type) {
    case 'E': {
      const { fatal, code } = decodeServerError(body);
      return `${fatal ? 'Fatal' : 'Error'} ${code ?? '?'}`;
    }
    case 'C':
      return `Complete ${body.toString('latin1', 0, body.length - 1)}`;
    case 'Z':
      return `Ready ${body.toString('latin1')}`;
    default:
      return type;
  }
}

/** The client sends these in one piece. */
export function client(...messages: readonly Buffer[]): Event {
  return { do: 'client', bytes: Buffer.concat(messages) };
}

/** The server sends these in one piece. */
export function server(...messages: readonly Buffer[]): Event {
  return { do: 'server', bytes: Buffer.concat(messages) };
}

export const allow: Event = { do: 'allow' };
export const deny: Event = { do: 'deny' };

/** A catalog with nothing in it. */
export const EMPTY_CATALOG: CatalogSnapshot = {
  version: '1',
  serverVersion: 180_000,
  database: 'd',
  user: 'u',
  superuser: false,
  searchPath: ['public'],
  schemas: [],
  relations: [],
  systemRelations: [],
  functions: [],
  operators: [],
  casts: [],
  types: [],
  eventTriggers: [],
  extensions: [],
};

const CHANGES_STATE = new Set([
  'SET',
  'CREATE',
  'DROP',
  'PREPARE',
  'ROLLBACK',
  'COMMIT',
  'DO',
  'DEALLOCATE',
]);

/**
 * Stands in for the analysis, which has its own tests: statements are cut at semicolons and told by their first word, and the
 * words after it say what the test needs (`SET search_path = x`, `CREATE TABLE x`, `CREATE VIEW x`, `PREPARE x AS ...`, `DO`).
 */
export function factsByWord(message: string, context: NameContext): SqlFacts {
  const statements: StatementFacts[] = [];
  let start = 0;
  for (const part of message.split(';')) {
    if (part.trim() !== '') {
      statements.push(toStatement(part, start, context));
    }
    start += part.length + 1;
  }
  return { statements, literalsIgnored: false, secretSpans: [] };
}

function toStatement(part: string, start: number, context: NameContext): StatementFacts {
  const words = part.trim().split(/[\s=]+/);
  const command = (words[0] ?? '').toUpperCase();
  return {
    command,
    start,
    end: start + part.length,
    effects: toEffects(command, words, context),
    functions: [],
    changesState: CHANGES_STATE.has(command),
  };
}

function toEffects(
  command: string,
  words: readonly string[],
  context: NameContext,
): StatementFacts['effects'] {
  const name = words[2] ?? '';
  switch (command) {
    case 'SET':
      return [{ kind: 'setting', name: words[1] ?? '', value: name, allowed: true, via: [] }];
    case 'CREATE': {
      const kind = words[1]?.toLowerCase() === 'table' ? 'table' : 'view';
      return [{ kind: 'create', object: { kind, schema: null, name }, via: [] }];
    }
    case 'PREPARE': {
      const object = { kind: 'prepared statement', schema: null, name: words[1] ?? '' } as const;
      return [{ kind: 'create', object, via: [] }];
    }
    case 'EXECUTE':
      return context.prepared(words[1] ?? '')?.effects ?? [unknown('no such name')];
    case 'DO':
      return [unknown('code')];
    case 'COMMIT':
      return [{ kind: 'transaction', action: 'commit', via: [] }];
    case 'ROLLBACK':
      return [{ kind: 'transaction', action: 'rollback', via: [] }];
    case 'BEGIN':
      return [{ kind: 'transaction', action: 'begin', via: [] }];
    default:
      // The path in force stands in for what names resolve to.
      return [
        {
          kind: 'read',
          object: { kind: 'table', schema: context.searchPaths.flat().join(), name: command },
          via: [],
        },
      ];
  }
}

function unknown(reason: string): StatementFacts['effects'][number] {
  return { kind: 'unknown', reason, via: [] };
}
