/** Making operations, and telling the strictest of several readings. */

import type { HttpOperationKind, HttpSeverity, HttpTarget } from '../facts/http-deed.ts';
import type { HttpOperation } from '../facts/http-facts.ts';
import { MAX_SHOWN_CHARACTERS } from './limits.ts';
import type { PackOperation } from './pack.ts';
import { toSingular, toWords } from './words.ts';

/** Something of the request that cannot be told. */
export function unknownOperation(does: string, via: readonly string[] = []): HttpOperation {
  return { name: 'unknown', kind: 'unknown', severity: null, target: null, does, via };
}

/** How strict an operation is judged. An unknown one is asked about like a critical one, but says less. */
function rankOf({ kind, severity, sql }: HttpOperation): number {
  const carried = sql !== undefined && sql.length > 0 ? 0.5 : 0;
  switch (kind) {
    case 'read':
      return carried;
    case 'write':
      return 1 + carried;
    case 'reveal':
    case 'mint':
      return 3;
    case 'unknown':
      return 5;
    case 'destroy':
      return severity === 'critical' ? 6 : severity === 'high' ? 4 : 2;
  }
}

/** The strictest of several ways to read the same thing; the first of equals. */
export function strictestOf(
  operations: readonly [HttpOperation, ...HttpOperation[]],
): HttpOperation {
  return operations.reduce((worst, candidate) =>
    rankOf(candidate) > rankOf(worst) ? candidate : worst,
  );
}

/** An operation as a pack has it, with the names of this request in its clause. */
export function toOperation(
  entry: Pick<PackOperation, 'kind' | 'severity' | 'does'>,
  details: {
    readonly name: string;
    readonly target: HttpTarget | null;
    readonly names: Readonly<Record<string, unknown>>;
    readonly via?: readonly string[];
  },
): HttpOperation {
  const { kind, severity, does } = entry;
  const { name, target, names, via = [] } = details;
  return { name, kind, severity, target, does: fill(does, names), via };
}

/** Puts names into a clause; what the request does not name keeps a word for it. */
function fill(clause: string, names: Readonly<Record<string, unknown>>): string {
  // ` on {id}` is left out where nothing is named.
  const said = names['id'] === undefined ? clause.replace(/ on \{id\}$/, '') : clause;
  return said.replace(/\{([\w-]+)\}/g, (_all, name: string) => {
    const value = names[name];
    if (typeof value === 'string' || typeof value === 'number') return shorten(String(value));
    return Array.isArray(value) ? shorten(value.map(String).join(', ')) : `of unknown ${name}`;
  });
}

/** A word of the request, short enough for a clause. */
export function shorten(text: string): string {
  return text.length > MAX_SHOWN_CHARACTERS ? `${text.slice(0, MAX_SHOWN_CHARACTERS)}…` : text;
}

/** The kind of thing that a name speaks of: `volumeId` and `volumes` are a `volume`. */
export function toNoun(name: string): string {
  const words = toWords(name).filter((word) => word !== 'id' && word !== 'ids' && word !== 'name');
  return words.map((word, at) => (at === words.length - 1 ? toSingular(word) : word)).join(' ');
}

/** An operation that general reasoning names. */
export function plainOperation(
  name: string,
  kind: HttpOperationKind,
  details: {
    readonly severity?: HttpSeverity;
    readonly target?: HttpTarget | null;
    readonly does: string;
  },
): HttpOperation {
  const { severity = null, target = null, does } = details;
  return { name, kind, severity, target, does, via: [] };
}
