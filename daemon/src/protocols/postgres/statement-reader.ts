/**
 * Reads statements for one connection: under its own names, when the catalog is there, and not before whatever could change
 * the reading is answered.
 */

import type { CatalogSnapshot, SqlFacts, StatementFacts } from '@agentguard/rules';
import type { Outbox } from './commands.ts';
import type { Run } from './expected-replies.ts';
import { stampOf, unreadable } from './facts.ts';
import type { FactsReader, Reading } from './facts.ts';
import { UNRESOLVED_REFRESH_MS } from './limits.ts';
import type { NameState } from './name-state.ts';
import type { OperationAccount } from './outcomes.ts';
import type { PreparedNames, ReadingStamp } from './prepared.ts';
import type { Reach } from './reach.ts';

/** What a reader is built from. */
export interface StatementReaderParts {
  readonly facts: FactsReader;
  /** The catalog as it is known now; null while it is being read. */
  readonly catalog: () => CatalogSnapshot | null;
  readonly names: NameState;
  /** How far the connection reaches now. */
  readonly reach: () => Reach;
  readonly prepared: PreparedNames;
  /** Something that may change the reading is not answered yet. */
  readonly gated: () => boolean;
  readonly out: Outbox;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
}

/** A text that stands behind a name, and whether it is certain that it does. */
export interface NamedSource {
  readonly source: string;
  readonly parameterTypes: readonly string[];
  readonly doubtful: boolean;
}

/** Never current: what carries it is read again before it is used. */
export const NO_STAMP: ReadingStamp = { catalog: '', names: '' };

const DOUBTFUL = 'it cannot be told which statement stands under this name';

const EMPTY_STATEMENT: StatementFacts = {
  command: '',
  start: 0,
  end: 0,
  effects: [],
  functions: [],
  changesState: false,
};

/** Reads statements of one connection. */
export class StatementReader {
  readonly #parts: StatementReaderParts;
  #awaitsCatalog = false;
  #refreshedAt = Number.NEGATIVE_INFINITY;

  constructor(parts: StatementReaderParts) {
    this.#parts = parts;
  }

  /** The catalog was asked for and has not come. */
  get awaitsCatalog(): boolean {
    return this.#awaitsCatalog;
  }

  /** The catalog was read, or could not be. */
  catalogReady(): void {
    this.#awaitsCatalog = false;
    this.#refreshedAt = this.#parts.now();
  }

  /** Facts of a text under what holds now; null when that is not known yet. */
  read(text: string, parameterTypes: readonly string[] = []): Reading | null {
    if (this.#parts.gated()) return null;
    const catalog = this.#parts.catalog();
    if (catalog === null) {
      this.#askForCatalog();
      return null;
    }
    const { facts, names, reach } = this.#parts;
    const reading = facts.read(text, catalog, names, parameterTypes, reach());
    return this.#isWorthAnotherLook(reading) ? null : reading;
  }

  /** Facts of the text behind a name, as far as it is the text. */
  readNamed({ source, parameterTypes, doubtful }: NamedSource): Reading | null {
    if (this.#parts.gated()) return null;
    if (doubtful) {
      const facts = unreadable(source, DOUBTFUL);
      return { facts, stamp: NO_STAMP, sent: null, rewriting: null };
    }
    const reading = this.read(source, parameterTypes);
    return reading === null ? null : { ...reading, facts: withoutPrepare(reading.facts) };
  }

  /** The facts of a text once leave was given: the catalog may have moved while somebody thought. */
  factsNow(text: string, reading: Reading): SqlFacts {
    // While it is being read again, the facts that were ruled on are the best there are.
    if (this.#parts.catalog() === null) return reading.facts;
    return this.isCurrent(reading.stamp) ? reading.facts : this.reread(text);
  }

  /** Reads again after leave was given, and never waits: what cannot be read now is unknown. */
  reread(text: string, parameterTypes: readonly string[] = []): SqlFacts {
    const catalog = this.#parts.catalog();
    if (catalog === null) return unreadable(text, 'the catalog is being read');
    const { facts, names, reach } = this.#parts;
    return facts.read(text, catalog, names, parameterTypes, reach()).facts;
  }

  rereadNamed({ source, parameterTypes, doubtful }: NamedSource): SqlFacts {
    return doubtful
      ? unreadable(source, DOUBTFUL)
      : withoutPrepare(this.reread(source, parameterTypes));
  }

  /** Whether reading again would give the same. */
  isCurrent(stamp: ReadingStamp): boolean {
    const { names, catalog, reach } = this.#parts;
    return stamp.names === stampOf(names, reach()) && stamp.catalog === catalog()?.version;
  }

  /** Whether what a text was turned into when it was read is what it would be turned into now. */
  isStillSent(text: string, reading: Reading, parameterTypes: readonly string[] = []): boolean {
    if (this.isCurrent(reading.stamp)) return true;
    const { catalog, facts, names, reach } = this.#parts;
    const snapshot = catalog();
    if (snapshot === null) return reach().kind === 'whole' && reading.rewriting === null;
    const now = facts.read(text, snapshot, names, parameterTypes, reach());
    return sameReach(now, reading);
  }

  /** For SQL EXECUTE: what a name of this connection stands for; undefined when that is not certain. */
  factsOfPrepared(name: string): StatementFacts | undefined {
    const { prepared, catalog, facts, names, reach } = this.#parts;
    const statement = prepared.statement(name);
    if (statement === undefined || statement.doubtful) return undefined;
    if (!prepared.isStatementCertain(name)) return undefined;
    if (!this.isCurrent(statement.stamp)) {
      const snapshot = catalog();
      if (snapshot === null) return undefined;
      const { text, parameterTypes } = statement;
      const reading = facts.read(text, snapshot, names, parameterTypes, reach());
      if (!sameReach(reading, statement)) return undefined;
      statement.facts = withoutPrepare(reading.facts);
      statement.stamp = reading.stamp;
    }
    return statement.facts.statements[0] ?? EMPTY_STATEMENT;
  }

  /** What has to be known of a text while it runs. */
  toRun(
    text: string,
    facts: SqlFacts,
    account: OperationAccount,
    reached: Pick<Reading, 'sent' | 'rewriting'> & { readonly held?: boolean },
  ): Run {
    let gatesReading = false;
    let gatesCopy = false;
    for (const statement of facts.statements) {
      gatesReading ||= this.#gatesReading(statement);
      gatesCopy ||= statement.command.startsWith('COPY') || statement.command === 'UNKNOWN';
    }
    const { sent, rewriting, held = false } = reached;
    const gates = { gatesReading, gatesCopy, copyGateOpen: false };
    return { text, facts, account, sent, rewriting, ...gates, held };
  }

  /** The end of a transaction that changed no names leaves the next statement readable. */
  #gatesReading(statement: StatementFacts): boolean {
    if (!statement.changesState) return false;
    const ends = statement.effects.every((effect) => effect.kind === 'transaction');
    return !ends || this.#parts.names.pending;
  }

  /** A name that the catalog does not show may have come to exist a moment ago: the catalog is read again, now and then. */
  #isWorthAnotherLook(reading: Reading): boolean {
    if (reading.facts.unresolved === undefined) return false;
    if (this.#parts.now() - this.#refreshedAt < UNRESOLVED_REFRESH_MS) return false;
    this.#parts.out.push({ kind: 'catalog changed' });
    this.#askForCatalog();
    return true;
  }

  #askForCatalog(): void {
    this.#awaitsCatalog = true;
    this.#parts.out.push({ kind: 'await catalog' });
  }
}

/** Whether two readings send the same under the same role, and neither is refused. */
export function sameReach(
  one: Pick<Reading, 'sent' | 'rewriting'>,
  other: Pick<Reading, 'sent' | 'rewriting'>,
): boolean {
  const role = one.rewriting?.role === other.rewriting?.role;
  const texts = JSON.stringify(one.sent) === JSON.stringify(other.sent);
  return role && texts && one.rewriting?.refusal == null && other.rewriting?.refusal == null;
}

/** Whether two readings found the same. */
export function sameFacts(one: SqlFacts, other: SqlFacts): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

/** PREPARE as the statement it prepares: what remains when the name is taken away. */
export function withoutPrepare(facts: SqlFacts): SqlFacts {
  const prepares = facts.statements.some((statement) => statement.effects.some(isPrepare));
  if (!prepares) return facts;
  const statements = facts.statements.map((statement) => ({
    ...statement,
    effects: statement.effects.filter((effect) => !isPrepare(effect)),
  }));
  return { ...facts, statements };
}

/** Whether an effect is the making of a prepared statement. */
export function isPrepare(effect: StatementFacts['effects'][number]): boolean {
  return effect.kind === 'create' && effect.object.kind === 'prepared statement';
}
