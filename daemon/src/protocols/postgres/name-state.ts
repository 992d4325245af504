/**
 * What one connection has changed about how names are read: its search path, and definitions that no snapshot shows yet.
 * Where it is not certain which of several states holds, all of them do: names then mean the union.
 * INVARIANT: it may know too much, never too little.
 */

import { hidesDefinitions, parseSearchPath } from '@agentguard/rules';
import type { CatalogSnapshot, Effect, NameContext, StatementFacts } from '@agentguard/rules';
import type { TransactionStatus } from './backend-messages.ts';

/** Search paths that may hold at once before the path counts as unknown. */
const MAX_POSSIBLE_PATHS = 8;

/** Relations of its own that are remembered; past it the catalog is read instead. */
const MAX_OWN_RELATIONS = 256;

/** A schema list with `$user` as it stands. */
type Path = readonly string[];

/** Spellings of SET that need no reading: what holds after COMMIT, what ends with the transaction, what goes back. */
const SESSION_SET = /^\s*set\s+(?:session\s+)?search_path\b/i;
const LOCAL_SET = /^\s*set\s+local\s+search_path\b/i;
const RESETS =
  /^\s*(?:reset\s+(?:search_path|all)|discard\s+all|set\s+(?:session\s+)?search_path\s*(?:=|to)\s*default)\b/i;

/** What the rules call a setting whose name they cannot tell. */
const NAMELESS_SETTINGS = new Set(['a computed setting', 'a setting of pg_settings']);

/** What the current transaction did to the path, as far as it matters once it ends. */
type PathChange =
  | { readonly kind: 'none' }
  /** The last plain SET; it holds when the transaction commits. */
  | { readonly kind: 'plain'; readonly path: Path }
  | { readonly kind: 'unclear' };

const UNCHANGED: PathChange = { kind: 'none' };

/** The name state of one connection. */
export class NameState {
  /** What RESET goes back to. */
  readonly #initial: Path;
  /** Paths that may hold outside of the current transaction; mostly one. */
  #settled: readonly Path[];
  /** Paths that the current transaction set. */
  #inside: readonly Path[] = [];
  #change: PathChange = UNCHANGED;
  /** The path could be any: it was set in a way that could not be read, and the server has not reported it since. */
  #lost = false;
  /** What the server last reported; null before PostgreSQL 18, which does not. */
  #reported: Path | null;
  /** Tables and sequences of the current transaction, and temporary ones of the whole session. */
  readonly #own = new Set<string>();
  readonly #ownTemporary = new Set<string>();
  #hidden = false;
  #catalogMoved = false;
  /** The connection acts as somebody else than it logged in as: `$user` means another schema for the rest of its life. */
  #otherRole = false;
  #signature: string | null = null;
  #context: { catalog: CatalogSnapshot; signature: string; context: NameContext } | null = null;
  readonly #prepared: (name: string) => StatementFacts | undefined;

  /**
   * @param options.rolePath schemas that a session of the role begins with. As they were when this one began: the server
   *   keeps them for the life of a session, whatever ALTER ROLE says meanwhile
   * @param options.initialPath search_path that the startup message asked for, as text
   * @param options.reportedPath search_path as the server reported it at the start, as text
   * @param options.prepared facts of the connection's prepared statements
   */
  constructor(options: {
    readonly rolePath: readonly string[];
    readonly initialPath: string | undefined;
    readonly reportedPath: string | undefined;
    readonly prepared: (name: string) => StatementFacts | undefined;
  }) {
    const text = options.reportedPath ?? options.initialPath;
    const path = text === undefined ? options.rolePath : toPath(text);
    this.#initial = path ?? options.rolePath;
    this.#lost = path === null;
    this.#reported = options.reportedPath === undefined ? null : this.#initial;
    this.#settled = [this.#initial];
    this.#prepared = options.prepared;
  }

  /** Equal signatures mean equal reading of names under the same catalog. */
  get signature(): string {
    this.#signature ??= JSON.stringify([
      this.#settled,
      this.#inside,
      this.#anyPath,
      this.#hides,
      [...this.#own, ...this.#ownTemporary].sort(),
    ]);
    return this.#signature;
  }

  /** Whether the end of the transaction may change how names are read. */
  get pending(): boolean {
    const names = this.#inside.length > 0 || this.#own.size > 0;
    return names || this.#hidden || this.#catalogMoved || this.#change.kind !== 'none';
  }

  /** The context that an analysis reads names in. The same object as long as nothing changed. */
  toContext(catalog: CatalogSnapshot): NameContext {
    const { signature } = this;
    const held = this.#context;
    if (held?.catalog === catalog && held.signature === signature) return held.context;
    const context = this.#makeContext(catalog);
    this.#context = { catalog, signature, context };
    return context;
  }

  /**
   * A statement ended well.
   * @param text the message that `statement` is a part of
   */
  applied(statement: StatementFacts, text: string): void {
    for (const effect of statement.effects) {
      this.#apply(effect, () => text.slice(statement.start, statement.end));
    }
  }

  /** The server reported its search_path. It is right as of now. */
  reported(value: string): void {
    const path = toPath(value);
    this.#reported = path;
    if (path === null) this.#losePath();
    else this.#addPath(path, { kind: 'unclear' });
  }

  /**
   * The server is ready.
   * @param clean nothing failed and nothing was rolled back since the last idle moment
   * @returns whether definitions that everybody sees may have changed: a fresh catalog is needed
   */
  ready(status: TransactionStatus, clean: boolean): boolean {
    if (status !== 'idle' || !(this.pending || this.#lost)) return false;
    this.#settle(clean);
    const moved = this.#catalogMoved || this.#ownTemporary.size > MAX_OWN_RELATIONS;
    if (this.#ownTemporary.size > MAX_OWN_RELATIONS) this.#ownTemporary.clear();
    this.#own.clear();
    this.#catalogMoved = false;
    this.#hidden = false;
    this.#signature = null;
    return moved;
  }

  get #anyPath(): boolean {
    return this.#lost || this.#otherRole;
  }

  get #hides(): boolean {
    return this.#hidden || this.#otherRole;
  }

  /** Decides which paths hold after the transaction. */
  #settle(clean: boolean): void {
    if (this.#reported !== null) {
      this.#settled = [this.#reported];
      this.#lost = false;
    } else if (this.#change.kind === 'plain' && clean) {
      this.#settled = [this.#change.path];
      this.#lost = false;
    } else if (this.#change.kind !== 'none') {
      this.#settled = distinct([...this.#settled, ...this.#inside]);
      this.#lost ||= this.#settled.length > MAX_POSSIBLE_PATHS;
    }
    this.#inside = [];
    this.#change = UNCHANGED;
  }

  #apply(effect: Effect, text: () => string): void {
    switch (effect.kind) {
      case 'setting':
        this.#set(effect.name.toLowerCase(), effect.value, text());
        return;
      case 'identity':
        this.#otherRole = true;
        this.#signature = null;
        return;
      case 'create':
      case 'drop':
      case 'alter':
        this.#define(effect);
        return;
      case 'privilege':
        this.#catalogMoved = true;
        return;
      case 'catalog write':
      case 'unknown':
      case 'outside':
      case 'late':
        // Whatever ran there may also have set the path.
        this.#losePath();
        this.#hidden = true;
        this.#catalogMoved = true;
        return;
      case 'connect':
      case 'http':
      case 'mcp':
      case 'tool':
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

  #define(effect: Effect & { kind: 'create' | 'drop' | 'alter' }): void {
    const { kind, name, schema } = effect.object;
    // Prepared statements have a table of their own.
    if (kind === 'prepared statement') return;
    const temporary = schema === 'pg_temp';
    if (effect.kind === 'create' && (kind === 'table' || kind === 'sequence')) {
      (temporary ? this.#ownTemporary : this.#own).add(name);
    }
    this.#hidden ||= hidesDefinitions(effect) || this.#own.size > MAX_OWN_RELATIONS;
    this.#catalogMoved ||= !temporary || this.#hidden;
    this.#signature = null;
  }

  #set(name: string, value: string | null, text: string): void {
    if (name === 'search_path' || name === 'all') this.#setPath(value, text);
    else if (name === 'role' || name === 'session_authorization') this.#otherRole = true;
    else if (NAMELESS_SETTINGS.has(name)) this.#losePath();
    this.#signature = null;
  }

  #setPath(value: string | null, text: string): void {
    if (RESETS.test(text)) {
      this.#addPath(this.#initial, { kind: 'plain', path: this.#initial });
      return;
    }
    const path = value === null ? null : toPath(value);
    if (path === null) this.#losePath();
    else if (LOCAL_SET.test(text)) this.#addPath(path, this.#change);
    else if (SESSION_SET.test(text)) this.#addPath(path, { kind: 'plain', path });
    else this.#addPath(path, { kind: 'unclear' });
  }

  #addPath(path: Path, change: PathChange): void {
    // Once it is unclear what the transaction did, a plain SET does make it clear again, since the last one counts.
    this.#change = change;
    this.#inside = distinct([...this.#inside, path]);
    if (this.#inside.length > MAX_POSSIBLE_PATHS) this.#losePath();
    this.#signature = null;
  }

  #losePath(): void {
    this.#lost = true;
    this.#change = { kind: 'unclear' };
    this.#inside = [];
    this.#signature = null;
  }

  #makeContext(catalog: CatalogSnapshot): NameContext {
    const paths = distinct([...this.#settled, ...this.#inside]);
    return {
      catalog,
      searchPaths: paths.map((path) => toSchemas(path, catalog)),
      anySearchPath: this.#anyPath,
      ownRelations: new Set([...this.#own, ...this.#ownTemporary]),
      hiddenDefinitions: this.#hides,
      prepared: this.#prepared,
    };
  }
}

/** `$user` stays as it is, since its meaning belongs to the catalog. */
function toPath(text: string): Path | null {
  return parseSearchPath(text, '$user');
}

function toSchemas(path: Path, catalog: CatalogSnapshot): readonly string[] {
  return path.map((schema) => (schema === '$user' ? catalog.user : schema));
}

function distinct(paths: readonly Path[]): readonly Path[] {
  return [...new Map(paths.map((path) => [JSON.stringify(path), path])).values()];
}
