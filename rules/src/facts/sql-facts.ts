/**
 * Facts of one SQL message: what each of its statements would do, resolved against the catalog.
 * Produced by `sql/`, consumed by `decide/` and by the record; never holds the syntax tree.
 */

import type { Effect } from './effect.ts';

/** A function, operator or cast that a statement reaches. */
export interface FunctionUse {
  readonly schema: string | null;
  readonly name: string;
  /** `harmless`: known built-in without side effect; `followed`: its body was read and its effects are listed; `unknown`: not seen through. */
  readonly seen: 'harmless' | 'followed' | 'unknown';
}

/** Facts of one statement. */
export interface StatementFacts {
  /** The command as its tag reads: `SELECT`, `DELETE`, `ALTER TABLE`, `EXPLAIN`. */
  readonly command: string;
  /** Where the statement stands in the message: UTF-16 offsets, end exclusive. */
  readonly start: number;
  readonly end: number;
  /** Everything it does, worst and least. Empty only for statements that do nothing (an empty query). */
  readonly effects: readonly Effect[];
  readonly functions: readonly FunctionUse[];
  /** Reads in `effects` that the statement's own text does, where a function or another definition does them as well. */
  readonly readAgain?: readonly Effect[];
  /**
   * True when a later statement may be read, resolved or checked differently once this one ran:
   * settings, DDL, temporary objects, prepared statements, transaction ends, unknown effects.
   */
  readonly changesState: boolean;
}

/** Facts of one message (one `Query`, or one `Parse`). */
export interface SqlFacts {
  readonly statements: readonly StatementFacts[];
  /**
   * True when the same facts hold for every text that differs only in literal values,
   * so that a cache may answer for the whole shape.
   */
  readonly literalsIgnored: boolean;
  /**
   * Literals that hold a secret (PASSWORD of a role, options of a user mapping, a connection string), as UTF-16
   * ranges of the message. Whoever shows or records the text masks them first.
   */
  readonly secretSpans: readonly TextSpan[];
  /**
   * Names of relations, functions and operators in the message that the catalog does not show. Left out when there are
   * none. Whoever holds the catalog reads it afresh and asks again, since they may have come to exist.
   */
  readonly unresolved?: readonly string[];
}

/** A range of the message in UTF-16 units, end exclusive. */
export interface TextSpan {
  readonly start: number;
  readonly end: number;
}

/** The strongest thing that a message does; `nothing` for an empty one. */
export type SqlClass =
  'nothing' | 'read' | 'session' | 'connect' | 'write' | 'ddl' | 'outside' | 'unknown';

const CLASS_RANK: Readonly<Record<SqlClass, number>> = {
  nothing: 0,
  read: 1,
  session: 2,
  connect: 3,
  write: 4,
  ddl: 5,
  outside: 6,
  unknown: 7,
};

/** Class of one effect. */
export function classOfEffect(effect: Effect): SqlClass {
  switch (effect.kind) {
    case 'read':
      return 'read';
    case 'setting':
    case 'identity':
    case 'transaction':
    case 'listen':
    case 'lock':
      return 'session';
    case 'insert':
    case 'update':
    case 'delete':
    case 'sequence':
    case 'notify':
    case 'maintenance':
    case 'late':
      return 'write';
    case 'truncate':
    case 'create':
    case 'alter':
    case 'drop':
    case 'privilege':
    case 'catalog write':
      return 'ddl';
    case 'connect':
      return 'connect';
    case 'outside':
    case 'tool':
    case 'mcp':
      return 'outside';
    case 'http':
      return classOfDeed(effect.deed);
    case 'unknown':
      return 'unknown';
  }
}

/** What an API takes away or hands out, no transaction brings back. */
function classOfDeed(deed: Extract<Effect, { readonly kind: 'http' }>['deed']): SqlClass {
  switch (deed) {
    case 'read':
      return 'read';
    case 'write':
      return 'write';
    case 'destroy':
    case 'reveal':
    case 'mint':
      return 'outside';
  }
}

/** The strongest class among effects; `nothing` for none. */
export function strongestClass(effects: readonly Effect[]): SqlClass {
  let strongest: SqlClass = 'nothing';
  for (const effect of effects) {
    const candidate = classOfEffect(effect);
    if (CLASS_RANK[candidate] > CLASS_RANK[strongest]) strongest = candidate;
  }
  return strongest;
}

/** The strongest class among all effects of a message. */
export function classOfFacts(facts: SqlFacts): SqlClass {
  return strongestClass(facts.statements.flatMap(({ effects }) => effects));
}

/**
 * Whether the message may change anything that outlives its own connection.
 * Decides how durable its intent must be: everything but reads and session state waits for the disk.
 */
export function mayChangeSomething(facts: SqlFacts): boolean {
  const strongest = classOfFacts(facts);
  return strongest !== 'nothing' && strongest !== 'read' && strongest !== 'session';
}
