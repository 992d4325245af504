/**
 * Follows what the server answers: attributes each message to a request, notes outcomes, swallows what answers our own
 * markers, and knows the state of the transaction. A message that fits nothing stops the connection: to guess on would
 * mean to judge under a state that the server is not in.
 */

import type { BackendObserver, Disposition, Sink } from './backend-scanner.ts';
import {
  decodeCommandTag,
  decodeParameterStatus,
  decodeReadyForQuery,
  decodeServerError,
} from './backend-messages.ts';
import type { ServerError, TransactionStatus } from './backend-messages.ts';
import { Fifo } from './expected-replies.ts';
import type { Expected, OwnStatement, Run } from './expected-replies.ts';
import { MAX_OWN_ROWS } from './limits.ts';
import type { NameChange } from './name-table.ts';
import type { OperationAccount } from './outcomes.ts';
import { readTextRow } from './text-row.ts';

/** Who wants to know of what the server said. */
export interface TrackerListener {
  /** One statement of a message ended well. */
  statementDone(run: Run, index: number, tag: string): void;
  /** ReadyForQuery. `clean`: nothing failed and nothing was rolled back since the last idle one. */
  ready(status: TransactionStatus, clean: boolean): void;
  /** False stops the connection. */
  parameterChanged(name: string, value: string): boolean;
  /** The server failed on something and ignores everything until a Sync that was not forwarded yet. */
  skipsToSync(): void;
}

/** Completed accounts of one pipeline that wait for its end; past it they are told at once. */
const MAX_OPEN_ACCOUNTS = 1_024;

/** What may not happen inside of a transaction that is held: its end, and points in it that are not ours. */
const HELD_FORBIDS =
  /^(?:BEGIN|START TRANSACTION|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|PREPARE TRANSACTION|COMMIT PREPARED|ROLLBACK PREPARED)\b/;

/** Stands for a measured statement that the client asked to be run in pieces. Not a SQLSTATE of the server. */
export const SUSPENDED = 'AG001';

type CopyState = 'none' | 'in' | 'out' | 'in ended';

/** The server's side of one conversation. */
export class ReplyTracker implements BackendObserver {
  readonly #listener: TrackerListener;
  readonly #expected = new Fifo<Expected>();
  /** Ended well, but the implicit transaction around them may still fail. */
  #open: OperationAccount[] = [];
  #copy: CopyState = 'none';
  #status: TransactionStatus = 'idle';
  #begun = false;
  #clean = true;
  /** Something was executed since the last ReadyForQuery: an implicit transaction may hold work. */
  #implicitWork = false;
  #readingGates = 0;
  #copyGates = 0;
  #readiesExpected = 0;
  #readiesSeen = 0;
  #fatal = false;
  #tooManyRows = false;

  constructor(listener: TrackerListener) {
    this.#listener = listener;
  }

  /** Requests that are not answered. */
  get outstanding(): number {
    return this.#expected.length;
  }

  get status(): TransactionStatus {
    return this.#status;
  }

  /** A transaction that the client opened is open, as far as answers have come. */
  get inTransaction(): boolean {
    return this.#status !== 'idle' || this.#begun;
  }

  /** The server reads COPY data. */
  get copyIn(): boolean {
    return this.#copy === 'in';
  }

  /** Nothing may be read (analysed) yet. */
  get readingGated(): boolean {
    return this.#readingGates > 0;
  }

  /** Nothing may be forwarded yet. */
  get copyGated(): boolean {
    return this.#copyGates > 0;
  }

  /** The server has said that it ends the connection. */
  get fatal(): boolean {
    return this.#fatal;
  }

  /** What the server answers at present. */
  get answering(): Expected | undefined {
    return this.#expected.first;
  }

  /** Work of the client was answered that its next Sync commits. */
  get implicitWork(): boolean {
    return this.#implicitWork;
  }

  /** Where the answer of the request at the front goes. */
  get sink(): Sink {
    const first = this.#expected.first;
    switch (first?.kind) {
      case 'query':
      case 'execute':
        return first.run.held ? 'hold' : 'client';
      case 'bind':
      case 'describe portal':
        return first.held ? 'hold' : 'client';
      case 'own':
        return first.errorIsClients ? 'hold' : 'own';
      default:
        return 'client';
    }
  }

  /** What is not answered yet is only prepared and closed by name: the state of the transaction is certain. */
  get settled(): boolean {
    for (let index = 0; index < this.#expected.length; index += 1) {
      const kind = this.#expected.at(index)?.kind;
      if (kind !== 'parse' && kind !== 'describe statement' && kind !== 'close') return false;
    }
    return true;
  }

  /** More rows came than the resource's limit lets through. */
  get tooManyRows(): boolean {
    return this.#tooManyRows;
  }

  /** Asked once for each row. */
  get rowsFit(): boolean {
    const first = this.#expected.first;
    if ((first?.kind !== 'query' && first?.kind !== 'execute') || this.#copy !== 'none')
      return false;
    this.#tooManyRows = !first.run.account.takeRow();
    return !this.#tooManyRows;
  }

  /** Asked once for each row of a COPY. */
  get copyDataFits(): boolean {
    const first = this.#expected.first;
    if (this.#copy !== 'out' || (first?.kind !== 'query' && first?.kind !== 'execute'))
      return false;
    this.#tooManyRows = !first.run.account.takeRow();
    return !this.#tooManyRows;
  }

  /** Requests that end in ReadyForQuery: forwarded so far, and answered so far. */
  get readiesExpected(): number {
    return this.#readiesExpected;
  }

  get readiesSeen(): number {
    return this.#readiesSeen;
  }

  /** A request was forwarded. */
  expect(entry: Expected): void {
    this.#expected.push(entry);
    if (endsInReady(entry)) this.#readiesExpected += 1;
    if (entry.kind === 'query' || entry.kind === 'execute') {
      if (entry.run.gatesReading) this.#readingGates += 1;
      if (entry.run.gatesCopy) this.#copyGates += 1;
    }
  }

  /** Whether an answer that ends in ReadyForQuery is on its way, so that waiting for it makes sense. */
  get endsBySelf(): boolean {
    for (let index = 0; index < this.#expected.length; index += 1) {
      const entry = this.#expected.at(index);
      if (entry !== undefined && endsInReady(entry)) return true;
    }
    return false;
  }

  /** The client has sent CopyDone or CopyFail. */
  endCopyIn(): void {
    this.#copy = 'in ended';
    const first = this.#expected.first;
    // One Execute copies once. Its Sync must not wait for an answer that the server may hold until that Sync.
    if (first?.kind === 'execute') this.#openCopyGate(first.run);
  }

  /** The connection is over: what is not answered has an unknown end. */
  abandon(): void {
    for (let entry = this.#expected.shift(); entry !== undefined; entry = this.#expected.shift()) {
      // What runs in a held transaction is ended by whoever holds it.
      if (!isHeld(entry)) toAccount(entry)?.finish(false);
    }
    for (const account of this.#open) account.finish(this.#status !== 'idle');
    this.#open = [];
  }

  seen(type: number, body: Buffer): Disposition {
    switch (type) {
      case 0x4e: // N NoticeResponse
        return this.#expected.first?.kind === 'own' ? 'swallow' : 'forward';
      case 0x41: // A NotificationResponse
        return 'forward';
      case 0x53: // S
        return this.#parameterStatus(body);
      case 0x45: // E
        return this.#error(decodeServerError(body));
      case 0x5a: // Z
        return this.#readyForQuery(body);
      default:
        if (this.#expected.first?.kind === 'own') {
          return this.#answersOwn(this.#expected.first, type, body) ? 'swallow' : 'stop';
        }
        return this.#answers(type, body) ? 'forward' : 'stop';
    }
  }

  /** Parse, Bind, rows, the tag, and the two Closes of a statement of our own. */
  #answersOwn(entry: OwnStatement, type: number, body: Buffer): boolean {
    switch (type) {
      case 0x31: // 1
      case 0x32: // 2
        return entry.tag === '';
      case 0x44: {
        const row = readTextRow(body);
        if (row === null || entry.rows.length >= MAX_OWN_ROWS) return false;
        entry.rows.push(row);
        return true;
      }
      case 0x43: // C
        entry.tag = decodeCommandTag(body);
        return true;
      case 0x33: // 3
        entry.closes += 1;
        if (entry.closes < 2) return true;
        this.#expected.shift();
        entry.onEnd({ kind: 'done', tag: entry.tag, rows: entry.rows });
        return true;
      default:
        return false;
    }
  }

  #parameterStatus(body: Buffer): Disposition {
    const parameter = decodeParameterStatus(body);
    if (parameter === null) return 'stop';
    return this.#listener.parameterChanged(parameter.name, parameter.value) ? 'forward' : 'stop';
  }

  /** Whether the message is one that the first request may be answered with; takes it off when that was all. */
  #answers(type: number, body: Buffer): boolean {
    const first = this.#expected.first;
    switch (first?.kind) {
      case 'query':
      case 'execute':
        return this.#answersRun(first, type, body);
      case 'parse':
        return type === 0x31 && this.#takeChange(first.change);
      case 'bind':
        return type === 0x32 && this.#takeChange(first.change);
      case 'close':
        return type === 0x33 && this.#takeChange(first.change);
      case 'describe statement':
        if (type === 0x74 && !first.parametersSeen) {
          first.parametersSeen = true;
          return true;
        }
        return first.parametersSeen && (type === 0x54 || type === 0x6e) && this.#take();
      case 'describe portal':
        return (type === 0x54 || type === 0x6e) && this.#take();
      case 'sync':
      case 'own sync':
      case 'own':
      case 'marker query':
      case 'marker parse':
      case undefined:
        return false;
    }
  }

  #answersRun(
    entry: Expected & { kind: 'query' | 'execute' },
    type: number,
    body: Buffer,
  ): boolean {
    switch (type) {
      case 0x54: // T RowDescription
        return entry.kind === 'query' && this.#copy === 'none';
      case 0x43: // C
        return this.#commandComplete(entry, decodeCommandTag(body));
      case 0x49: // I EmptyQueryResponse
        if (entry.kind === 'execute') this.#endExecute(entry);
        return this.#copy === 'none';
      case 0x73: // s PortalSuspended
        if (entry.run.held) entry.run.account.fail(SUSPENDED);
        return entry.kind === 'execute' && this.#copy === 'none' && this.#takeRun(entry.run);
      case 0x47: // G CopyInResponse
        return this.#beginCopy('in', entry.run);
      case 0x48: // H CopyOutResponse
        return this.#beginCopy('out', entry.run);
      case 0x63: // c CopyDone
        if (this.#copy !== 'out') return false;
        this.#copy = 'in ended';
        return true;
      default:
        return false;
    }
  }

  #beginCopy(direction: 'in' | 'out', run: Run): boolean {
    // A COPY that was not read as one would let data pass as messages, or messages as data.
    if (this.#copy !== 'none' || !run.gatesCopy) return false;
    this.#copy = direction;
    this.#copiesIn = direction === 'in';
    return true;
  }

  #copiesIn = false;

  #commandComplete(entry: Expected & { kind: 'query' | 'execute' }, tag: string): boolean {
    if (this.#copy === 'in' || this.#copy === 'out') return false;
    // SECURITY(P-80): whatever ends the held transaction from inside would take its effects out of our hands.
    if (entry.run.held && HELD_FORBIDS.test(tag)) return false;
    entry.run.account.tag(tag, this.#copiesIn);
    this.#copy = 'none';
    this.#copiesIn = false;
    this.#noteTransaction(tag);
    if (entry.kind === 'execute') {
      this.#endExecute(entry);
      this.#listener.statementDone(entry.run, 0, tag);
      return true;
    }
    this.#listener.statementDone(entry.run, entry.statementsDone, tag);
    entry.statementsDone += 1;
    return true;
  }

  #noteTransaction(tag: string): void {
    if (tag === 'BEGIN' || tag === 'START TRANSACTION') this.#begun = true;
    else if (tag === 'ROLLBACK') this.#clean = false;
  }

  #endExecute(entry: Expected & { kind: 'execute' }): void {
    entry.portal.completed = true;
    this.#implicitWork = true;
    this.#takeRun(entry.run);
    if (entry.run.held) return;
    if (this.#open.length < MAX_OPEN_ACCOUNTS) this.#open.push(entry.run.account);
    else entry.run.account.finish(true);
  }

  #take(): true {
    this.#expected.shift();
    return true;
  }

  #takeChange(change: NameChange): true {
    change.settle();
    return this.#take();
  }

  #takeRun(run: Run): true {
    this.#lowerGates(run);
    return this.#take();
  }

  #lowerGates(run: Run): void {
    if (run.gatesReading) this.#readingGates -= 1;
    this.#openCopyGate(run);
  }

  #openCopyGate(run: Run): void {
    if (!run.gatesCopy || run.copyGateOpen) return;
    run.copyGateOpen = true;
    this.#copyGates -= 1;
  }

  #error(error: ServerError): Disposition {
    this.#clean = false;
    this.#copy = 'none';
    this.#copiesIn = false;
    const first = this.#expected.first;
    if (error.fatal) return this.#fatalError(error.code);
    switch (first?.kind) {
      case undefined:
        // Not asked for and not fatal: PostgreSQL does not do that.
        return 'stop';
      case 'query':
        first.run.account.fail(error.code);
        return 'forward';
      case 'marker query':
        return first.reply;
      case 'own': {
        const { errorIsClients } = first;
        this.#skipToSync(error.code);
        return errorIsClients ? 'forward' : 'swallow';
      }
      case 'own sync':
        this.#failOpen(error.code);
        return 'swallow';
      case 'sync':
        this.#failOpen(error.code);
        return 'forward';
      case 'marker parse':
        // The server forgot the unnamed statement before it failed, so that change stands.
        first.change?.settle();
        this.#take();
        this.#skipToSync(error.code);
        return first.reply;
      case 'parse':
      case 'bind':
      case 'describe statement':
      case 'describe portal':
      case 'execute':
      case 'close':
        this.#skipToSync(error.code);
        return 'forward';
    }
  }

  /** The server ignores what came after the failure, up to the next Sync: none of it happened. */
  #skipToSync(code: string | null): void {
    const skipped: Expected[] = [];
    while (this.#expected.first !== undefined && !isSync(this.#expected.first)) {
      const entry = this.#expected.shift();
      if (entry !== undefined) skipped.push(entry);
    }
    for (const entry of skipped.reverse()) {
      if ('change' in entry) entry.change?.undo();
      if ('run' in entry) this.#lowerGates(entry.run);
      if (endsInReady(entry)) this.#readiesExpected -= 1;
      if (entry.kind === 'own') {
        entry.onEnd({ kind: 'failed', code: entry === skipped.at(-1) ? code : null });
      }
      if (isHeld(entry)) {
        if ('run' in entry) entry.run.account.fail(code);
        continue;
      }
      const account = toAccount(entry);
      account?.fail(code);
      account?.finish(true);
    }
    if (!this.inTransaction) this.#failOpen(code);
    if (this.#expected.length === 0) this.#listener.skipsToSync();
  }

  #failOpen(code: string | null): void {
    for (const account of this.#open) account.fail(code);
  }

  #fatalError(code: string | null): Disposition {
    this.#fatal = true;
    for (let entry = this.#expected.shift(); entry !== undefined; entry = this.#expected.shift()) {
      const account = toAccount(entry);
      account?.fail(code);
      // A session that ends takes a transaction with it that is held.
      account?.finish(true);
    }
    return 'forward';
  }

  #readyForQuery(body: Buffer): Disposition {
    const status = decodeReadyForQuery(body);
    const first = this.#expected.first;
    if (status === null || (this.#copy !== 'none' && this.#copy !== 'in ended')) return 'stop';
    switch (first?.kind) {
      case 'query':
        this.#takeRun(first.run);
        if (!first.run.held) first.run.account.finish(true);
        break;
      case 'own sync':
      case 'sync':
      case 'marker query':
        this.#take();
        break;
      default:
        return 'stop';
    }
    this.#status = status;
    this.#begun = false;
    this.#implicitWork = false;
    this.#readiesSeen += 1;
    for (const account of this.#open) account.finish(true);
    if (this.#open.length > 0) this.#open = [];
    this.#listener.ready(status, this.#clean);
    if (status === 'idle') this.#clean = true;
    if (first.kind === 'own sync') first.onReady(status);
    return first.kind === 'own sync' || isHeld(first) ? 'swallow' : 'forward';
  }
}

function isSync(entry: Expected): boolean {
  return entry.kind === 'sync' || entry.kind === 'own sync';
}

function isHeld(entry: Expected): boolean {
  switch (entry.kind) {
    case 'query':
    case 'execute':
      return entry.run.held;
    case 'bind':
    case 'describe portal':
      return entry.held;
    default:
      return false;
  }
}

function endsInReady(entry: Expected): boolean {
  return isSync(entry) || entry.kind === 'query' || entry.kind === 'marker query';
}

/** The account that ends with an entry, if it has one. */
function toAccount(entry: Expected): OperationAccount | undefined {
  switch (entry.kind) {
    case 'query':
    case 'execute':
      return entry.run.account;
    case 'bind':
      return entry.portal.account;
    case 'parse':
      return entry.statement.unused?.account;
    case 'marker query':
    case 'marker parse':
    case 'describe statement':
    case 'describe portal':
    case 'close':
    case 'sync':
    case 'own':
    case 'own sync':
      return undefined;
  }
}
