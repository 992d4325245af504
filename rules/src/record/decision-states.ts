/**
 * How far each decision of the record has come: let through, asked about, ended.
 * Fed with the entries in order; says what does not fit, and which operations never ended.
 */

import type { RecordedEntry } from './entry-leaf.ts';

/** `running`: let through, no outcome yet. `asking`: put to a person, not answered yet. */
export type OpenState = 'running' | 'asking';

/** An operation whose end is not on the record. */
export interface OpenDecision {
  readonly decision: string;
  /** Index of its intent. */
  readonly index: number;
  readonly state: OpenState;
}

/** What becomes of an asked decision, by the answer of its approval. Every other answer ends it. */
const AFTER_ANSWER: ReadonlyMap<string, OpenState> = new Map([
  ['approved', 'running'],
  ['grant used', 'running'],
]);

/** Follows the decisions of a record. */
export class DecisionStates {
  // Insertion order is the order of the intents, so that the first one is the lowest.
  readonly #open = new Map<string, { readonly index: number; readonly state: OpenState }>();
  /** Decisions that have ended: `true` with an outcome. Null when nobody asks for what does not fit. */
  readonly #ended: Map<string, boolean> | null;

  /** @param options `checking`: remember ended decisions, so that what does not fit is found */
  constructor(options: { readonly checking: boolean }) {
    this.#ended = options.checking ? new Map() : null;
  }

  /** Takes the next entry; returns what does not fit, or null. */
  apply(entry: RecordedEntry, index: number): string | null {
    switch (entry.type) {
      case 'intent':
        return this.#intent(entry.decision, entry.verdict, index);
      case 'approval':
        return this.#approval(entry.decision, entry.answer);
      case 'outcome':
        return this.#outcome(entry.decision, entry.result);
      case 'event':
        return null;
    }
  }

  /** The operations that have not ended, in the order of their intents. */
  unfinished(): readonly OpenDecision[] {
    return [...this.#open].map(([decision, { index, state }]) => ({ decision, index, state }));
  }

  /** Index of the first intent that has not ended, or `size` when all have. */
  settledBelow(size: number): number {
    const first = this.#open.values().next();
    return first.done === true ? size : first.value.index;
  }

  #intent(decision: string, verdict: 'allow' | 'ask' | 'deny', index: number): string | null {
    if (this.#open.has(decision) || this.#ended?.has(decision) === true) {
      return 'a second intent of the same decision';
    }
    if (verdict === 'deny') this.#ended?.set(decision, false);
    else this.#open.set(decision, { index, state: verdict === 'ask' ? 'asking' : 'running' });
    return null;
  }

  #approval(decision: string, answer: string): string | null {
    const open = this.#open.get(decision);
    if (open === undefined) {
      // A late answer comes after the question has ended.
      return this.#ended?.has(decision) === false ? 'an approval without an intent' : null;
    }
    const state = AFTER_ANSWER.get(answer);
    if (state === undefined) this.#end(decision, false);
    else this.#open.set(decision, { index: open.index, state });
    return null;
  }

  #outcome(decision: string, result: string): string | null {
    const open = this.#open.get(decision);
    if (open !== undefined) {
      this.#end(decision, true);
      // Cut off while asking: `unknown` is how a restart closes what it finds. What was rolled back was run for its numbers
      // alone, before anybody could be asked with them; it left nothing.
      const leavesNothing = result === 'unknown' || result === 'rolled back' || result === 'failed';
      const fits = open.state === 'running' || leavesNothing;
      return fits ? null : 'an outcome of an operation that nobody approved';
    }
    if (this.#ended === null) return null;
    const before = this.#ended.get(decision);
    this.#ended.set(decision, true);
    if (before === undefined) return 'an outcome without an intent';
    return before ? 'a second outcome' : 'an outcome of an operation that was not let through';
  }

  #end(decision: string, withOutcome: boolean): void {
    this.#open.delete(decision);
    this.#ended?.set(decision, withOutcome);
  }
}
