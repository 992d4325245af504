/**
 * From statement text to facts, under the catalog and the name state that hold now. Two caches spare most of the parsing:
 * by exact text, and by the shape of a text whose facts do not depend on its literals.
 * INVARIANT: a cached answer is given only under the same catalog version and the same name state. Whatever goes wrong
 * while reading is an unknown effect, never none.
 */

import type { CatalogSnapshot, NameContext, SqlFacts, StatementFacts } from '@agentguard/rules';
import { FACTS_CACHE_ENTRIES, MAX_CACHED_TEXT, MAX_SHARED_NAME_STATES } from './limits.ts';
import type { NameState } from './name-state.ts';
import type { ReadingStamp } from './prepared.ts';
import { readInReach, WHOLE } from './reach.ts';
import type { Reach, Reached } from './reach.ts';

/** Reads one message. Pure; may throw when the parser is broken. */
export type Analyze = (text: string, context: NameContext) => SqlFacts;

/** A key that texts share when they differ in literals only; null for what has none. */
export type ToShape = (text: string) => string | null;

/** How often the caches answered. */
export interface FactsCounters {
  exactHits: number;
  shapeHits: number;
  misses: number;
}

/** Facts, what is sent, and what both hold under. */
export interface Reading extends Reached {
  readonly stamp: ReadingStamp;
}

/** Units of text that one generation of a cache keeps, so that many long texts cannot fill the memory. */
const MAX_GENERATION_UNITS = 4 * 1_048_576;

/**
 * A map that forgets the older half of what it knows. Two generations: evicting the oldest entry of one Map costs 7 µs,
 * this costs 0.4 µs.
 */
export class TwoGenerationCache<T> {
  #young = new Map<string, T>();
  #old = new Map<string, T>();
  #units = 0;

  get(key: string): T | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: string, value: T): void {
    if (this.#young.size >= FACTS_CACHE_ENTRIES || this.#units > MAX_GENERATION_UNITS) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#units = 0;
    }
    this.#young.set(key, value);
    this.#units += key.length;
  }
}

interface Caches {
  readonly exact: TwoGenerationCache<SqlFacts>;
  readonly shapes: TwoGenerationCache<SqlFacts>;
  readonly reached: TwoGenerationCache<Reached>;
}

/** Reads statements for all connections to one resource. */
export class FactsReader {
  readonly #analyze: Analyze;
  readonly #toShape: ToShape;
  #version = '';
  #caches = new Map<string, Caches>();
  readonly counters: FactsCounters = { exactHits: 0, shapeHits: 0, misses: 0 };

  constructor(analyze: Analyze, toShape: ToShape = () => null) {
    this.#analyze = analyze;
    this.#toShape = toShape;
  }

  /**
   * Facts of one message under the given catalog and names. Never throws.
   * @param parameterTypes types, not the server's own, that the client declared for parameters
   * @param reach how far the connection reaches
   */
  read(
    text: string,
    catalog: CatalogSnapshot,
    names: NameState,
    parameterTypes: readonly string[] = [],
    reach: Reach = WHOLE,
  ): Reading {
    const stamp = { catalog: catalog.version, names: stampOf(names, reach) };
    if (reach.kind === 'role') {
      const context = { ...names.toContext(catalog), parameterTypes };
      return {
        ...this.#readInReach(text, reach, { context, caches: this.#cachesFor(stamp) }),
        stamp,
      };
    }
    return { ...this.#readWhole(text, { catalog, names, parameterTypes, stamp }), stamp };
  }

  #readWhole(
    text: string,
    under: {
      readonly catalog: CatalogSnapshot;
      readonly names: NameState;
      readonly parameterTypes: readonly string[];
      readonly stamp: ReadingStamp;
    },
  ): Reached {
    const { catalog, names, parameterTypes, stamp } = under;
    if (parameterTypes.length > 0) {
      // SECURITY(P-02): taking a value of such a type runs its code, so the text alone is no key for a cache.
      this.counters.misses += 1;
      const context = { ...names.toContext(catalog), parameterTypes };
      return asSent(this.#analyzeSafely(text, context) ?? unreadable(text));
    }
    const caches = this.#cachesFor(stamp);
    const exact = caches.exact.get(text);
    if (exact !== undefined) {
      this.counters.exactHits += 1;
      return asSent(exact);
    }
    const shape = text.length > MAX_CACHED_TEXT ? null : this.#toShape(text);
    const alike = shape === null ? undefined : caches.shapes.get(shape);
    if (alike !== undefined) {
      this.counters.shapeHits += 1;
      return asSent(withSpan(alike, text));
    }
    this.counters.misses += 1;
    return asSent(this.#readAnew(text, shape, { caches, context: names.toContext(catalog) }));
  }

  /** What a role makes of a text may hang on its literals, so it is kept by the exact text. */
  #readInReach(
    text: string,
    reach: Reach,
    using: { readonly context: NameContext; readonly caches: Caches },
  ): Reached {
    const { caches, context } = using;
    const known = caches.reached.get(text);
    if (known !== undefined && context.parameterTypes?.length === 0) {
      this.counters.exactHits += 1;
      return known;
    }
    this.counters.misses += 1;
    const watch = { consulted: false };
    const watched = watchPrepared(context, watch);
    let reached: Reached;
    try {
      reached = readInReach(text, reach, { analyze: this.#analyze, context: watched });
    } catch {
      // SECURITY(P-02): nothing is known of it, so nothing of it goes upstream.
      return { ...asSent(unreadable(text)), rewriting: null };
    }
    const keep =
      !watch.consulted &&
      text.length <= MAX_CACHED_TEXT &&
      context.parameterTypes?.length === 0 &&
      reached.facts.secretSpans.length === 0;
    if (keep) caches.reached.set(text, reached);
    return reached;
  }

  #readAnew(
    text: string,
    shape: string | null,
    using: { readonly caches: Caches; readonly context: NameContext },
  ): SqlFacts {
    const { context, caches } = using;
    // What a prepared name stands for changes without any change of the stamp: such facts are not kept.
    const watch = { consulted: false };
    const watched = watchPrepared(context, watch);
    const facts = this.#analyzeSafely(text, watched);
    if (facts === null) return unreadable(text);
    const keep =
      !watch.consulted && text.length <= MAX_CACHED_TEXT && facts.secretSpans.length === 0;
    if (!keep) return facts;
    if (shape !== null && facts.literalsIgnored && facts.statements.length === 1) {
      caches.shapes.set(shape, withTextLength(facts, text));
    } else {
      caches.exact.set(text, facts);
    }
    return facts;
  }

  #analyzeSafely(text: string, context: NameContext): SqlFacts | null {
    try {
      return this.#analyze(text, context);
    } catch {
      // Whatever the parser or the analysis choked on, the statement is uninspectable; the caller says so to the policy.
      return null;
    }
  }

  #cachesFor(stamp: ReadingStamp): Caches {
    if (stamp.catalog !== this.#version) {
      this.#version = stamp.catalog;
      this.#caches = new Map();
    }
    const known = this.#caches.get(stamp.names);
    if (known !== undefined) return known;
    if (this.#caches.size >= MAX_SHARED_NAME_STATES) {
      const oldest = this.#caches.keys().next();
      if (oldest.done !== true) this.#caches.delete(oldest.value);
    }
    const caches = {
      exact: new TwoGenerationCache<SqlFacts>(),
      shapes: new TwoGenerationCache<SqlFacts>(),
      reached: new TwoGenerationCache<Reached>(),
    };
    this.#caches.set(stamp.names, caches);
    return caches;
  }
}

/** What a reading under these names and in this reach is marked with. */
export function stampOf(names: NameState, reach: Reach): string {
  return reach.kind === 'whole' ? names.signature : `${names.signature}\n${reach.key}`;
}

function asSent(facts: SqlFacts): Reached {
  return { facts, sent: null, rewriting: null };
}

function watchPrepared(context: NameContext, watch: { consulted: boolean }): NameContext {
  return {
    ...context,
    prepared: (name) => {
      watch.consulted = true;
      return context.prepared(name);
    },
  };
}

/** Facts of a message that could not be read. */
export function unreadable(text: string, reason = 'the statement could not be read'): SqlFacts {
  const statement: StatementFacts = {
    command: 'UNKNOWN',
    start: 0,
    end: text.length,
    effects: [{ kind: 'unknown', reason, via: [] }],
    functions: [],
    changesState: true,
  };
  return { statements: [statement], literalsIgnored: false, secretSpans: [] };
}

/** Makes the end of the only statement relative to the end of the text, which literals before it move. */
function withTextLength(facts: SqlFacts, text: string): SqlFacts {
  return mapOnly(facts, (statement) => ({ ...statement, end: statement.end - text.length }));
}

function withSpan(facts: SqlFacts, text: string): SqlFacts {
  return mapOnly(facts, (statement) => ({ ...statement, end: statement.end + text.length }));
}

function mapOnly(facts: SqlFacts, map: (statement: StatementFacts) => StatementFacts): SqlFacts {
  return { ...facts, statements: facts.statements.map(map) };
}
