/**
 * The name context as it changes from statement to statement of one message.
 * INVARIANT: it may assume too much, never too little. A path that was in force stays possible.
 */

import type { Effect } from '../facts/effect.ts';
import type { StatementFacts } from '../facts/sql-facts.ts';
import { hidesDefinitions } from './closure/hidden.ts';
import type { NameContext } from './name-context.ts';
import { makeSearchPaths } from './names.ts';
import type { SearchPaths } from './names.ts';
import { parseSearchPath } from './search-path-text.ts';

/** Paths that may hold at once before any schema may be meant. */
const MAX_PATHS = 16;

/** Context of one message while it is read. */
export class MessageContext {
  #context: NameContext;
  #paths: SearchPaths;
  #learned: SearchPaths = makeSearchPaths([], false);
  #version = 0;

  constructor(context: NameContext) {
    this.#context = context;
    this.#paths = makeSearchPaths(context.searchPaths, context.anySearchPath);
  }

  get context(): NameContext {
    return this.#context;
  }

  get paths(): SearchPaths {
    return this.#paths;
  }

  /** Paths that statements of this message and code inside them set, and that may hold wherever that code runs. */
  get learned(): SearchPaths {
    return this.#learned;
  }

  /** Changes whenever names are to be read otherwise. */
  get version(): number {
    return this.#version;
  }

  /** Takes in what a statement did, for those behind it. */
  apply(facts: StatementFacts, unresolved: Set<string>): void {
    for (const effect of facts.effects) {
      this.#take(effect);
      if (effect.kind === 'create' && effect.object.kind === 'prepared statement') {
        this.#prepare(effect.object.name, facts);
      } else if (effect.kind === 'create') {
        unresolved.delete(effect.object.name);
      }
    }
  }

  /** Takes in what code inside a statement did, for that code itself: it may run in any order and many times. */
  applyInside(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.via.length > 0 || effect.kind === 'setting') this.#take(effect);
    }
  }

  /** Gives up on knowing how names are read. */
  loseEverything(): void {
    this.#setPaths([], true);
    this.#hide();
  }

  #take(effect: Effect): void {
    if (effect.kind === 'setting') this.#set(effect.name, effect.value);
    else if (effect.kind === 'create' && isRelation(effect)) this.#own(effect.object.name);
    if (hidesDefinitions(effect) && effect.kind !== 'unknown') this.#hide();
    if (effect.kind === 'unknown' && effect.via.length === 0) this.#hide();
  }

  #set(name: string, value: string | null): void {
    if (name !== 'search_path' && name !== 'all') {
      if (name === 'a computed setting' || name === 'a setting of pg_settings')
        this.#setPaths([], true);
      return;
    }
    const { user } = this.#context.catalog;
    const path = value === null ? null : parseSearchPath(value, user);
    if (path === null) this.#setPaths([], true);
    else this.#addPath(path);
  }

  #addPath(path: readonly string[]): void {
    const key = JSON.stringify(path);
    const known = this.#paths.paths.some((other) => JSON.stringify(other) === key);
    if (this.#paths.any || known) {
      this.#learn(path);
      return;
    }
    const paths = [...this.#paths.paths, path];
    this.#learn(path);
    this.#setPaths(paths, paths.length > MAX_PATHS);
  }

  #learn(path: readonly string[]): void {
    const key = JSON.stringify(path);
    const { paths, any } = this.#learned;
    if (any || paths.some((other) => JSON.stringify(other) === key)) return;
    this.#learned = makeSearchPaths([...paths, path], false);
    this.#version += 1;
  }

  #setPaths(paths: readonly (readonly string[])[], any: boolean): void {
    if (this.#paths.any && this.#learned.any) return;
    this.#paths = makeSearchPaths(any ? [] : paths, any);
    if (any) this.#learned = this.#paths;
    this.#version += 1;
  }

  #own(name: string): void {
    if (this.#context.ownRelations.has(name)) return;
    const ownRelations = new Set([...this.#context.ownRelations, name]);
    this.#context = { ...this.#context, ownRelations };
    this.#version += 1;
  }

  #hide(): void {
    if (this.#context.hiddenDefinitions) return;
    this.#context = { ...this.#context, hiddenDefinitions: true };
    this.#version += 1;
  }

  #prepare(name: string, facts: StatementFacts): void {
    const before = this.#context;
    const prepared = (asked: string): StatementFacts | undefined =>
      asked === name ? facts : before.prepared(asked);
    this.#context = { ...before, prepared };
  }
}

function isRelation(effect: Effect & { readonly kind: 'create' }): boolean {
  return effect.object.kind === 'table' || effect.object.kind === 'sequence';
}
