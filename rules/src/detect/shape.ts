/**
 * The pattern language of token shapes: sequences of bytes and sets with bounded counts, and choices that the next
 * byte decides. It has no way to say anything that needs a second try, so matching is one walk over the bytes.
 * INVARIANT: what may repeat is never followed by something that begins with the same byte; `parseShape` refuses it.
 *
 *   ghp_[A-Za-z0-9]{36}       [0-9]{8,10}<:AA>[\w-]{33}       sk_(live|test)_[a-z]{24}
 *
 * `<...>` marks the literal that is looked for; without it, it is the literal at the beginning.
 */

import { addRange, codeOf, overlap, union } from './byte-set.ts';
import type { ByteSet } from './byte-set.ts';

/** One step of a shape. */
export type ShapeItem =
  | { readonly kind: 'set'; readonly set: ByteSet; readonly min: number; readonly max: number }
  | {
      readonly kind: 'choice';
      readonly options: readonly (readonly ShapeItem[])[];
      readonly optional: boolean;
    };

/** A shape, taken apart around the literal that is looked for. */
export interface Shape {
  /** ASCII, as it stands in the shape; case counts. */
  readonly anchor: string;
  /** What stands before the literal, last item first. */
  readonly before: readonly ShapeItem[];
  readonly after: readonly ShapeItem[];
  /** The most bytes that may stand before and after the literal. */
  readonly maxBefore: number;
  readonly maxAfter: number;
}

/** Longer repetitions would make the delay of a stream long. */
const MAX_REPEAT = 4096;

/** Shorter literals would be candidates everywhere. */
const MIN_ANCHOR = 2;

/** Reads a shape. @throws RangeError for one that is not in the language, or not decided by the next byte */
export function parseShape(text: string): Shape {
  const { anchor, head, tail } = divide(text);
  const literal = anchor.replaceAll('\\', '');
  if (literal.length < MIN_ANCHOR) throw new RangeError(`no literal to look for in \`${text}\``);
  const before = parseItems(head);
  const after = parseItems(tail);
  requireDecided(after, text);
  const backwards = reverse(before);
  requireDecided(backwards, text);
  return {
    anchor: literal,
    before: backwards,
    after,
    maxBefore: maxLength(before),
    maxAfter: maxLength(after),
  };
}

/** The literal of a shape alone, which is all that most texts ever need of it. */
export function anchorOf(text: string): string {
  return divide(text).anchor.replaceAll('\\', '');
}

function divide(text: string): {
  readonly anchor: string;
  readonly head: string;
  readonly tail: string;
} {
  const marked = /^([^<]*)<([^>]+)>(.*)$/.exec(text);
  if (marked !== null)
    return { anchor: marked[2] ?? '', head: marked[1] ?? '', tail: marked[3] ?? '' };
  const anchor = /^(?:[^[\]{}()|?\\<>]|\\[^wd])+(?![?{])/.exec(text)?.[0] ?? '';
  return { anchor, head: '', tail: text.slice(anchor.length) };
}

function parseItems(text: string): readonly ShapeItem[] {
  const reader = { text, at: 0 };
  const items = readSequence(reader);
  if (reader.at !== text.length) throw new RangeError(`\`${text}\` ends too early`);
  return items;
}

interface Reader {
  readonly text: string;
  at: number;
}

function readSequence(reader: Reader): readonly ShapeItem[] {
  const items: ShapeItem[] = [];
  while (reader.at < reader.text.length && !'|)'.includes(reader.text[reader.at] ?? '')) {
    items.push(readItem(reader));
  }
  return items;
}

function readItem(reader: Reader): ShapeItem {
  if (reader.text[reader.at] === '(') return readChoice(reader);
  const set = reader.text[reader.at] === '[' ? readSet(reader) : readOne(reader);
  const { min, max } = readCount(reader);
  return { kind: 'set', set: shared(set), min, max };
}

/** Equal sets are one, so that what is known of one is known of all. */
function shared(set: ByteSet): ByteSet {
  const key = set.join('');
  const known = SETS.get(key);
  if (known === undefined) SETS.set(key, set);
  return known ?? set;
}

const SETS = new Map<string, ByteSet>();

function readChoice(reader: Reader): ShapeItem {
  const options: (readonly ShapeItem[])[] = [];
  do {
    reader.at += 1;
    options.push(readSequence(reader));
  } while (reader.text[reader.at] === '|');
  if (reader.text[reader.at] !== ')') throw new RangeError(`\`${reader.text}\` lacks a bracket`);
  reader.at += 1;
  const optional = reader.text[reader.at] === '?';
  if (optional) reader.at += 1;
  return { kind: 'choice', options, optional };
}

function readSet(reader: Reader): ByteSet {
  const set = new Uint8Array(256);
  reader.at += 1;
  while (reader.text[reader.at] !== ']') {
    const first = readMember(reader);
    const ranged = reader.text[reader.at] === '-' && reader.text[reader.at + 1] !== ']';
    if (!ranged) {
      for (let byte = 0; byte < 256; byte += 1) if (first[byte] === 1) set[byte] = 1;
      continue;
    }
    reader.at += 1;
    addRange(set, first.indexOf(1), readMember(reader).indexOf(1));
  }
  reader.at += 1;
  return set;
}

function readMember(reader: Reader): ByteSet {
  if (reader.at >= reader.text.length) throw new RangeError(`\`${reader.text}\` lacks a bracket`);
  return readOne(reader);
}

/** One byte, or the set of an escape. */
function readOne(reader: Reader): ByteSet {
  const set = new Uint8Array(256);
  let character = reader.text[reader.at] ?? '';
  reader.at += 1;
  if (character === '\\') {
    character = reader.text[reader.at] ?? '';
    reader.at += 1;
    if (character === 'w' || character === 'd') addRange(set, codeOf('0'), codeOf('9'));
    if (character === 'w') {
      addRange(set, codeOf('a'), codeOf('z'));
      addRange(set, codeOf('A'), codeOf('Z'));
      set[codeOf('_')] = 1;
    }
    if (character === 'w' || character === 'd') return set;
  }
  set[codeOf(character)] = 1;
  return set;
}

function readCount(reader: Reader): { readonly min: number; readonly max: number } {
  if (reader.text[reader.at] === '?') {
    reader.at += 1;
    return { min: 0, max: 1 };
  }
  const count = /^\{(\d+)(?:,(\d+))?\}/.exec(reader.text.slice(reader.at));
  if (count === null) return { min: 1, max: 1 };
  reader.at += count[0].length;
  const min = Number(count[1]);
  const max = Number(count[2] ?? count[1]);
  if (min > max || max > MAX_REPEAT) throw new RangeError(`a count in \`${reader.text}\``);
  return { min, max };
}

function reverse(items: readonly ShapeItem[]): readonly ShapeItem[] {
  return items
    .map((item) =>
      item.kind === 'set' ? item : { ...item, options: item.options.map((one) => reverse(one)) },
    )
    .reverse();
}

function maxLength(items: readonly ShapeItem[]): number {
  return items.reduce((sum, item) => sum + maxOf(item), 0);
}

function maxOf(item: ShapeItem): number {
  return item.kind === 'set' ? item.max : Math.max(...item.options.map(maxLength));
}

/** Bytes that a sequence may begin with, and whether it may be empty. */
interface Beginning {
  readonly set: ByteSet;
  readonly empty: boolean;
}

function beginningOf(items: readonly ShapeItem[]): Beginning {
  let set: ByteSet = new Uint8Array(256);
  for (const item of items) {
    const { set: own, empty } = beginningOfItem(item);
    set = union(set, own);
    if (!empty) return { set, empty: false };
  }
  return { set, empty: true };
}

function beginningOfItem(item: ShapeItem): Beginning {
  if (item.kind === 'set') return { set: item.set, empty: item.min === 0 };
  const options = item.options.map(beginningOf);
  return {
    set: union(...options.map(({ set }) => set)),
    empty: item.optional || options.some(({ empty }) => empty),
  };
}

/** Proves that one walk is enough: at every choice and every repetition the next byte says how to go on. */
function requireDecided(items: readonly ShapeItem[], text: string): void {
  items.forEach((item, at) => {
    const next = beginningOf(items.slice(at + 1));
    const fixed = item.kind === 'set' && item.min === item.max;
    if (!fixed && mayGoOn(item, next)) throw new RangeError(`\`${text}\` is not decided by a byte`);
    if (item.kind === 'choice') requireDecidedChoice(item.options, text);
  });
}

/** What an item may still take must not be what comes after it. */
function mayGoOn(item: ShapeItem, next: Beginning): boolean {
  if (item.kind === 'set') return overlap(item.set, next.set);
  if (item.optional && overlap(beginningOfItem(item).set, next.set)) return true;
  return item.options.some((option) => {
    const last = option.at(-1);
    return last !== undefined && !(last.kind === 'set' && last.min === last.max)
      ? mayGoOn(last, next)
      : false;
  });
}

function requireDecidedChoice(options: readonly (readonly ShapeItem[])[], text: string): void {
  options.forEach((option, at) => {
    requireDecided(option, text);
    const own = beginningOf(option);
    if (own.empty) throw new RangeError(`a choice in \`${text}\` may be nothing`);
    const clash = options.slice(at + 1).some((other) => overlap(own.set, beginningOf(other).set));
    if (clash) throw new RangeError(`\`${text}\` is not decided by a byte`);
  });
}

/** Reads a shape that is a whole value, without a literal to look for. @throws RangeError as `parseShape` does */
export function parseValueShape(text: string): readonly ShapeItem[] {
  const items = parseItems(text);
  requireDecided(items, text);
  return items;
}
