/** What was seen of the statements, and what is wrong with it. */

import type { SqlClass } from '@agentguard/rules';

/** Reasons that the full run prints. */
const MAX_REASONS = 60;

/** Sums over all scripts. */
export class Tally {
  readonly #classes = new Map<SqlClass, number>();
  readonly #numbers = new Map<string, number>();
  readonly #reasons = new Map<string, number>();
  readonly problems: string[] = [];

  statement(kind: SqlClass): void {
    this.#classes.set(kind, (this.#classes.get(kind) ?? 0) + 1);
  }

  count(what: string): void {
    this.#numbers.set(what, (this.#numbers.get(what) ?? 0) + 1);
  }

  number(what: string): number {
    return this.#numbers.get(what) ?? 0;
  }

  /** A read that changed nothing and is asked about all the same. */
  falseAlarm(reason: string): void {
    this.count('reads that changed nothing and are called unknown');
    this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1);
  }

  complain(file: string, text: string, what: string): void {
    this.problems.push(`${file}: ${text.slice(0, 300).replaceAll(/\s+/g, ' ')}: ${what}`);
  }

  /** For people. @param full with the reasons of false alarms */
  describe(full: boolean): string {
    const total = [...this.#classes.values()].reduce((sum, n) => sum + n, 0);
    const lines = [`regression statements: ${total}`, ...descending(this.#classes)];
    lines.push(...descending(this.#numbers));
    if (full) {
      const reasons = descending(this.#reasons).slice(0, MAX_REASONS);
      lines.push('why reads are called unknown:', ...reasons);
    }
    return lines.join('\n  ');
  }
}

function descending(counts: ReadonlyMap<string, number>): readonly string[] {
  return [...counts].toSorted(([, a], [, b]) => b - a).map(([what, n]) => `${n} ${what}`);
}
