/**
 * Finds many literals in one pass over bytes (Aho and Corasick, 1975), without regard to the case of ASCII letters.
 * One table look-up a byte, whatever the bytes are. Own code: the packages at hand are ten times slower, because they
 * walk characters and objects and not bytes and a table.
 */

/** The state before the first byte. */
export const START_STATE = 0;

/** Finds literals. */
export interface KeywordAutomaton {
  /** The next state by `state + classOf[byte]`; states are multiples of `width`. */
  readonly next: Uint32Array;
  readonly classOf: Uint8Array;
  readonly width: number;
  /** Literals that end in a state, by its number; longest first. Undefined where none ends. */
  readonly ending: readonly (readonly number[] | undefined)[];
  /** 1 where a literal ends, by the number of the state. */
  readonly ends: Uint8Array;
  /** Lengths of the literals, in bytes. */
  readonly lengths: readonly number[];
}

/** Builds the automaton. @param literals bytes; equal ones are kept apart by their place in the list */
export function buildAutomaton(literals: readonly Uint8Array[]): KeywordAutomaton {
  const folded = literals.map((one) => one.map(foldCase));
  const { classOf, width } = toClasses(folded);
  const size = 1 + folded.reduce((sum, one) => sum + one.length, 0);
  const next = new Uint32Array(size * width);
  const ending: (number[] | undefined)[] = [];
  let states = 1;
  folded.forEach((literal, index) => {
    let state = 0;
    for (const byte of literal) {
      const slot = state * width + (classOf[byte] ?? 0);
      if (next[slot] === 0) next[slot] = states++;
      state = next[slot] ?? 0;
    }
    (ending[state] ??= []).push(index);
  });
  link(next.subarray(0, states * width), { width, ending, states });
  const ends = new Uint8Array(states);
  for (let state = 0; state < states; state += 1) if (ending[state] !== undefined) ends[state] = 1;
  return {
    next: next.slice(0, states * width).map((state) => state * width),
    classOf,
    width,
    ending,
    ends,
    lengths: literals.map(({ length }) => length),
  };
}

/** Bytes that occur in no literal share class 0. */
function toClasses(literals: readonly Uint8Array[]): { classOf: Uint8Array; width: number } {
  const classOf = new Uint8Array(256);
  let width = 1;
  for (const literal of literals) {
    for (const byte of literal) if (classOf[byte] === 0) classOf[byte] = width++;
  }
  for (let byte = 0x41; byte <= 0x5a; byte += 1) classOf[byte] = classOf[byte + 0x20] ?? 0;
  return { classOf, width };
}

/** Fills every missing step with that of the longest suffix, breadth first. */
function link(
  next: Uint32Array,
  tree: {
    readonly width: number;
    readonly ending: (number[] | undefined)[];
    readonly states: number;
  },
): void {
  const { width, ending, states } = tree;
  const suffix = new Uint32Array(states);
  const queue: number[] = [];
  for (let one = 0; one < width; one += 1) if (next[one] !== 0) queue.push(next[one] ?? 0);
  for (let at = 0; at < queue.length; at += 1) {
    const state = queue[at] ?? 0;
    const back = suffix[state] ?? 0;
    const inherited = ending[back];
    if (inherited !== undefined) ending[state] = [...(ending[state] ?? []), ...inherited];
    for (let one = 0; one < width; one += 1) {
      const slot = state * width + one;
      const child = next[slot] ?? 0;
      const fallback = next[back * width + one] ?? 0;
      if (child === 0) next[slot] = fallback;
      else {
        suffix[child] = fallback;
        queue.push(child);
      }
    }
  }
}

function foldCase(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
}
