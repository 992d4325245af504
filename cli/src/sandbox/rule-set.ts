/** The rules of a profile while it is made: one for each path, the last word wins. */

import { dirname } from 'node:path/posix';
import { depthOf } from './paths-in.ts';
import type { ForbiddenPath, PathRule } from './profile.ts';

const REPLACES = new Set<PathRule['access']>(['hidden', 'private', 'replaced']);

/** Rules by path, and what they surround. */
export class RuleSet {
  readonly #rules = new Map<string, PathRule>();
  readonly #forbidden = new Map<string, ForbiddenPath>();
  /** Links that are left out of the folder they stand in. */
  readonly #hiddenLinks = new Set<string>();

  put(rule: PathRule): void {
    this.#rules.set(rule.path, rule);
  }

  forbid(path: string, link: string | null): void {
    this.#forbidden.set(path, { path, link, mayBeRepository: false });
  }

  /** A place where a repository may come to be. */
  expectRepository(path: string): void {
    this.#forbidden.set(path, { path, link: null, mayBeRepository: true });
  }

  hideLink(path: string): void {
    this.#hiddenLinks.add(path);
  }

  at(path: string): PathRule | null {
    return this.#rules.get(path) ?? null;
  }

  all(): readonly PathRule[] {
    return [...this.#rules.values()];
  }

  /** Whether a name in a folder is not to be seen. */
  isHidden(path: string): boolean {
    return this.#hiddenLinks.has(path) || this.#rules.get(path)?.access === 'hidden';
  }

  /** The rule of the nearest folder around a path; null when only the root is, which is read-only. */
  around(path: string): PathRule | null {
    for (let at = path; at !== '/';) {
      at = dirname(at);
      const rule = this.#rules.get(at);
      if (rule !== undefined) return rule;
    }
    return null;
  }

  /** Whether what is added beside the path would stay after the session. */
  isOpen(path: string): boolean {
    const access = this.around(path)?.access;
    return access === 'writable' || access === 'replaced';
  }

  /** What is left to do, outermost first: a rule that says what its surroundings say already is dropped. */
  sorted(): readonly PathRule[] {
    return this.all()
      .filter((rule) => !this.#saysNothing(rule))
      .sort((one, other) => depthOf(one.path) - depthOf(other.path) || compare(one, other));
  }

  /** Only where something added would stay is there anything to watch. */
  forbidden(): readonly ForbiddenPath[] {
    return [...this.#forbidden.values()].filter(({ path }) => this.isOpen(path)).sort(compare);
  }

  #saysNothing(rule: PathRule): boolean {
    const around = this.around(rule.path);
    if (rule.access === 'read-only') {
      return around === null || around.access === 'read-only' || around.access === 'carved';
    }
    // Where another folder stands in the place of the person's, theirs is not there to be hidden.
    return rule.access === 'hidden' && around !== null && REPLACES.has(around.access);
  }
}

function compare(one: { readonly path: string }, other: { readonly path: string }): number {
  return one.path < other.path ? -1 : 1;
}
