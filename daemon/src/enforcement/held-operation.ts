/**
 * One operation that runs in a held transaction: judges its numbers, and remembers what became of it for the record.
 * SECURITY(P-81): it is committed only within its limit, or within what a person approved; everything else is rolled back.
 */

import { isWithin, rowsChanged, toCounts, whyOverLimit } from '@agentguard/rules';
import type { Counts, Decision } from '@agentguard/rules';
import type {
  Forecast,
  HeldResult,
  HeldRun,
  HoldBounds,
  Look,
  Operation,
  Outcome,
  Ruling,
} from './enforcement.ts';

/** Keeps rows of what an operation changes, for a person to see and to bring back. */
export interface RowKeeper {
  /** What could be shown and saved. Never throws: what cannot be read is said. */
  forecast(held: HeldRows, look: Look): Promise<Forecast>;
  /** Saves what the decision's operation changes, while it is held. Never throws. */
  save(held: HeldRows, decision: string, look: Look): Promise<{ readonly ok: true } | NotSaved>;
}

export interface NotSaved {
  readonly ok: false;
  /** A clause. */
  readonly why: string;
}

const NOT_KEPT = 'no rows are saved here';

/** Stands where nobody keeps rows. */
export const KEEPS_NO_ROWS: RowKeeper = {
  forecast: () => {
    const undo = `cannot be undone: ${NOT_KEPT}`;
    return Promise.resolve({ samples: [], undo, undoable: false });
  },
  save: () => Promise.resolve({ ok: false, why: NOT_KEPT }),
};

/** A held run as the keeper of rows sees it. */
export interface HeldRows {
  readonly operation: Operation;
  readonly result: Extract<HeldResult, { kind: 'measured' }>;
}

/** What decides about a run. */
export type HoldPlan =
  /** It is sure to be asked about: it runs for its numbers alone. */
  | { readonly kind: 'count'; readonly bounds: HoldBounds }
  /** It is allowed as long as it stays within a limit. */
  | { readonly kind: 'limit'; readonly rows: number; readonly before: () => number }
  /** A person approved these numbers. */
  | { readonly kind: 'approved'; readonly counts: Counts };

/** What became of a run that was rolled back. */
export type RolledBack =
  | {
      readonly kind: 'counted';
      readonly counts: Counts;
      readonly forecast: Forecast;
      readonly over: string | null;
    }
  | { readonly kind: 'not counted'; readonly why: string }
  | { readonly kind: 'answer too long' };

/** What a held operation is built from. */
export interface HeldOperationParts {
  readonly operation: Operation;
  readonly decision: Decision;
  readonly plan: HoldPlan;
  readonly rows: RowKeeper;
  readonly maxRowsReturned: number | null;
  /** It may be committed: told before it is. */
  readonly onCommit: (counts: Counts) => void;
  readonly goOn: (what: RolledBack, signal: AbortSignal) => Promise<Ruling>;
  /** Told once how it ended. */
  readonly finish: (outcome: Outcome) => void;
}

/** The one implementation of HeldRun. */
export class HeldOperation implements HeldRun {
  readonly #parts: HeldOperationParts;
  #counts: Counts | null = null;
  #committed = false;
  #rolledBack: RolledBack = { kind: 'not counted', why: 'it was never run' };

  constructor(parts: HeldOperationParts) {
    this.#parts = parts;
  }

  get decision(): string {
    return this.#parts.decision.id;
  }

  get maxRowsReturned(): number | null {
    return this.#parts.maxRowsReturned;
  }

  get bounds(): HoldBounds | null {
    const { plan } = this.#parts;
    return plan.kind === 'count' ? plan.bounds : null;
  }

  async judge(result: HeldResult, look: Look): Promise<'commit' | 'roll back'> {
    if (result.kind === 'answer too long') {
      this.#rolledBack = { kind: 'answer too long' };
      return 'roll back';
    }
    if (result.kind === 'not measured') {
      this.#rolledBack = { kind: 'not counted', why: result.why };
      return 'roll back';
    }
    const counts = toCounts(result.measurement);
    this.#counts = counts;
    const why = await this.#whyNot(counts, result, look);
    if (why === null) {
      this.#committed = true;
      this.#parts.onCommit(counts);
      return 'commit';
    }
    const held = { operation: this.#parts.operation, result };
    const forecast = why.forecast ?? (await this.#parts.rows.forecast(held, look));
    this.#rolledBack = { kind: 'counted', counts, forecast, over: why.over };
    return 'roll back';
  }

  afterRollback(signal: AbortSignal): Promise<Ruling> {
    return this.#parts.goOn(this.#rolledBack, signal);
  }

  finish(outcome: Outcome): void {
    const measured = this.#counts ?? undefined;
    const counted = measured === undefined ? null : rowsChanged(measured);
    // What never came to a commit left nothing, whatever its tags said.
    const result = this.#committed || outcome.result !== 'done' ? outcome.result : 'rolled back';
    this.#parts.finish({
      ...outcome,
      result,
      rowsChanged: this.#committed ? (counted ?? outcome.rowsChanged) : null,
      ...(measured === undefined ? {} : { measured }),
    });
  }

  /** Null when it may be committed. */
  async #whyNot(
    counts: Counts,
    result: HeldRows['result'],
    look: Look,
  ): Promise<{ readonly over: string | null; readonly forecast?: Forecast } | null> {
    const { plan } = this.#parts;
    switch (plan.kind) {
      case 'count':
        return { over: null };
      case 'limit': {
        const before = { transaction: result.changedBefore, session: plan.before() };
        const over = whyOverLimit(counts, plan.rows, before);
        return over === null ? null : { over };
      }
      case 'approved':
        return isWithin(counts, plan.counts) ? this.#whyNotSaved(result, look) : { over: null };
    }
  }

  /** SECURITY(P-82): what was said to be undoable is saved before it is committed, or it is not committed. */
  async #whyNotSaved(
    result: HeldRows['result'],
    look: Look,
  ): Promise<{ over: null; forecast: Forecast } | null> {
    const { operation, rows, decision } = this.#parts;
    if (operation.forecast?.undoable !== true) return null;
    const saved = await rows.save({ operation, result }, decision.id, look);
    if (saved.ok) return null;
    const { samples } = operation.forecast;
    const undo = `cannot be undone: ${saved.why}`;
    return { over: null, forecast: { samples, undo, undoable: false } };
  }
}
