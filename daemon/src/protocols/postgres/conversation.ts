/**
 * The state machine between an authenticated client and the real server. Pure: events in, commands out.
 *
 * What goes upstream, and on whose leave:
 * - A Query is one operation, whatever it holds. It is ruled on before it is forwarded.
 * - A Parse is ruled on before it is forwarded, because the server may run functions while it reads and plans.
 * - A bound statement (portal) is one operation: it is ruled on before its Bind is forwarded, since planning runs functions too.
 *   The leave given at Parse serves the first Bind when that Bind follows in the same pipeline (the ruling then saw the values),
 *   or soon after when the statement has no parameters. Every other Bind is ruled on by itself.
 * - Execute runs under the leave of its portal. When the name state moved since, the facts are read again, and a difference is
 *   ruled on as an operation of its own.
 * INVARIANT: nothing that could change something is executed without an intent of its own that was stored before.
 * INVARIANT: a refused message never goes upstream. A statement of ours that is certain to fail goes in its place, so that the
 * server's transaction, skip-to-Sync and ReadyForQuery are the real ones, and our words replace the words of that failure.
 */

import type { CatalogSnapshot, SqlFacts, StatementFacts } from '@agentguard/rules';
import type { Ruling } from '../../enforcement/enforcement.ts';
import type { TransactionStatus } from './backend-messages.ts';
import { FLUSH_MESSAGE, TERMINATE_MESSAGE } from './encode.ts';
import { Fifo } from './expected-replies.ts';
import type { Run } from './expected-replies.ts';
import { unreadable } from './facts.ts';
import type { FactsReader, Reading } from './facts.ts';
import type { ClientFrame } from './frames.ts';
import {
  MAX_EXPECTED_REPLIES,
  MAX_QUEUED_BYTES,
  MAX_QUEUED_MESSAGES,
  MAX_STATEMENT_BYTES,
  PREPARED_PERMIT_MAX_AGE_MS,
  UNRESOLVED_REFRESH_MS,
} from './limits.ts';
import { decodeFrontend } from './messages.ts';
import type { FrontendMessage } from './messages.ts';
import { NameState } from './name-state.ts';
import { toOperationText } from './operation-text.ts';
import { OperationAccount } from './outcomes.ts';
import { PreparedNames } from './prepared.ts';
import type { Portal, PreparedStatement, ReadingStamp } from './prepared.ts';
import { toCloseReply, toMarkerParse, toMarkerQuery, toRefusalReply } from './replies.ts';
import type { CloseReason, Refusal } from './replies.ts';
import { ReplyTracker } from './reply-tracker.ts';

/** What the connection is to do, in order. */
export type ConversationCommand =
  | { readonly kind: 'upstream'; readonly bytes: Buffer }
  | { readonly kind: 'downstream'; readonly bytes: Buffer }
  /** Ask for a ruling; answer with `ruled`. */
  | { readonly kind: 'authorize'; readonly request: AuthorizeRequest }
  /** Put a refusal on the record; answer with `ruled`. */
  | {
      readonly kind: 'refuse';
      readonly id: number;
      readonly what: string;
      readonly reason: string;
    }
  /** Nobody waits for this ruling any more: abort it. It is still answered with `ruled`. */
  | { readonly kind: 'withdraw'; readonly id: number }
  /** Answer with `catalogReady`. */
  | { readonly kind: 'await catalog' }
  /** Definitions have changed: the catalog is stale. */
  | { readonly kind: 'catalog changed' }
  /** Pass a cancel request on to the server. */
  | { readonly kind: 'cancel upstream' }
  | { readonly kind: 'pause client' }
  | { readonly kind: 'resume client' }
  /** The client wants nothing more; stay only until the answers are in. */
  | { readonly kind: 'drain' }
  /** End both sides once what was commanded before is written. */
  | { readonly kind: 'close'; readonly reason: CloseReason | 'client left' | 'server ended' };

/** One operation to be ruled on. */
export interface AuthorizeRequest {
  readonly id: number;
  readonly text: string;
  readonly facts: SqlFacts;
  readonly inTransaction: boolean;
  /** Reads the facts again; never throws. */
  readonly reread: () => SqlFacts;
}

/** What a conversation is built from. */
export interface ConversationParts {
  readonly facts: FactsReader;
  /** The catalog as it is known now; null while it is being read. */
  readonly catalog: () => CatalogSnapshot | null;
  /** search_path that went into the startup message, and as the server reported it. */
  readonly initialPath: string | undefined;
  readonly reportedPath: string | undefined;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
}

type CloseCause = CloseReason | 'client left' | 'server ended';

/** A frontend message that waits for its turn. */
type Item =
  | { readonly kind: 'message'; readonly message: FrontendMessage; readonly raw: Buffer }
  | { readonly kind: 'copy data'; readonly raw: Buffer }
  | { readonly kind: 'oversize'; readonly type: number; readonly raw: Buffer };

/** A ruling that is waited for. */
interface Pending {
  readonly id: number;
  /** Part of the extended protocol, so that an earlier failure makes it void. */
  readonly extended: boolean;
  readonly permitted: (account: OperationAccount) => void;
  readonly refused: (refusal: Refusal) => void;
  cancelled: boolean;
  /** Nobody waits any more: the server skips it, or the connection is over. */
  void: boolean;
}

/** Whether the message at the front was dealt with, or has to wait for an answer of the server, or for more of the client. */
type Step = 'done' | 'wait for server' | 'wait for client';

const NO_BYTES = Buffer.alloc(0);

/** One conversation. After each batch of events call `takeCommands` and carry them out. */
export class Conversation {
  readonly #parts: ConversationParts;
  readonly #names: NameState;
  readonly #prepared: PreparedNames;
  readonly #tracker: ReplyTracker;
  readonly #queue = new Fifo<Item>();
  #commands: ConversationCommand[] = [];
  #queuedBytes = 0;
  #paused = false;
  #pending: Pending | null = null;
  #awaitsCatalog = false;
  #refreshedAt = Number.NEGATIVE_INFINITY;
  #requests = 0;
  /** After a failure in the extended protocol everything is discarded until Sync, by the server and by us. */
  #skipping = false;
  /** Extended messages were forwarded that the server may hold the answers of. */
  #unflushed = false;
  #clientGone = false;
  #closed = false;

  constructor(parts: ConversationParts) {
    this.#parts = parts;
    this.#names = new NameState({
      initialPath: parts.initialPath,
      reportedPath: parts.reportedPath,
      prepared: (name) => this.#factsOfPrepared(name),
    });
    this.#prepared = new PreparedNames(() => this.#tracker.readiesExpected);
    this.#tracker = new ReplyTracker({
      statementDone: (run, index, tag) => {
        this.#statementDone(run, index, tag);
      },
      ready: (status, clean) => {
        this.#ready(status, clean);
      },
      parameterChanged: (name, value) => this.#parameterChanged(name, value),
      skipsToSync: () => {
        this.#skipToSync();
      },
    });
  }

  /** The side of the conversation that the server's messages are shown to. */
  get observer(): ReplyTracker {
    return this.#tracker;
  }

  /** Everything that is to be done since the last call. */
  takeCommands(): readonly ConversationCommand[] {
    const commands = this.#commands;
    if (commands.length > 0) this.#commands = [];
    return commands;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** One frame of the client. */
  clientFrame(frame: ClientFrame): void {
    if (this.#closed || this.#clientGone) return;
    switch (frame.kind) {
      case 'message':
        this.#clientMessage(frame.type, frame.raw);
        return;
      case 'copy data':
        this.#enqueue({ kind: 'copy data', raw: frame.slice });
        return;
      case 'oversize statement':
        this.#enqueue({ kind: 'oversize', type: frame.type, raw: NO_BYTES });
        return;
      case 'startup':
      case 'tls hello':
      case 'problem':
        this.#close('protocol violation');
        return;
    }
  }

  /** A chunk of the server was scanned. */
  serverChunkDone(): void {
    this.#pump();
    this.#endDrain();
  }

  /** The stream of the server made no sense, or the tracker stopped it. */
  serverProblem(): void {
    this.#close('unknown state');
  }

  /** A ruling came for the request with this id. */
  ruled(id: number, ruling: Ruling): void {
    const account = ruling.kind === 'permit' ? new OperationAccount(ruling.permit) : null;
    const pending = this.#pending;
    if (pending?.id !== id || pending.void || this.#closed) {
      account?.fail(null);
      account?.finish(true);
      if (pending?.id === id) this.#pending = null;
    } else if (pending.cancelled) {
      account?.fail('57014');
      account?.finish(true);
      this.#pending = null;
      pending.refused({ kind: 'cancelled' });
    } else {
      this.#pending = null;
      if (account !== null) pending.permitted(account);
      else if (ruling.kind === 'denial') pending.refused({ kind: 'denied', denial: ruling.denial });
    }
    this.#pump();
    this.#endDrain();
  }

  /** The record cannot be written: nothing passes. */
  rulingFailed(id: number): void {
    if (this.#pending?.id === id) this.#pending = null;
    this.#close('record unavailable');
  }

  /** The catalog was read, or could not be. */
  catalogReady(ok: boolean): void {
    this.#awaitsCatalog = false;
    this.#refreshedAt = this.#parts.now();
    if (!ok) this.#close('catalog unavailable');
    this.#pump();
  }

  /** The client asked, with the right key, to cancel what runs. */
  cancel(): void {
    if (this.#closed) return;
    if (this.#pending !== null) {
      this.#pending.cancelled = true;
      this.#commands.push({ kind: 'withdraw', id: this.#pending.id });
    }
    if (this.#tracker.outstanding > 0) this.#commands.push({ kind: 'cancel upstream' });
  }

  /** The session or the daemon ends. */
  end(reason: CloseReason): void {
    this.#close(reason);
  }

  /** The client sends nothing more, or is gone. */
  clientLost(): void {
    this.#leave();
    this.#endDrain();
  }

  /** The server is gone. */
  serverLost(): void {
    if (this.#closed) return;
    this.#close(this.#tracker.fatal ? 'server ended' : 'upstream lost');
  }

  /** The time for the last answers is up. */
  drainTimeout(): void {
    this.#close('client left');
  }

  // ---- the client's messages, in order

  #clientMessage(type: number, raw: Buffer): void {
    const decoded = decodeFrontend(type, raw);
    if (decoded.ok) this.#enqueue({ kind: 'message', message: decoded.message, raw });
    else this.#close('protocol violation');
  }

  #enqueue(item: Item): void {
    this.#queue.push(item);
    this.#queuedBytes += item.raw.length;
    this.#pump();
    if (!this.#paused && this.#isFull()) {
      this.#paused = true;
      this.#commands.push({ kind: 'pause client' });
    }
  }

  #isFull(): boolean {
    return this.#queue.length >= MAX_QUEUED_MESSAGES || this.#queuedBytes >= MAX_QUEUED_BYTES;
  }

  #pump(): void {
    while (this.#mayStep()) {
      const item = this.#queue.first;
      if (item === undefined) break;
      const step = this.#step(item);
      if (step === 'wait for server') this.#flush();
      if (step !== 'done' || this.#closed || this.#clientGone) break;
      this.#queue.shift();
      this.#queuedBytes -= item.raw.length;
    }
    if (this.#paused && !this.#isFull()) {
      this.#paused = false;
      this.#commands.push({ kind: 'resume client' });
    }
  }

  #mayStep(): boolean {
    const waits = this.#pending !== null || this.#awaitsCatalog || this.#tracker.fatal;
    return !waits && !this.#closed && !this.#clientGone;
  }

  /** Makes the server tell what it knows, so that a gate opens although the client sends no Sync yet. */
  #flush(): void {
    if (!this.#unflushed) return;
    this.#unflushed = false;
    this.#send(FLUSH_MESSAGE);
  }

  #step(item: Item): Step {
    if (item.kind === 'message' && item.message.kind === 'terminate') {
      this.#leave();
      return 'done';
    }
    if (this.#tracker.copyIn) return this.#stepInCopy(item);
    if (this.#skipping && !(item.kind === 'message' && item.message.kind === 'sync')) return 'done';
    if (this.#tracker.copyGated) return 'wait for server';
    if (isCopyItem(item)) return this.#stepStrayCopy();
    this.#tracker.forgetFailedCopy();
    if (this.#tracker.outstanding >= MAX_EXPECTED_REPLIES) return 'wait for server';
    if (item.kind === 'oversize') return this.#oversize(item.type);
    return item.kind === 'message' ? this.#stepMessage(item.message, item.raw) : 'done';
  }

  /** While the server reads COPY data it takes nothing else; Flush and Sync it ignores (PG: CopyGetData). */
  #stepInCopy(item: Item): Step {
    if (item.kind === 'copy data') {
      this.#send(item.raw);
      return 'done';
    }
    const kind = item.kind === 'message' ? item.message.kind : 'oversize';
    if (kind === 'flush' || kind === 'sync') return 'done';
    if (kind !== 'copy done' && kind !== 'copy fail') {
      this.#close('protocol violation');
      return 'done';
    }
    this.#tracker.endCopyIn();
    this.#send(item.raw);
    return 'done';
  }

  /** COPY data that nobody reads: the rest of a COPY that failed is dropped, as the server would; anything else is a violation. */
  #stepStrayCopy(): Step {
    if (!this.#tracker.copyFailed) this.#close('protocol violation');
    return 'done';
  }

  #stepMessage(message: FrontendMessage, raw: Buffer): Step {
    switch (message.kind) {
      case 'query':
        return this.#query(message.text, raw);
      case 'parse':
        return this.#parse(message, raw);
      case 'bind':
        return this.#bind(message, raw);
      case 'execute':
        return this.#execute(message.portal, raw);
      case 'describe':
        this.#sendExtended(raw);
        this.#tracker.expect(
          message.thing === 'portal'
            ? { kind: 'describe portal' }
            : { kind: 'describe statement', parametersSeen: false },
        );
        return 'done';
      case 'close':
        return this.#closeNamed(message, raw);
      case 'flush':
        this.#unflushed = false;
        this.#send(raw);
        return 'done';
      case 'sync':
        this.#skipping = false;
        this.#unflushed = false;
        this.#send(raw);
        this.#tracker.expect({ kind: 'sync' });
        return 'done';
      case 'function call':
        return this.#functionCall();
      case 'password':
        this.#close('protocol violation');
        return 'done';
      case 'terminate':
      case 'copy done':
      case 'copy fail':
        return 'done';
    }
  }

  #oversize(type: number): Step {
    const refusal: Refusal = { kind: 'statement too long', maxBytes: MAX_STATEMENT_BYTES };
    const reason = 'the statement is longer than is inspected';
    const extended = type !== 0x51;
    this.#refuse('statement', reason, {
      extended,
      refused: (recorded) => {
        // Its name was thrown away with it: it may have been the unnamed one.
        const decision = decisionOf(recorded);
        if (extended) this.#refuseExtended(refusal, { unnamed: true, decision });
        else this.#refuseQuery(refusal, decision);
      },
    });
    return 'done';
  }

  // ---- simple protocol

  #query(text: string, raw: Buffer): Step {
    const reading = this.#read(text);
    if (reading === null) return 'wait for server';
    this.#authorize(text, reading.facts, {
      extended: false,
      reread: () => this.#reread(text),
      permitted: (account) => {
        this.#send(raw);
        const run = this.#toRun(text, reading.facts, account);
        this.#tracker.expect({ kind: 'query', run, statementsDone: 0 });
      },
      refused: (refusal) => this.#refuseQuery(refusal, decisionOf(refusal)),
    });
    return 'done';
  }

  #refuseQuery(refusal: Refusal, decision: string): void {
    this.#send(toMarkerQuery(decision));
    this.#tracker.expect({ kind: 'marker query', reply: toRefusalReply(refusal) });
  }

  /** SECURITY(P-14): a FunctionCall names a function by number and holds no text to read. Its answer ends in ReadyForQuery. */
  #functionCall(): Step {
    this.#refuse('function call', 'the FunctionCall message runs a function without a statement', {
      extended: false,
      refused: (refusal) => this.#refuseQuery(refusal, decisionOf(refusal)),
    });
    return 'done';
  }

  // ---- extended protocol

  #parse(message: FrontendMessage & { kind: 'parse' }, raw: Buffer): Step {
    const bind = this.#findBind(message.name);
    if (bind === 'not yet known') return 'wait for client';
    const reading = this.#read(message.text);
    if (reading === null) return 'wait for server';
    if (!this.#prepared.hasRoomForStatement(message.text)) {
      this.#refuseExtended({ kind: 'too many statements' }, { unnamed: message.name === '' });
      return 'done';
    }
    const text = toOperationText(message.text, bind?.parameters ?? []);
    this.#authorize(text, reading.facts, {
      extended: true,
      reread: () => this.#reread(message.text),
      permitted: (account) => {
        this.#sendExtended(raw);
        this.#parsed(message, { reading, account, forBind: bind });
      },
      refused: (refusal) => this.#refuseExtended(refusal, { unnamed: message.name === '' }),
    });
    return 'done';
  }

  #parsed(
    message: FrontendMessage & { kind: 'parse' },
    got: {
      readonly reading: Reading;
      readonly account: OperationAccount;
      readonly forBind: object | null;
    },
  ): void {
    const statement: PreparedStatement = {
      text: message.text,
      ...got.reading,
      doubtful: false,
      unused: { account: got.account, since: this.#parts.now(), forBind: got.forBind },
    };
    const change = this.#prepared.setStatement(message.name, statement);
    this.#tracker.expect({ kind: 'parse', statement, change });
  }

  /**
   * The Bind that follows a Parse of the same statement in the same pipeline, so that values are ruled on with the text.
   * Waiting for it holds nobody up: the server does not answer a Parse before Sync or Flush either.
   */
  #findBind(name: string): (FrontendMessage & { kind: 'bind' }) | null | 'not yet known' {
    for (let index = 1; index < this.#queue.length; index += 1) {
      const item = this.#queue.at(index);
      if (item?.kind !== 'message') return null;
      const { message } = item;
      if (message.kind === 'bind') return message.statement === name ? message : null;
      const describesIt =
        message.kind === 'describe' && message.thing === 'statement' && message.name === name;
      if (!describesIt) return null;
    }
    return 'not yet known';
  }

  #bind(message: FrontendMessage & { kind: 'bind' }, raw: Buffer): Step {
    // What is not answered yet may prepare, deallocate or move names.
    const certain = this.#prepared.isStatementCertain(message.statement);
    if (this.#tracker.readingGated || !certain) return 'wait for server';
    const statement = this.#prepared.statement(message.statement);
    if (statement === undefined && !this.#prepared.incomplete) {
      this.#refuseExtended({ kind: 'no such statement', name: message.statement });
      return 'done';
    }
    if (!this.#prepared.hasRoomForPortal) {
      this.#refuseExtended({ kind: 'too many statements' });
      return 'done';
    }
    const source = statement?.text ?? `EXECUTE ${JSON.stringify(message.statement)}`;
    const reading = this.#readPrepared(statement, source);
    if (reading === null) return 'wait for server';
    const text = toOperationText(source, message.parameters);
    const leave = this.#takeLeave(statement, message, reading.facts);
    if (statement !== undefined && !statement.doubtful) Object.assign(statement, reading);
    const bound = (account: OperationAccount): void => {
      this.#sendExtended(raw);
      const doubtful = statement === undefined || statement.doubtful;
      const boundAfter = this.#tracker.readiesExpected;
      const origin = { source, doubtful, boundAfter, started: false, completed: false };
      const portal: Portal = { text, ...origin, ...reading, account };
      const change = this.#prepared.setPortal(message.portal, portal);
      this.#tracker.expect({ kind: 'bind', portal, change });
    };
    if (leave !== null) {
      bound(leave);
      return 'done';
    }
    this.#authorize(text, reading.facts, {
      extended: true,
      reread: () => this.#rereadSource(source, statement?.doubtful !== false),
      permitted: bound,
      refused: (refusal) => this.#refuseExtended(refusal),
    });
    return 'done';
  }

  /** The leave that Parse was given, when it covers this Bind. When it does not, it ends here: the statement was only prepared. */
  #takeLeave(
    statement: PreparedStatement | undefined,
    message: FrontendMessage & { kind: 'bind' },
    facts: SqlFacts,
  ): OperationAccount | null {
    const unused = statement?.unused;
    if (statement === undefined || unused == null) return null;
    statement.unused = null;
    const young = this.#parts.now() - unused.since <= PREPARED_PERMIT_MAX_AGE_MS;
    const covers = unused.forBind === message || (message.parameters.length === 0 && young);
    if (covers && !statement.doubtful && sameFacts(statement.facts, facts)) return unused.account;
    unused.account.finish(true);
    return null;
  }

  #execute(name: string, raw: Buffer): Step {
    if (!this.#prepared.isPortalCertain(name)) return 'wait for server';
    const portal = this.#prepared.portal(name);
    if (portal === undefined) {
      this.#refuseExtended({ kind: 'no such portal', name });
      return 'done';
    }
    // It was started already: the server goes on with what was ruled on, or says that it is done.
    if (portal.started) {
      this.#executed(portal, raw);
      return 'done';
    }
    if (this.#tracker.readingGated) return 'wait for server';
    if (this.#isCurrent(portal.stamp)) {
      this.#executed(portal, raw);
      return 'done';
    }
    return this.#executeMoved(portal, raw);
  }

  /** Names may mean something else than at Bind: functions resolve theirs only when they run. */
  #executeMoved(portal: Portal, raw: Buffer): Step {
    const reading = this.#readSource(portal.source, portal.doubtful);
    if (reading === null) return 'wait for server';
    if (sameFacts(reading.facts, portal.facts)) {
      portal.stamp = reading.stamp;
      this.#executed(portal, raw);
      return 'done';
    }
    this.#authorize(portal.text, reading.facts, {
      extended: true,
      reread: () => this.#rereadSource(portal.source, portal.doubtful),
      permitted: (account) => {
        portal.account.finish(true);
        Object.assign(portal, reading, { account });
        this.#executed(portal, raw);
      },
      refused: (refusal) => this.#refuseExtended(refusal),
    });
    return 'done';
  }

  #executed(portal: Portal, raw: Buffer): void {
    portal.started = true;
    this.#sendExtended(raw);
    const run = this.#toRun(portal.text, portal.facts, portal.account);
    this.#tracker.expect({ kind: 'execute', portal, run });
  }

  #closeNamed(message: FrontendMessage & { kind: 'close' }, raw: Buffer): Step {
    this.#sendExtended(raw);
    if (message.thing === 'portal') {
      const change = this.#prepared.setPortal(message.name, undefined);
      this.#tracker.expect({ kind: 'close', change });
      return 'done';
    }
    const change = this.#prepared.setStatement(message.name, undefined);
    this.#tracker.expect({ kind: 'close', change });
    return 'done';
  }

  /** Sends our certain failure, and discards what the client sends until Sync, as the server does after it. */
  #refuseExtended(
    refusal: Refusal,
    options: { readonly unnamed?: boolean; readonly decision?: string } = {},
  ): void {
    const unnamed = options.unnamed === true;
    const decision = options.decision ?? decisionOf(refusal);
    this.#send(toMarkerParse(decision, unnamed));
    // SECURITY(P-02): otherwise a Bind that follows would run the statement that was unnamed before.
    const change = unnamed ? this.#prepared.setStatement('', undefined) : null;
    this.#tracker.expect({ kind: 'marker parse', reply: toRefusalReply(refusal), change });
    this.#skipping = true;
    this.#unflushed = false;
  }

  // ---- rulings

  #authorize(
    text: string,
    facts: SqlFacts,
    then: {
      readonly extended: boolean;
      readonly reread: () => SqlFacts;
      readonly permitted: (account: OperationAccount) => void;
      readonly refused: (refusal: Refusal) => void;
    },
  ): void {
    const { extended, permitted, refused, reread } = then;
    const id = this.#expectRuling({ extended, permitted, refused });
    const { inTransaction } = this.#tracker;
    this.#commands.push({
      kind: 'authorize',
      request: { id, text, facts, inTransaction, reread },
    });
  }

  #refuse(
    what: string,
    reason: string,
    how: { readonly extended: boolean; readonly refused: (refusal: Refusal) => void },
  ): void {
    const id = this.#expectRuling({ ...how, permitted: (account) => account.finish(false) });
    this.#commands.push({ kind: 'refuse', id, what, reason });
  }

  #expectRuling(then: Pick<Pending, 'extended' | 'permitted' | 'refused'>): number {
    this.#requests += 1;
    this.#pending = { id: this.#requests, ...then, cancelled: false, void: false };
    return this.#requests;
  }

  // ---- reading statements

  /** Facts of a text under what holds now; null when that is not known yet. */
  #read(text: string): Reading | null {
    if (this.#tracker.readingGated) return null;
    const catalog = this.#parts.catalog();
    if (catalog === null) {
      this.#awaitsCatalog = true;
      this.#commands.push({ kind: 'await catalog' });
      return null;
    }
    const reading = this.#parts.facts.read(text, catalog, this.#names);
    return this.#isWorthAnotherLook(reading) ? null : reading;
  }

  /** A name that the catalog does not show may have come to exist a moment ago: the catalog is read again, now and then. */
  #isWorthAnotherLook(reading: Reading): boolean {
    if (reading.facts.unresolved === undefined) return false;
    if (this.#parts.now() - this.#refreshedAt < UNRESOLVED_REFRESH_MS) return false;
    this.#commands.push({ kind: 'catalog changed' });
    this.#awaitsCatalog = true;
    this.#commands.push({ kind: 'await catalog' });
    return true;
  }

  #readPrepared(statement: PreparedStatement | undefined, source: string): Reading | null {
    if (statement?.doubtful === false && this.#isCurrent(statement.stamp)) {
      if (this.#tracker.readingGated) return null;
      return { facts: statement.facts, stamp: statement.stamp };
    }
    return this.#readSource(source, statement?.doubtful !== false);
  }

  /** Facts of the text behind a name. `doubtful`: it may be another text. */
  #readSource(source: string, doubtful: boolean): Reading | null {
    if (this.#tracker.readingGated) return null;
    if (doubtful) return { facts: unreadable(source, DOUBTFUL), stamp: NO_STAMP };
    const reading = this.#read(source);
    return reading === null ? null : { ...reading, facts: withoutPrepare(reading.facts) };
  }

  #isCurrent(stamp: ReadingStamp): boolean {
    return (
      stamp.names === this.#names.signature && stamp.catalog === this.#parts.catalog()?.version
    );
  }

  #reread(text: string): SqlFacts {
    const catalog = this.#parts.catalog();
    if (catalog === null) return unreadable(text, 'the catalog is being read');
    return this.#parts.facts.read(text, catalog, this.#names).facts;
  }

  #rereadSource(source: string, doubtful: boolean): SqlFacts {
    return doubtful ? unreadable(source, DOUBTFUL) : withoutPrepare(this.#reread(source));
  }

  /** For SQL EXECUTE: what a name of this connection stands for. */
  #factsOfPrepared(name: string): StatementFacts | undefined {
    const statement = this.#prepared.statement(name);
    if (statement === undefined || statement.doubtful) return undefined;
    if (!this.#prepared.isStatementCertain(name)) return undefined;
    if (!this.#isCurrent(statement.stamp)) {
      const catalog = this.#parts.catalog();
      if (catalog === null) return undefined;
      const reading = this.#parts.facts.read(statement.text, catalog, this.#names);
      statement.facts = withoutPrepare(reading.facts);
      statement.stamp = reading.stamp;
    }
    return statement.facts.statements[0] ?? EMPTY_STATEMENT;
  }

  #toRun(text: string, facts: SqlFacts, account: OperationAccount): Run {
    let gatesReading = false;
    let gatesCopy = false;
    for (const statement of facts.statements) {
      gatesReading ||= this.#gatesReading(statement);
      gatesCopy ||= statement.command.startsWith('COPY') || statement.command === 'UNKNOWN';
    }
    return { text, facts, account, gatesReading, gatesCopy, copyGateOpen: false };
  }

  /** The end of a transaction that changed no names leaves the next statement readable. */
  #gatesReading(statement: StatementFacts): boolean {
    if (!statement.changesState) return false;
    const ends = statement.effects.every((effect) => effect.kind === 'transaction');
    return !ends || this.#names.pending;
  }

  // ---- what the server said

  #statementDone(run: Run, index: number, tag: string): void {
    const statement = run.facts.statements[index];
    if (statement === undefined) return;
    this.#names.applied(statement, run.text);
    if (tag === 'DEALLOCATE ALL' || tag === 'DISCARD ALL') this.#prepared.clearStatements();
    for (const effect of statement.effects) {
      if (effect.kind === 'unknown') this.#prepared.markDoubtful();
      if (effect.kind === 'create' && effect.object.kind === 'prepared statement') {
        this.#preparedBySql(effect.object.name, statement, run);
      }
    }
  }

  /** SQL PREPARE succeeded. Its own text is what is read again when names move. */
  #preparedBySql(name: string, statement: StatementFacts, run: Run): void {
    const text = run.text.slice(statement.start, statement.end);
    const facts = withoutPrepare({ ...run.facts, statements: [statement] });
    const change = this.#prepared.setStatement(name, {
      text,
      facts,
      stamp: NO_STAMP,
      doubtful: !this.#prepared.hasRoomForStatement(text),
      unused: null,
    });
    change.settle();
  }

  #ready(status: TransactionStatus, clean: boolean): void {
    this.#unflushed = false;
    if (status === 'idle') this.#prepared.clearPortals(this.#tracker.readiesSeen);
    if (this.#names.ready(status, clean)) this.#commands.push({ kind: 'catalog changed' });
  }

  #parameterChanged(name: string, value: string): boolean {
    switch (name) {
      case 'standard_conforming_strings':
        // SECURITY(P-15): a backslash would end strings elsewhere than we read.
        if (value === 'on') return true;
        this.#close('string setting');
        return false;
      case 'client_encoding':
        if (value.toUpperCase() === 'UTF8') return true;
        this.#close('client encoding');
        return false;
      case 'search_path':
        this.#names.reported(value);
        return true;
      default:
        return true;
    }
  }

  #skipToSync(): void {
    this.#skipping = true;
    this.#withdraw();
  }

  /** Nobody waits for the ruling any more. */
  #withdraw(): void {
    if (this.#pending === null || this.#pending.void) return;
    this.#pending.void = true;
    this.#commands.push({ kind: 'withdraw', id: this.#pending.id });
  }

  // ---- the end

  /** The client has no further wish. What it sent and was not ruled on is dropped; what runs is waited for, for the record. */
  #leave(): void {
    if (this.#closed || this.#clientGone) return;
    this.#clientGone = true;
    this.#queue.clear();
    this.#queuedBytes = 0;
    this.#withdraw();
    this.#send(TERMINATE_MESSAGE);
    this.#commands.push({ kind: 'drain' });
  }

  #endDrain(): void {
    if (this.#clientGone && !this.#tracker.endsBySelf) this.#close('client left');
  }

  #close(reason: CloseCause): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#withdraw();
    this.#queue.clear();
    this.#tracker.abandon();
    this.#prepared.finishAll();
    if (reason !== 'client left' && reason !== 'server ended' && !this.#clientGone) {
      this.#commands.push({ kind: 'downstream', bytes: toCloseReply(reason) });
    }
    this.#commands.push({ kind: 'close', reason });
  }

  #send(bytes: Buffer): void {
    this.#commands.push({ kind: 'upstream', bytes });
  }

  #sendExtended(bytes: Buffer): void {
    this.#unflushed = true;
    this.#send(bytes);
  }
}

/** Never current: what carries it is read again before it is used. */
const NO_STAMP: ReadingStamp = { catalog: '', names: '' };

const DOUBTFUL = 'it cannot be told which statement stands under this name';

const EMPTY_STATEMENT: StatementFacts = {
  command: '',
  start: 0,
  end: 0,
  effects: [],
  functions: [],
  changesState: false,
};

function isCopyItem(item: Item): boolean {
  if (item.kind === 'copy data') return true;
  if (item.kind !== 'message') return false;
  return item.message.kind === 'copy done' || item.message.kind === 'copy fail';
}

/** PREPARE as the statement it prepares: what remains when the name is taken away. */
function withoutPrepare(facts: SqlFacts): SqlFacts {
  const prepares = facts.statements.some((statement) => statement.effects.some(isPrepare));
  if (!prepares) return facts;
  const statements = facts.statements.map((statement) => ({
    ...statement,
    effects: statement.effects.filter((effect) => !isPrepare(effect)),
  }));
  return { ...facts, statements };
}

function isPrepare(effect: StatementFacts['effects'][number]): boolean {
  return effect.kind === 'create' && effect.object.kind === 'prepared statement';
}

function sameFacts(one: SqlFacts, other: SqlFacts): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

function decisionOf(refusal: Refusal): string {
  return refusal.kind === 'denied' ? refusal.denial.decision : refusal.kind.replaceAll(' ', '-');
}
