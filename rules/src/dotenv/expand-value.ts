/**
 * Puts the values of other variables in the place of `${NAME}`, as dotenv-expand and most frameworks do.
 * `$NAME` without braces stays as it is: passwords hold dollar signs more often than files use that form.
 */

import type { DotenvEntry } from './dotenv-document.ts';

/** A value as programs that expand would see it. */
export type ExpandedValue =
  /** It names no other variable. */
  | { readonly kind: 'plain' }
  | { readonly kind: 'expanded'; readonly value: string }
  /** It names variables that are not in the file. */
  | { readonly kind: 'unresolved'; readonly names: readonly string[] };

/** `${NAME}`, `${NAME:-default}` and `${NAME-default}`; a default holds no braces. */
const REFERENCE = /(?<!\\)\$\{([A-Za-z_]\w*)(?::?-([^{}]*))?\}/g;

/** Longest chain that is followed. A longer one goes in a circle or is no file of a person. */
const MAX_DEPTH = 10;

/**
 * Expands the value of an entry.
 * @param variables of the file, unexpanded
 */
export function expandValue(
  entry: Pick<DotenvEntry, 'value' | 'quote'>,
  variables: ReadonlyMap<string, string>,
): ExpandedValue {
  if (entry.quote === "'" || entry.value.search(REFERENCE) === -1) return { kind: 'plain' };
  const missing = new Set<string>();
  const value = expand(entry.value, { variables, missing, depth: 0 });
  return missing.size === 0
    ? { kind: 'expanded', value }
    : { kind: 'unresolved', names: [...missing] };
}

interface Expanding {
  readonly variables: ReadonlyMap<string, string>;
  readonly missing: Set<string>;
  readonly depth: number;
}

function expand(text: string, { variables, missing, depth }: Expanding): string {
  return text.replace(REFERENCE, (whole, name: string, fallback: string | undefined) => {
    const value = variables.get(name);
    if (value !== undefined && value !== '' && depth < MAX_DEPTH) {
      return expand(value, { variables, missing, depth: depth + 1 });
    }
    if (fallback !== undefined) return fallback;
    missing.add(name);
    return whole;
  });
}
