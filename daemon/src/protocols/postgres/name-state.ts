/**
 * What one connection has changed about how names are read: its search path, and definitions that no snapshot shows yet.
 * Where it is not certain which of several states holds, all of them do: names then mean the union.
 * INVARIANT: it may know too much, never too little.
 */

import type { CatalogSnapshot, Effect, NameContext, StatementFacts } from '@agentguard/rules';
import type { TransactionStatus } from './backend-messages.ts';

/** Search paths that may hold at once before the path counts as unknown. */
const MAX_POSSIBLE_PATHS = 8;

/** A schema list, or the one a fresh session of the role has. */
type Path = readonly string[] | 'default';

/** A SET of the search path that holds after COMMIT, spelled so plainly that no reading is needed. */
const SESSION_SET = /^\s*set\s+(?:session\s+)?search_path\b/i;
const RESETS =
  /^\s*(?:reset\s+(?:search_path|all)|discard\s+all|set\s+(?:session\s+)?search_path\s*(?:=|to)\s*default)\b/i;

/** The name state of one connection. */
export class NameState {
  /** Path of the session outside any transaction. */
  #settled: Path;
  /** What RESET goes back to. */
  readonly #initial: Path;
  /** Every path that may hold now, beside the settled one. Empty outside transactions, mostly. */
  #possible: Path[] = [];
  #uncertain = false;
  /** The last path that was set plainly since the last idle moment; null when it was set in another way. */
  #plain: Path | null = null;
  #changed = false;
  /** The server reports search_path (PostgreSQL 18 does); what it last said. */
  #reported: Path | null = null;
  #ownRelations = new Set<string>();
  #hidden = false;
  #ddlPending = false;
  /** The connection acts as somebody else than it logged in as: "$user" means another schema for the rest of its life. */
  #otherRole = false;
  #signature = '';
  #context: { catalog: CatalogSnapshot; signature: string; context: NameContext } | null = null;
  readonly #prepared: (name: string) => StatementFacts | undefined;

  /**
   * @param options.initialPath search_path that the startup message asked for, as text
   * @param options.reportedPath search_path as the server reported it at the start, as text
   * @param options.prepared facts of the connection's prepared statements
   */
  constructor(options: {
    readonly initialPath: string | undefined;
    readonly reportedPath: string | undefined;
    readonly prepared: (name: string) => StatementFacts | undefined;
  }) {
    const asked = options.reportedPath ?? options.initialPath;
    this.#initial = asked === undefined ? 'default' : parseSearchPath(asked);
    this.#reported = options.reportedPath === undefined ? null : this.#initial;
    this.#settled = this.#initial;
    this.#prepared = options.prepared;
    this.#sign();
  }

  /** Equal signatures mean equal reading of names under the same catalog. */
  get signature(): string {
    return this.#signature;
  }

  /** Whether the end of the transaction may change how names are read. */
  get pending(): boolean {
    return this.#changed || this.#hidden || this.#ddlPending || this.#ownRelations.size > 0;
  }

  /** The context that an analysis reads names in. The same object as long as nothing changed. */
  toContext(catalog: CatalogSnapshot): NameContext {
    const held = this.#context;
    if (held?.catalog === catalog && held.signature === this.#signature) return held.context;
    const context = this.#makeContext(catalog);
    this.#context = { catalog, signature: this.#signature, context };
    return context;
  }

  /** A statement ended well. */
  applied(statement: StatementFacts, text: string): void {
    for (const effect of statement.effects) this.#apply(effect, statement, text);
    this.#sign();
  }

  /** The server reported its search_path. It is right as of now. */
  reported(value: string): void {
    this.#reported = parseSearchPath(value);
    this.#possible.push(this.#reported);
    this.#changed = true;
    this.#sign();
  }

  /**
   * The server is ready.
   * @param clean nothing failed and nothing was rolled back since the last idle moment
   * @returns whether definitions that everybody sees may have changed: a fresh catalog is needed
   */
  ready(status: TransactionStatus, clean: boolean): boolean {
    if (status !== 'idle') return false;
    if (this.#reported !== null) this.#settle(this.#reported);
    else if (this.#changed && clean && this.#plain !== null) this.#settle(this.#plain);
    const changed = this.#ddlPending;
    this.#ddlPending = false;
    this.#hidden = false;
    this.#plain = null;
    this.#changed = false;
    if (this.#ownRelations.size > 0) this.#ownRelations = new Set();
    this.#sign();
    return changed;
  }

  #settle(path: Path): void {
    this.#settled = path;
    this.#possible = [];
    this.#uncertain = false;
  }

  #apply(effect: Effect, statement: StatementFacts, text: string): void {
    switch (effect.kind) {
      case 'setting':
        this.#set(effect.name, effect.value, text.slice(statement.start, statement.end));
        return;
      case 'identity':
        this.#otherRole = true;
        return;
      case 'create':
        this.#create(effect, statement);
        return;
      case 'drop':
        this.#ownRelations.delete(effect.object.name);
        this.#define();
        return;
      case 'alter':
      case 'catalog write':
        this.#define();
        return;
      case 'privilege':
        this.#ddlPending = true;
        return;
      case 'unknown':
      case 'outside':
      case 'late':
        this.#losePath();
        this.#define();
        return;
      case 'read':
      case 'insert':
      case 'update':
      case 'delete':
      case 'truncate':
      case 'transaction':
      case 'lock':
      case 'notify':
      case 'listen':
      case 'sequence':
      case 'maintenance':
        return;
    }
  }

  #create(effect: Effect & { kind: 'create' }, statement: StatementFacts): void {
    const { kind, name } = effect.object;
    if (kind === 'prepared statement') return;
    this.#ddlPending = true;
    if (kind === 'table' || kind === 'sequence') {
      this.#ownRelations.add(name);
      return;
    }
    // A schema that was just made is empty, and an index runs functions only where it was made of some.
    const inert = kind === 'schema' || kind === 'index' || kind === 'role' || kind === 'database';
    if (inert && statement.functions.every((use) => use.seen === 'harmless')) return;
    this.#hidden = true;
  }

  #define(): void {
    this.#ddlPending = true;
    this.#hidden = true;
  }

  #set(name: string, value: string | null, text: string): void {
    switch (name.toLowerCase()) {
      case 'search_path':
        this.#setPath(value, text);
        return;
      case 'all':
        this.#resetPath(text);
        return;
      case 'role':
      case 'session_authorization':
        this.#otherRole = true;
        return;
      default:
        return;
    }
  }

  #setPath(value: string | null, text: string): void {
    if (value === null) {
      this.#resetPath(text);
      return;
    }
    const path = parseSearchPath(value);
    this.#plain = SESSION_SET.test(text) ? path : null;
    this.#addPossible(path);
  }

  #resetPath(text: string): void {
    if (!RESETS.test(text)) {
      this.#losePath();
      return;
    }
    this.#plain = this.#initial;
    this.#addPossible(this.#initial);
  }

  #addPossible(path: Path): void {
    this.#changed = true;
    this.#possible.push(path);
    if (this.#possible.length > MAX_POSSIBLE_PATHS) this.#losePath();
  }

  #losePath(): void {
    this.#changed = true;
    this.#uncertain = true;
    this.#plain = null;
    this.#possible = [];
  }

  #makeContext(catalog: CatalogSnapshot): NameContext {
    const paths = [this.#settled, ...this.#possible];
    const known = new Map(paths.map((path) => [JSON.stringify(path), path]));
    return {
      catalog,
      searchPaths: [...known.values()].map((path) => toSchemas(path, catalog)),
      anySearchPath: this.#uncertain || this.#otherRole,
      ownRelations: new Set(this.#ownRelations),
      hiddenDefinitions: this.#hidden,
      prepared: this.#prepared,
    };
  }

  #sign(): void {
    const certain = !this.#uncertain && !this.#otherRole && !this.#hidden;
    if (certain && this.#possible.length === 0 && this.#ownRelations.size === 0) {
      this.#signature = JSON.stringify(this.#settled);
      return;
    }
    const own = [...this.#ownRelations].sort();
    this.#signature = JSON.stringify([
      this.#settled,
      this.#possible,
      this.#uncertain || this.#otherRole,
      this.#hidden,
      own,
    ]);
  }
}

function toSchemas(path: Path, catalog: CatalogSnapshot): readonly string[] {
  if (path === 'default') return catalog.searchPath;
  return path.map((schema) => (schema === '$user' ? catalog.user : schema));
}

/** Reads a list of identifiers as the server does (SplitIdentifierString): quoted ones as they are, others in lower case. */
export function parseSearchPath(value: string): readonly string[] {
  const schemas: string[] = [];
  const pattern = /\s*(?:"((?:[^"]|"")*)"|([^",]*))\s*(?:,|$)/y;
  while (pattern.lastIndex < value.length) {
    const found = pattern.exec(value);
    if (found === null) break;
    const quoted = found[1];
    const schema =
      quoted === undefined ? (found[2] ?? '').trim().toLowerCase() : quoted.replaceAll('""', '"');
    if (schema !== '') schemas.push(schema);
  }
  return schemas;
}
