/**
 * What is carried along while a tree is read: where we are, how names are looked up, and where findings go.
 * The rooms of the analysis call each other in circles (a statement calls a function whose body is statements), so they
 * meet only in the `Reader` here and never import each other upwards.
 */

import type { Node } from '@pgsql/types';

import type { Effect, RowBound, Via } from '../facts/effect.ts';
import type { FunctionUse } from '../facts/sql-facts.ts';
import type { CatalogCast, CatalogRelation, Oid } from './catalog.ts';
import { isSystemSchema } from './names.ts';
import type { NameLookup, SearchPaths } from './names.ts';
import type { SqlParser } from './parser.ts';
import { visitChildren, without } from './syntax.ts';
import type { Part } from './syntax.ts';

/** A WITH query in scope. */
export interface CommonTable {
  readonly name: string;
  readonly query: Node | undefined;
  readonly outer: CommonTable | null;
}

/** Where the reading stands. Never changed, only replaced for what is further inside. */
export interface Scope extends NameLookup {
  readonly findings: Findings;
  readonly reader: Reader;
  readonly parser: SqlParser;
  readonly via: Via;
  /** The search paths in force when code runs here; `paths` differs from it in texts that the server bound. */
  readonly session: SearchPaths;
  /** Paths that code in this message sets: they may hold inside a function that sets its own. */
  readonly learned: SearchPaths;
  readonly commonTables: CommonTable | null;
  /** The statement is planned and not run: only what the planner may call counts. */
  readonly planOnly: boolean;
  /** The text is the client's own message, not a definition from the catalog. */
  readonly fromMessage: boolean;
  /** The one setting whose row of pg_settings the statement reads, which `name` then means in it; null otherwise. */
  readonly settingRow: string | null;
}

/** The parts of the analysis that need each other. */
export interface Reader {
  /** Reads a node wherever it stands, with everything inside. */
  part(part: Part, scope: Scope): void;
  /** Reads a statement, at the top or inside another. */
  statement(part: Part, scope: Scope): void;
  /** Parses a text of any number of statements and reads them. */
  text(text: string, scope: Scope): void;
  /** Parses one expression that the catalog holds and reads it. */
  expression(text: string, scope: Scope): void;
  /** Parses CREATE FUNCTION with a body in the standard's syntax and reads that body. */
  standardBody(text: string, scope: Scope): void;
  /** Parses CREATE RULE and reads its actions. */
  ruleActions(text: string, scope: Scope): void;
  /** Follows the function with that number. */
  functionByOid(oid: Oid, scope: Scope): void;
  /** Follows the function of a trigger. */
  triggerFunction(oid: Oid, scope: Scope): void;
  /** Follows the foreign keys that act on a write. */
  cascade(relation: CatalogRelation, write: RowWrite, scope: Scope): void;
}

/** A change of rows. */
export interface RowWrite {
  readonly event: 'insert' | 'update' | 'delete';
  /** Columns that an UPDATE sets, or to which an INSERT gives values of its own; empty when they are not known. */
  readonly columns: readonly string[];
  /** Columns that an INSERT names, with a value of its own or not; empty when it names none. */
  readonly named?: readonly string[];
  readonly rows: RowBound;
  /** Children and partitions are reached as well: there is no ONLY. */
  readonly inherit: boolean;
  /** Defaults of columns may be evaluated. */
  readonly defaults: boolean;
}

type Bodies<Any> = Any extends Effect ? Omit<Any, 'via'> : never;

/** An effect without its path, which the scope knows. */
export type EffectBody = Bodies<Effect>;

/** Notes that something happens here. */
export function emit(scope: Scope, body: EffectBody): void {
  const effect: Effect = { ...body, via: scope.via };
  scope.findings.add(effect);
  if (definesSystemObject(effect)) {
    scope.findings.add({ kind: 'catalog write', object: effect.object, via: scope.via });
  }
}

/** A definition in a schema of the server changes what the server itself is taken for. */
function definesSystemObject(
  effect: Effect,
): effect is Effect & { readonly kind: 'create' | 'alter' | 'drop' } {
  const defines = effect.kind === 'create' || effect.kind === 'alter' || effect.kind === 'drop';
  return defines && effect.object.schema !== null && isSystemSchema(effect.object.schema);
}

/** Notes that it could not be seen what happens here. */
export function emitUnknown(scope: Scope, reason: string): void {
  scope.findings.add({ kind: 'unknown', reason, via: scope.via });
}

/** The scope of something that is reached through another. */
export function through(scope: Scope, step: string): Scope {
  return { ...scope, via: [...scope.via, step] };
}

/** Reads a node that may be missing. */
export function readNode(node: Node | undefined, scope: Scope): void {
  if (node === undefined) return;
  for (const [kind, fields] of Object.entries(node)) scope.reader.part({ kind, fields }, scope);
}

/** Reads every node of a list that may be missing. */
export function readNodes(nodes: readonly Node[] | undefined, scope: Scope): void {
  for (const node of nodes ?? []) readNode(node, scope);
}

/** Reads everything inside a node, some of its fields left out. */
export function readParts(part: Part, scope: Scope, except: readonly string[] = []): void {
  const fields = except.length === 0 ? part.fields : without(part.fields, except);
  const complete = visitChildren({ kind: part.kind, fields }, (child) =>
    scope.reader.part(child, scope),
  );
  if (!complete) emitUnknown(scope, `a part of ${part.kind} is not understood`);
}

/**
 * Nodes that may stand inside one another before the reading gives up. The deepest ordinary statements stay below 100;
 * the call stack holds about ten times this.
 */
export const MAX_DEPTH = 700;

/** Definitions that one statement may reach before the reading gives up. */
const MAX_DEFINITIONS = 2000;

/** Effects of one statement that are listed before the rest is summed up as unknown. */
const MAX_EFFECTS = 2000;

/** A cast, and the place that it would run at. */
export interface CastingPlace {
  readonly cast: CatalogCast;
  readonly scope: Scope;
}

/** WITH queries of one statement, and of what it reaches, before the reading gives up. */
const MAX_COMMON_TABLES = 1000;

/** What was found in one statement. */
export class Findings {
  readonly #effects = new Map<string, Effect>();
  readonly #readAgain = new Map<string, Effect>();
  readonly #functions = new Map<string, FunctionUse>();
  readonly #visited = new Set<string>();
  /** Names of relations and functions in the message that no catalog object matches. */
  readonly unresolved = new Set<string>();
  /** Types of which a value may be at hand, by number. */
  readonly types = new Set<string>();
  /** Casts that apply if a value of their source type turns out to be at hand. */
  casting: CastingPlace[] = [];
  /** A value of a type that was not followed may be at hand, so every cast may apply. */
  anyType = false;
  #depth = 0;
  #commonTables = 0;
  #literalsMatter = false;

  get effects(): readonly Effect[] {
    return [...this.#effects.values()];
  }

  /** Reads that are listed for the statement's own text and that something else in it does as well. */
  get readAgain(): readonly Effect[] {
    return [...this.#readAgain.values()];
  }

  get functions(): readonly FunctionUse[] {
    return [...this.#functions.values()];
  }

  /** True when a decision above looked at the value of a literal in the message. */
  get literalsMatter(): boolean {
    return this.#literalsMatter;
  }

  /** The casts that wait, which wait no more. */
  takeCasting(): readonly CastingPlace[] {
    const waiting = this.casting;
    this.casting = [];
    return waiting;
  }

  /** Whether that many WITH queries more can be told apart: looking one up grows with their number. */
  hasRoomForCommonTables(count: number): boolean {
    this.#commonTables += count;
    return this.#commonTables <= MAX_COMMON_TABLES;
  }

  /** Notes that the value of a literal decided something. */
  literalDecides(): void {
    this.#literalsMatter = true;
  }

  /** Notes an effect once. A read is listed once however it is reached. */
  add(effect: Effect): void {
    const key =
      effect.kind === 'read'
        ? `read ${effect.object.schema ?? ''}.${effect.object.name}`
        : JSON.stringify(effect);
    const listed = this.#effects.get(key);
    if (listed !== undefined) {
      if (isDirect(listed.via) && !isDirect(effect.via)) this.#readAgain.set(key, effect);
      return;
    }
    if (this.#effects.size >= MAX_EFFECTS) {
      const rest: Effect = { kind: 'unknown', reason: 'it does too much to be listed', via: [] };
      this.#effects.set('rest', rest);
      return;
    }
    this.#effects.set(key, effect);
  }

  /** Notes that a function is reached. What is unknown of one overload stays so. */
  use(use: FunctionUse): void {
    const key = `${use.schema ?? ''}.${use.name}`;
    const known = this.#functions.get(key);
    if (known === undefined || rank(use) > rank(known)) this.#functions.set(key, use);
  }

  /**
   * Whether a definition is met for the first time, so that it is to be followed.
   * @param what kind and number of the definition
   */
  meets(what: string, scope: Scope): boolean {
    const key = `${what} ${scope.planOnly ? 'planned' : 'run'} ${scope.session.key}`;
    if (this.#visited.has(key)) return false;
    if (this.#visited.size >= MAX_DEFINITIONS) {
      emitUnknown({ ...scope, via: [] }, 'it reaches too many definitions');
      return false;
    }
    this.#visited.add(key);
    return true;
  }

  /** Runs a reading one level further inside, or notes that this is too deep. */
  deeper(scope: Scope, read: () => void): void {
    if (this.#depth >= MAX_DEPTH) {
      emitUnknown({ ...scope, via: [] }, 'it is nested too deeply');
      return;
    }
    this.#depth += 1;
    read();
    this.#depth -= 1;
  }
}

/** What a statement reads by its own text, WITH queries and prepared statements included. */
function isDirect(via: Via): boolean {
  return via.every((step) => step.startsWith('CTE ') || step.startsWith('prepared statement '));
}

const RANK: Readonly<Record<FunctionUse['seen'], number>> = {
  harmless: 0,
  followed: 1,
  unknown: 2,
};

function rank(use: FunctionUse): number {
  return RANK[use.seen];
}
