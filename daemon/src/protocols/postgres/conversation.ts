/**
 * The state machine between an authenticated client and the real server. Pure: events in, commands out.
 * The client's messages are taken in order, one at a time; while one waits for a ruling, the rest waits behind it.
 * INVARIANT: nothing that could change something is executed without an intent of its own that was stored before.
 * INVARIANT: a refused message never goes upstream. A statement of ours that is certain to fail goes in its place, so that the
 * server's transaction, skip-to-Sync and ReadyForQuery are the real ones, and our words replace the words of that failure.
 */

import type { CatalogSnapshot, SqlFacts } from '@agentguard/rules';
import type { Ruling } from '../../enforcement/enforcement.ts';
import { AnswerEditor } from './answer-editor.ts';
import { makeAnswerRules } from './answer-rules.ts';
import { ClientQueue } from './client-queue.ts';
import type { ClientItem } from './client-queue.ts';
import { Outbox } from './commands.ts';
import type { CloseCause, ConversationCommand } from './commands.ts';
import { encodeQuery, TERMINATE_MESSAGE } from './encode.ts';
import { decisionOf, ExtendedSteps } from './extended-steps.ts';
import type { Step } from './extended-steps.ts';
import type { FactsReader } from './facts.ts';
import { HeldRuns } from './held-runs.ts';
import type { HeldUnit } from './held-runs.ts';
import type { ClientFrame } from './frames.ts';
import { MAX_EXPECTED_REPLIES, MAX_STATEMENT_BYTES } from './limits.ts';
import { decodeFrontend } from './messages.ts';
import type { FrontendMessage } from './messages.ts';
import { NameState } from './name-state.ts';
import type { OperationAccount } from './outcomes.ts';
import { PreparedNames } from './prepared.ts';
import { toCloseReply, toMarkerQuery, toRefusalReply } from './replies.ts';
import type { CloseReason, Refusal } from './replies.ts';
import { ReplyTracker } from './reply-tracker.ts';
import type { Reach } from './reach.ts';
import { giveBack, Rulings } from './rulings.ts';
import { ServerEffects } from './server-effects.ts';
import { StatementReader } from './statement-reader.ts';

/** What a conversation is built from. */
export interface ConversationParts {
  readonly facts: FactsReader;
  /** How far the connection reaches now. */
  readonly reach: () => Reach;
  /** The catalog as it is known now; null while it is being read. */
  readonly catalog: () => CatalogSnapshot | null;
  /** Schemas that a session of the role begins with. */
  readonly rolePath: readonly string[];
  /** search_path that went into the startup message, and as the server reported it. */
  readonly initialPath: string | undefined;
  readonly reportedPath: string | undefined;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
}

const NO_BYTES = Buffer.alloc(0);
const QUERY = 0x51;

/** Stands for the end of what a client sends, when it closes without a word. */
const END_OF_CLIENT: ClientItem = {
  kind: 'message',
  message: { kind: 'terminate' },
  raw: NO_BYTES,
};

/** One conversation. After each batch of events call `takeCommands` and carry them out. */
export class Conversation {
  readonly #out = new Outbox();
  readonly #queue = new ClientQueue();
  readonly #rulings = new Rulings(this.#out);
  readonly #prepared: PreparedNames;
  readonly #tracker: ReplyTracker;
  readonly #reader: StatementReader;
  readonly #extended: ExtendedSteps;
  readonly #editor: AnswerEditor;
  readonly #held: HeldRuns;
  #paused = false;
  #leaving = false;
  #closed = false;

  constructor(parts: ConversationParts) {
    const { facts, reach, catalog, now, rolePath, initialPath, reportedPath } = parts;
    const out = this.#out;
    const prepared = new PreparedNames(() => this.#tracker.readiesExpected);
    const names = new NameState({
      rolePath,
      initialPath,
      reportedPath,
      prepared: (name) => this.#reader.factsOfPrepared(name),
    });
    const effects = new ServerEffects({
      names,
      prepared,
      out,
      readiesSeen: () => this.#tracker.readiesSeen,
      close: (cause) => this.#close(cause),
    });
    this.#prepared = prepared;
    this.#tracker = new ReplyTracker({
      statementDone: (run, index, tag) => {
        const apply = (): void => effects.statementDone(run, index, tag);
        if (run.held) this.#held.whenKept(apply);
        else apply();
      },
      ready: (status, clean) => {
        effects.ready(status, clean);
        this.#held.ready(status);
      },
      parameterChanged: (name, value) => effects.parameterChanged(name, value),
      skipsToSync: () => {
        this.#extended.skipToSync();
        this.#rulings.makeVoid();
      },
    });
    const gated = (): boolean => this.#tracker.readingGated;
    this.#reader = new StatementReader({ facts, reach, catalog, names, prepared, gated, out, now });
    this.#held = new HeldRuns({
      out,
      queue: this.#queue,
      tracker: this.#tracker,
      rulings: this.#rulings,
      catalog,
      skipToSync: () => this.#extended.skipToSync(),
      lost: () => this.#close('unknown state'),
    });
    const rules = makeAnswerRules(reach, catalog);
    this.#editor = new AnswerEditor(this.#tracker, rules);
    this.#extended = new ExtendedSteps({
      masksRows: () => (rules()?.masks.size ?? 0) > 0,
      held: this.#held,
      out,
      queue: this.#queue,
      tracker: this.#tracker,
      prepared,
      reader: this.#reader,
      rulings: this.#rulings,
      now,
    });
  }

  /** The side of the conversation that the server's messages are shown to. */
  get observer(): AnswerEditor {
    return this.#editor;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** A ruling is waited for. */
  get waiting(): boolean {
    return this.#rulings.waiting;
  }

  /** Everything that is to be done since the last call. */
  takeCommands(): readonly ConversationCommand[] {
    return this.#out.take();
  }

  /** One frame of the client. */
  clientFrame(frame: ClientFrame): void {
    if (this.#closed || this.#leaving) return;
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
      case 'too large':
        this.#close('message too large');
        return;
      case 'startup':
      case 'tls hello':
      case 'problem':
        this.#close('protocol violation');
        return;
    }
  }

  /** The client sends nothing more but may still read: what it sent is dealt with, questions aside. */
  clientEnded(): void {
    if (this.#closed || this.#leaving) return;
    this.#rulings.leaveUnattended();
    this.#enqueue(END_OF_CLIENT);
  }

  /** The client is not there any more. */
  clientLost(): void {
    this.#leave();
    this.#endDrain();
  }

  /** Bytes that answer a held statement. */
  heldBytes(slice: Buffer): void {
    this.#held.hold(slice);
  }

  /** A verdict on a held run came. */
  judged(id: number, verdict: 'commit' | 'roll back'): void {
    if (this.#closed || this.#leaving) return;
    this.#held.judged(id, verdict);
    this.#pump();
  }

  /** Whoever judges wants to read something inside of the held transaction; answered by the command `looked`. */
  look(id: number, sql: string): void {
    if (this.#closed || this.#leaving) this.#out.push({ kind: 'looked', id, rows: null });
    else this.#held.look(id, sql);
  }

  /** A chunk of the server was scanned. */
  serverChunkDone(): void {
    this.#held.serverAnswered();
    this.#pump();
    this.#endDrain();
  }

  /** The stream of the server made no sense, or the tracker stopped it. */
  serverProblem(): void {
    this.#close(this.#tracker.tooManyRows ? 'too many rows' : 'unknown state');
  }

  /** The server is gone. */
  serverLost(): void {
    // The server's last words are held back with the answer of a held statement, so ours take their place.
    const told = this.#tracker.fatal && !this.#held.busy;
    this.#close(told ? 'server ended' : 'upstream lost');
  }

  /** A ruling came for the request with this id. */
  ruled(id: number, ruling: Ruling): void {
    this.#rulings.ruled(id, ruling);
    this.#pump();
    this.#endDrain();
  }

  /** SECURITY(P-06): the record cannot be written, so nothing passes. */
  rulingFailed(): void {
    this.#close('record unavailable');
  }

  /** The catalog was read, or could not be. */
  catalogReady(ok: boolean): void {
    this.#reader.catalogReady();
    if (!ok) this.#close('catalog unavailable');
    this.#pump();
  }

  /** The client asked, with the right key, to cancel what runs. */
  cancel(): void {
    if (this.#closed) return;
    this.#rulings.cancel();
    this.#held.cancel();
    if (this.#tracker.outstanding > 0) this.#out.push({ kind: 'cancel upstream' });
  }

  /** The session or the daemon ends. What runs is stopped: the server would go on with it although nobody listens. */
  end(reason: CloseReason): void {
    if (!this.#closed && this.#tracker.outstanding > 0) this.#out.push({ kind: 'cancel upstream' });
    this.#close(reason);
  }

  /** The time for the last answers is up. */
  drainTimeout(): void {
    this.#close('client left');
  }

  #clientMessage(type: number, raw: Buffer): void {
    const decoded = decodeFrontend(type, raw);
    if (decoded.ok) this.#enqueue({ kind: 'message', message: decoded.message, raw });
    else this.#close('protocol violation');
  }

  #enqueue(item: ClientItem): void {
    this.#queue.push(item);
    this.#pump();
    if (this.#paused || !this.#queue.full) return;
    this.#paused = true;
    this.#out.push({ kind: 'pause client' });
  }

  #pump(): void {
    while (this.#mayStep()) {
      const item = this.#queue.first;
      if (item === undefined) break;
      const step = this.#step(item);
      if (step === 'wait for server') this.#out.flush();
      if (step !== 'done') break;
      this.#queue.shift();
    }
    if (!this.#paused || this.#queue.full) return;
    this.#paused = false;
    this.#out.push({ kind: 'resume client' });
  }

  #mayStep(): boolean {
    if (this.#closed || this.#leaving || this.#tracker.fatal || this.#held.busy) return false;
    return !this.#rulings.waiting && !this.#reader.awaitsCatalog;
  }

  #step(item: ClientItem): Step {
    const kind = item.kind === 'message' ? item.message.kind : item.kind;
    if (kind === 'terminate') {
      this.#leave();
      return 'done';
    }
    if (this.#tracker.copyIn) return this.#stepInCopy(item, kind);
    if (this.#extended.skipping && kind !== 'sync') return 'done';
    if (this.#tracker.copyGated) return 'wait for server';
    // SECURITY(P-02): COPY messages that nobody reads end here. The server would ignore them as well, and honest clients send
    // them: the rest of a COPY that failed, and postgres.js a CopyFail behind its CopyDone.
    if (kind === 'copy data' || kind === 'copy done' || kind === 'copy fail') return 'done';
    if (this.#tracker.outstanding >= MAX_EXPECTED_REPLIES) return 'wait for server';
    if (item.kind === 'oversize') return this.#oversize(item.type);
    return item.kind === 'message' ? this.#stepMessage(item.message, item.raw) : 'done';
  }

  /** While the server reads COPY data it takes nothing else; Flush and Sync it ignores (PG: CopyGetData). */
  #stepInCopy(item: ClientItem, kind: FrontendMessage['kind'] | ClientItem['kind']): Step {
    switch (kind) {
      case 'copy data':
        this.#out.send(item.raw);
        return 'done';
      case 'copy done':
      case 'copy fail':
        this.#tracker.endCopyIn();
        this.#out.send(item.raw);
        return 'done';
      case 'flush':
      case 'sync':
        return 'done';
      default:
        this.#close('protocol violation');
        return 'done';
    }
  }

  #stepMessage(message: FrontendMessage, raw: Buffer): Step {
    switch (message.kind) {
      case 'query':
        return this.#query(message.text, raw);
      case 'parse':
        return this.#extended.parse(message, raw);
      case 'bind':
        return this.#extended.bind(message, raw);
      case 'execute':
        return this.#extended.execute(message.portal, raw);
      case 'describe':
        return this.#extended.describe(message, raw);
      case 'close':
        return this.#extended.close(message, raw);
      case 'sync':
        return this.#extended.sync(raw);
      case 'flush':
        return this.#extended.flush(raw);
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

  /** A Query is one operation, whatever it holds: its statements are one implicit transaction. */
  #query(text: string, raw: Buffer): Step {
    if (this.#held.open) {
      this.#refuseInPipeline();
      return 'done';
    }
    const reading = this.#reader.read(text);
    if (reading === null) return 'wait for server';
    const { inTransaction } = this.#tracker;
    const reread = (): SqlFacts => this.#reader.reread(text);
    const { facts: judged, rewriting, sent } = reading;
    const send = (account: OperationAccount, held: boolean): void => {
      this.#out.sendFlushing(sent === null ? raw : encodeQuery(sent.join('; ')));
      const facts = this.#reader.factsNow(text, reading);
      const run = this.#reader.toRun(text, facts, account, { ...reading, held });
      this.#tracker.expect({ kind: 'query', run, statementsDone: 0 });
    };
    const stillSame = (): boolean => this.#reader.isStillSent(text, reading);
    const otherwise = {
      permitted: (account: OperationAccount): void => {
        if (stillSame()) send(account, false);
        else {
          giveBack(account, null);
          this.#refuseQuery({ kind: 'definitions changed' }, 'definitions-changed');
        }
      },
      refused: (refusal: Refusal) => this.#refuseQuery(refusal, decisionOf(refusal)),
    };
    const unit: HeldUnit = {
      mode: 'query',
      facts: judged,
      stillSame,
      send: (account) => send(account, true),
      otherwise,
    };
    this.#rulings.authorize(
      { text, facts: judged, inTransaction, reread, rewriting },
      { ...otherwise, held: (run) => this.#held.start(unit, run) },
    );
    return 'done';
  }

  /** A Query ends the pipeline before it without a Sync, which no driver does. Its answer ends in ReadyForQuery. */
  #refuseInPipeline(): void {
    this.#held.endPipeline();
    const refusal: Refusal = { kind: 'transaction in pipeline' };
    this.#out.push({ kind: 'downstream', bytes: toRefusalReply(refusal) });
  }

  #refuseQuery(refusal: Refusal, decision: string): void {
    this.#out.sendFlushing(toMarkerQuery(decision));
    this.#tracker.expect({ kind: 'marker query', reply: toRefusalReply(refusal) });
  }

  /** SECURITY(P-14): a FunctionCall names a function by number and holds no text to read. Its answer ends in ReadyForQuery. */
  #functionCall(): Step {
    const reason = 'the FunctionCall message runs a function without a statement';
    this.#rulings.refuse('function call', reason, (refusal) =>
      this.#refuseQuery(refusal, decisionOf(refusal)),
    );
    return 'done';
  }

  #oversize(type: number): Step {
    const reason = 'the statement is longer than is inspected';
    this.#rulings.refuse('statement', reason, (recorded) => {
      const refusal: Refusal = { kind: 'statement too long', maxBytes: MAX_STATEMENT_BYTES };
      const decision = decisionOf(recorded);
      if (type === QUERY) this.#refuseQuery(refusal, decision);
      // The name of the Parse was thrown away with it: it may have been the unnamed one.
      else this.#extended.refuse(refusal, { unnamed: true, decision });
    });
    return 'done';
  }

  /** The client has no further wish. What was not ruled on is dropped; what runs is waited for, for the record. */
  #leave(): void {
    if (this.#closed || this.#leaving) return;
    this.#leaving = true;
    this.#queue.clear();
    this.#rulings.makeVoid();
    this.#held.abandon();
    this.#out.send(TERMINATE_MESSAGE);
    this.#out.push({ kind: 'drain' });
    this.#endDrain();
  }

  #endDrain(): void {
    if (this.#leaving && !this.#tracker.endsBySelf) this.#close('client left');
  }

  #close(cause: CloseCause): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#rulings.makeVoid();
    this.#queue.clear();
    this.#held.abandon();
    this.#tracker.abandon();
    this.#prepared.finishAll();
    if (cause !== 'client left' && cause !== 'server ended') {
      this.#out.push({ kind: 'downstream', bytes: toCloseReply(cause) });
    }
    this.#out.push({ kind: 'close', reason: cause });
  }
}
