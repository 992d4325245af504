/**
 * Runs a statement in a transaction that is held until its effect is judged: what opens the transaction and reads the
 * counters goes upstream in one flight with the statement, its answer is kept back, and only a verdict commits.
 * Pure, as the conversation that it is a part of.
 *
 * INVARIANT: nothing of a held run is committed before `judged` said so. Whatever fails on the way ends in a rollback.
 * INVARIANT: what opens the transaction stands in one extended pipeline with the statement, without a Sync between them: when
 * it fails, the server skips the statement.
 */

import { rowsChanged, toCounts } from '@agentguard/rules';
import type { CatalogSnapshot, SqlFacts } from '@agentguard/rules';
import type { HeldResult, HeldRun } from '../../enforcement/enforcement.ts';
import type { TransactionStatus } from './backend-messages.ts';
import type { Outbox } from './commands.ts';
import type { ClientQueue } from './client-queue.ts';
import { encodeOwnStatement, encodeReadyForQuery, SYNC_MESSAGE } from './encode.ts';
import type { OwnAnswer } from './expected-replies.ts';
import { HeldReply } from './held-reply.ts';
import * as sql from './measurement-sql.ts';
import type { TextRow } from './text-row.ts';
import { OperationAccount } from './outcomes.ts';
import { SUSPENDED } from './reply-tracker.ts';
import type { ReplyTracker } from './reply-tracker.ts';
import type { Consequences, Rulings } from './rulings.ts';

/** A statement that is to be run and measured. */
export interface HeldUnit {
  /** `query`: a Query message, answered with ReadyForQuery. `portal`: a Bind with its Execute. */
  readonly mode: 'query' | 'portal';
  readonly facts: SqlFacts;
  /** Whether what would be sent still means what was judged. */
  readonly stillSame: () => boolean;
  /** Sends it and says what is expected. Called once for each run. */
  readonly send: (account: OperationAccount) => void;
  /** What becomes of it when it is not run in this way any more. */
  readonly otherwise: Omit<Consequences, 'held'>;
}

/** What held runs work with. */
export interface HeldParts {
  readonly out: Outbox;
  readonly queue: ClientQueue;
  readonly tracker: ReplyTracker;
  readonly rulings: Rulings;
  readonly catalog: () => CatalogSnapshot | null;
  /** Discards what the client sends until Sync. */
  readonly skipToSync: () => void;
  /** The server is not where we put it: nothing can be said any more. */
  readonly lost: () => void;
}

/** SQLSTATEs of a bound that was reached: query_canceled, lock_not_available, deadlock_detected. */
const BOUNDED = new Set(['57014', '55P03', '40P01']);

/** SQLSTATE query_canceled. */
const CANCELED = '57014';

interface Current {
  readonly unit: HeldUnit;
  readonly run: HeldRun;
  readonly account: OperationAccount;
  readonly plan: sql.BeforePlan;
  /** The client has a transaction of its own, or an earlier part of its pipeline is held. */
  nested: boolean;
  cancelled: boolean;
  /** Deferred triggers were made to act. */
  forced: 'not needed' | 'asked for' | 'done' | 'failed';
  /** SQLSTATE of what failed before the statement could run. */
  refusedBefore: string | null;
  /** SQLSTATE of what failed behind it. */
  refusedAfter: string | null;
  statusBehind: TransactionStatus | null;
  before: {
    probe: readonly TextRow[];
    inventory: readonly TextRow[];
    counts: readonly TextRow[];
    /** Rows of the tables that are emptied, in their order. */
    rows: (readonly TextRow[])[];
  };
  after: { probe: readonly TextRow[] | null; inventory: readonly TextRow[] };
  changed: number;
}

type Phase = 'none' | 'queued' | 'running' | 'judging' | 'ending';

/** Held runs of one connection, one at a time. */
export class HeldRuns {
  readonly #parts: HeldParts;
  readonly #reply = new HeldReply();
  #phase: Phase = 'none';
  #current: Current | null = null;
  #judgements = 0;
  /** The client's pipeline runs in a transaction of ours, which ends with its Sync. */
  #open = false;
  #openAccounts: OperationAccount[] = [];
  /** Rows that measured statements have changed in the transaction that is open. */
  #transactionRows = 0;
  #gone = false;
  /** What the statement means for those that follow, once it is certain to stay. */
  #whenKept: (() => void)[] = [];

  constructor(parts: HeldParts) {
    this.#parts = parts;
  }

  /** Nothing else of the client is dealt with meanwhile. */
  get busy(): boolean {
    return this.#phase !== 'none';
  }

  /** The transaction that is open is ours, not the client's. */
  get open(): boolean {
    return this.#open;
  }

  /** Bytes of the server that answer the held statement. */
  hold(slice: Buffer): void {
    this.#reply.push(slice);
  }

  /** Does this when the run that is under way is kept, and never when it is rolled back. */
  whenKept(apply: () => void): void {
    this.#whenKept.push(apply);
  }

  /** Begins, as soon as it is certain where the server stands. */
  start(unit: HeldUnit, run: HeldRun): void {
    const { catalog } = this.#parts;
    this.#current = {
      unit,
      run,
      account: new OperationAccount(run),
      plan: sql.toBeforePlan(unit.facts, catalog()),
      nested: false,
      cancelled: false,
      forced: 'not needed',
      refusedBefore: null,
      refusedAfter: null,
      statusBehind: null,
      before: { probe: [], inventory: [], counts: [], rows: [] },
      after: { probe: null, inventory: [] },
      changed: 0,
    };
    this.#phase = 'queued';
    this.serverAnswered();
  }

  /** Something was answered. */
  serverAnswered(): void {
    const current = this.#current;
    if (this.#phase !== 'queued' || current === null) return;
    const { tracker, out } = this.#parts;
    if (!tracker.settled) {
      out.flush();
      return;
    }
    if (tracker.status === 'failed') {
      // Nothing can be changed in a failed transaction, and the server's own words are the best.
      this.#finish();
      current.unit.otherwise.permitted(current.account);
      return;
    }
    if (!current.unit.stillSame()) {
      this.#finish();
      current.account.finish(true);
      current.unit.otherwise.refused({ kind: 'definitions changed' });
      return;
    }
    this.#phase = 'running';
    this.#sendRun(current);
  }

  /** The server is ready, so a transaction may have ended. */
  ready(status: TransactionStatus): void {
    if (status === 'idle') this.#transactionRows = 0;
  }

  /** The client cancels what runs. */
  cancel(): void {
    if (this.#current !== null) this.#current.cancelled = true;
  }

  /** A verdict came. */
  judged(id: number, verdict: 'commit' | 'roll back'): void {
    const current = this.#current;
    if (current === null || this.#phase !== 'judging' || id !== this.#judgements) return;
    this.#phase = 'ending';
    if (verdict === 'commit') {
      this.#transactionRows += current.changed;
      for (const apply of this.#whenKept) apply();
      this.#commit(current);
      return;
    }
    this.#rollBack(current, () => this.#goOn(current));
  }

  /** Reads something inside of the held transaction, for whoever judges. Answered by the command `looked`. */
  look(id: number, text: string): void {
    if (this.#current === null || this.#phase !== 'judging' || id !== this.#judgements) return;
    let rows: readonly TextRow[] | null = null;
    this.#own(text, (answer) => {
      if (answer.kind === 'done') ({ rows } = answer);
    });
    this.#sync((status) => {
      if (status === 'failed') rows = null;
      this.#parts.out.push({ kind: 'looked', id, rows });
    });
  }

  /** Ends the transaction of a pipeline in place of the client's Sync. */
  endPipeline(): void {
    this.#phase = 'ending';
    // What failed in the pipeline makes the server skip everything up to here; the COMMIT of a failed transaction rolls it back.
    this.#sync(() => this.#reply.mark());
    let ended: OwnAnswer = { kind: 'failed', code: null };
    this.#own(sql.COMMIT, (answer) => (ended = answer), { errorIsClients: true });
    this.#sync((status) => {
      const well = ended.kind === 'done' && ended.tag === 'COMMIT';
      this.#release(ended.kind === 'done' ? 'all' : 'behind the mark', status);
      for (const account of this.#openAccounts) {
        if (!well) account.fail(ended.kind === 'failed' ? ended.code : null);
        account.finish(true);
      }
      this.#openAccounts = [];
      this.#open = false;
      this.#finish();
    });
  }

  /** The connection is over. Without a COMMIT under way the server takes everything back. */
  abandon(): void {
    if (this.#gone) return;
    this.#gone = true;
    const committing = this.#phase === 'ending';
    const { account } = this.#current ?? {};
    if (!committing) account?.fail(null);
    account?.finish(!committing);
    for (const open of this.#openAccounts) {
      if (!committing) open.fail(null);
      open.finish(!committing);
    }
    this.#openAccounts = [];
    this.#current = null;
    this.#reply.clear();
  }

  #sendRun(current: Current): void {
    const { tracker } = this.#parts;
    const { run, unit, plan, account } = current;
    current.nested = tracker.status !== 'idle';
    if (!current.nested && tracker.implicitWork) {
      // Earlier parts of the pipeline were answered already: a rollback must not take them along.
      this.#before(current, sql.BEGIN);
      this.#open = true;
      current.nested = true;
    }
    this.#before(current, current.nested ? sql.SAVEPOINT : sql.BEGIN);
    if (run.bounds !== null) this.#before(current, sql.boundRun(run.bounds));
    const lock = sql.lockSql(plan);
    if (lock !== null) this.#before(current, lock);
    const count = sql.countSql(plan);
    if (count !== null) this.#before(current, count, (rows) => (current.before.counts = rows));
    current.before.rows = plan.emptied.map(() => []);
    for (const [at, table] of plan.emptied.entries()) {
      if (!table.counted) continue;
      this.#before(current, sql.rowsSql(table), (rows) => (current.before.rows[at] = rows));
    }
    if (plan.inventory)
      this.#before(current, sql.INVENTORY, (rows) => (current.before.inventory = rows));
    this.#before(current, sql.PROBE, (rows) => (current.before.probe = rows));
    unit.send(account);
    this.#sync((status) => {
      current.statusBehind = status;
      this.#reply.mark();
    });
    this.#sendReading(current);
  }

  /** Something that the statement stands behind. When it fails, the server skips the statement. */
  #before(current: Current, text: string, take?: (rows: readonly TextRow[]) => void): void {
    this.#own(text, (answer) => {
      if (answer.kind === 'done') take?.(answer.rows);
      else current.refusedBefore ??= answer.code ?? 'skipped';
    });
  }

  #sendReading(current: Current): void {
    const force = this.#mayDefer();
    if (force) current.forced = 'asked for';
    if (force && !current.nested) this.#force(current, true);
    if (!force || current.nested) this.#read(current);
    this.#sync(() => {
      if (!force || !current.nested) this.#complete(current);
    });
    if (!force || !current.nested) return;
    this.#after(current, sql.SAVEPOINT_FORCING);
    this.#force(current, false);
    this.#sync(() => undefined);
    // They stay deferred for the client, whatever they did here.
    this.#own(sql.ROLLBACK_TO_FORCING, () => undefined);
    this.#own(sql.RELEASE_FORCING, () => undefined);
    this.#sync(() => this.#complete(current));
  }

  #force(current: Current, errorIsClients: boolean): void {
    this.#own(
      sql.FORCE_CONSTRAINTS,
      (answer) => {
        current.forced = answer.kind === 'done' ? 'done' : 'failed';
        if (answer.kind === 'failed' && !current.nested) current.refusedAfter ??= answer.code;
      },
      { errorIsClients },
    );
    this.#read(current);
  }

  #read(current: Current): void {
    this.#after(current, sql.PROBE, (rows) => (current.after.probe = rows));
    if (current.plan.inventory)
      this.#after(current, sql.INVENTORY, (rows) => (current.after.inventory = rows));
  }

  #after(current: Current, text: string, take?: (rows: readonly TextRow[]) => void): void {
    this.#own(text, (answer) => {
      if (answer.kind === 'done') take?.(answer.rows);
      else if (answer.code !== null && current.forced !== 'failed')
        current.refusedAfter ??= answer.code;
    });
  }

  /** Triggers of the database that may act as late as COMMIT. Deferred keys only check, and need not be forced. */
  #mayDefer(): boolean {
    const catalog = this.#parts.catalog();
    if (catalog === null) return true;
    return catalog.relations.some(({ triggers }) =>
      triggers.some(({ enabled, deferred }) => enabled && deferred),
    );
  }

  /** Everything was answered. */
  #complete(current: Current): void {
    const { account, cancelled, run } = current;
    const { errorCode } = account;
    if (current.refusedBefore === null && current.statusBehind === 'idle') {
      // SECURITY(P-80): the statement left the transaction that it was put into.
      this.#parts.lost();
      return;
    }
    if (current.refusedBefore === 'skipped') {
      // Something of the client's before it failed, and the client knows; nothing of this was run.
      account.fail(null);
      account.finish(true);
      this.#parts.skipToSync();
      this.#finish();
    } else if (cancelled && (current.refusedBefore !== null || current.refusedAfter === CANCELED)) {
      this.#refuse(current, { kind: 'cancelled' });
    } else if (current.refusedBefore !== null) {
      this.#notMeasured(current, toWhy(current.refusedBefore));
    } else if (this.#reply.overflown) {
      this.#ask(current, { kind: 'answer too long' });
    } else if (errorCode === SUSPENDED) {
      this.#refuse(current, { kind: 'measured apart' });
    } else if (account.failed) {
      const bounded = run.bounds !== null && !cancelled && BOUNDED.has(errorCode ?? '');
      if (bounded) this.#notMeasured(current, toWhy(errorCode ?? ''));
      else this.#clientsError(current, 'all');
    } else if (current.refusedAfter !== null && current.forced === 'failed') {
      account.fail(current.refusedAfter);
      this.#clientsError(current, 'behind the mark');
    } else this.#judge(current);
  }

  #judge(current: Current): void {
    const { before, after, plan } = current;
    if (current.nested && current.forced === 'failed') {
      this.#notMeasured(current, 'what its deferred constraints will do cannot be counted yet');
      return;
    }
    let at = 0;
    const emptied = plan.emptied.map(({ table, counted }) => {
      const rows = counted ? Number(before.counts[at++]?.[0] ?? Number.NaN) : null;
      return { table, rows: rows !== null && Number.isNaN(rows) ? null : rows };
    });
    const counted =
      after.probe === null
        ? null
        : sql.toCounted(before, { probe: after.probe, inventory: after.inventory }, emptied);
    if (counted === null) {
      this.#notMeasured(current, 'the server does not count changed rows (track_counts)');
      return;
    }
    current.changed = rowsChanged(toCounts(counted.measurement)) ?? 0;
    const changedBefore = this.#transactionRows;
    const own = !current.nested;
    const emptiedRows = plan.emptied.map(({ schema, name }, index) => {
      const rows = before.rows[index] ?? [];
      return { schema, name, rows: rows.length === emptied[index]?.rows ? rows : null };
    });
    this.#ask(current, { kind: 'measured', ...counted, emptiedRows, changedBefore, own });
  }

  #notMeasured(current: Current, why: string): void {
    this.#ask(current, { kind: 'not measured', why });
  }

  #ask(current: Current, result: HeldResult): void {
    this.#phase = 'judging';
    this.#judgements += 1;
    this.#parts.out.push({ kind: 'judge', id: this.#judgements, run: current.run, result });
  }

  /** It failed for itself: the client gets the server's own words, and nothing remains. */
  #clientsError(current: Current, part: 'all' | 'behind the mark'): void {
    this.#phase = 'ending';
    const tell = (status: TransactionStatus): void => {
      if (current.unit.mode === 'query') this.#release(part, status);
      else {
        this.#release(part, null);
        this.#parts.skipToSync();
      }
      current.account.finish(true);
      this.#finish();
    };
    if (current.nested) {
      // As without us: the client's transaction has failed, and the client takes it from there.
      tell('failed');
      return;
    }
    this.#own(sql.ROLLBACK, () => undefined);
    this.#sync(tell);
  }

  #commit(current: Current): void {
    const { nested, unit } = current;
    if (!nested && unit.mode === 'portal') {
      // The client's pipeline goes on; its Sync commits, as it would without us.
      this.#open = true;
      this.#openAccounts.push(current.account);
      const { first } = this.#parts.queue;
      const syncs = first?.kind === 'message' && first.message.kind === 'sync';
      if (!syncs) this.#release('all', null);
      this.#finish();
      return;
    }
    let ended: OwnAnswer = { kind: 'failed', code: null };
    this.#own(nested ? sql.RELEASE : sql.COMMIT, (answer) => (ended = answer), {
      errorIsClients: true,
    });
    this.#sync((status) => {
      const well = ended.kind === 'done' && ended.tag !== 'ROLLBACK';
      if (!well) current.account.fail(ended.kind === 'failed' ? ended.code : null);
      this.#release(well ? 'all' : 'behind the mark', unit.mode === 'query' ? status : null);
      if (!well && unit.mode === 'portal') this.#parts.skipToSync();
      if (this.#open && well) this.#openAccounts.push(current.account);
      else current.account.finish(true);
      this.#finish();
    });
  }

  #refuse(current: Current, refusal: Parameters<HeldUnit['otherwise']['refused']>[0]): void {
    this.#phase = 'ending';
    this.#rollBack(current, () => {
      current.account.fail(CANCELED);
      current.account.finish(true);
      this.#finish();
      current.unit.otherwise.refused(refusal);
    });
  }

  #rollBack(current: Current, then: () => void): void {
    this.#reply.clear();
    if (current.nested) {
      this.#own(sql.ROLLBACK_TO, () => undefined);
      this.#own(sql.RELEASE, () => undefined);
    } else this.#own(sql.ROLLBACK, () => undefined);
    this.#sync((status) => {
      const back = current.nested ? 'in transaction' : 'idle';
      // A savepoint that could not be set is nothing to go back to; the transaction is where it was, or failed.
      if (status === back || (current.nested && current.refusedBefore !== null)) then();
      else this.#parts.lost();
    });
  }

  /** Nothing of it remains. Whoever judged says what becomes of it, and may take the time of a person. */
  #goOn(current: Current): void {
    const { unit, run } = current;
    current.account.finish(true);
    this.#finish();
    this.#parts.rulings.goOn(run, {
      ...unit.otherwise,
      held: (again) => this.start(unit, again),
    });
  }

  #release(part: 'all' | 'behind the mark', status: TransactionStatus | null): void {
    const { out } = this.#parts;
    for (const bytes of this.#reply.take(part)) out.push({ kind: 'downstream', bytes });
    if (status !== null) out.push({ kind: 'downstream', bytes: encodeReadyForQuery(status) });
  }

  #finish(): void {
    this.#whenKept = [];
    this.#phase = 'none';
    this.#current = null;
  }

  #own(
    text: string,
    onEnd: (answer: OwnAnswer) => void,
    options: { readonly errorIsClients: boolean } = { errorIsClients: false },
  ): void {
    this.#parts.out.sendHeld(encodeOwnStatement(text));
    this.#parts.tracker.expect({ kind: 'own', rows: [], tag: '', closes: 0, onEnd, ...options });
  }

  #sync(onReady: (status: TransactionStatus) => void): void {
    this.#parts.out.sendFlushing(SYNC_MESSAGE);
    this.#parts.tracker.expect({
      kind: 'own sync',
      onReady: (status) => {
        if (!this.#gone) onReady(status);
      },
    });
  }
}

function toWhy(code: string): string {
  if (code === '55P03') return 'others hold locks that it waits for';
  if (code === '40P01') return 'it came into a deadlock with others';
  if (code === CANCELED) return 'it takes longer than a measurement may';
  return 'the server refused to count';
}
