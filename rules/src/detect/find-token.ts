/** Tokens that are known by their own shape. */

import { DIGITS, HEX, WORD, codeOf } from './byte-set.ts';
import type { ByteSet } from './byte-set.ts';
import { checkToken } from './checks.ts';
import { isFiller } from './filler.ts';
import { TOKEN_KINDS } from './kinds.ts';
import { WEIGHT, textOf } from './match.ts';
import type { Found } from './match.ts';
import { NEEDS_MORE, matchBackward, matchForward } from './match-shape.ts';
import type { ByteView } from './match-shape.ts';
import type { TokenKind } from './secret-kind.ts';
import { anchorOf, parseShape } from './shape.ts';
import type { Shape } from './shape.ts';

/** A kind and the literal that calls it. */
export class TokenFinder {
  readonly kind: TokenKind;
  readonly anchor: Uint8Array;
  #shape: Shape | null = null;
  #last: ByteSet | null = null;

  constructor(kind: TokenKind) {
    this.kind = kind;
    this.anchor = Buffer.from(anchorOf(kind.shape), 'latin1');
  }

  /** Taken apart on first use: a scan of a commit meets few kinds, and has little time. */
  get shape(): Shape {
    return this.#shape ?? this.#read();
  }

  /** What the shape ends in, where it ends in a long run. */
  get last(): ByteSet | null {
    if (this.#shape === null) this.#read();
    return this.#last;
  }

  #read(): Shape {
    this.#shape = parseShape(this.kind.shape);
    this.#last = lastRunOf(this.#shape);
    return this.#shape;
  }
}

/** Shorter ends stand beside signs of their own set in prose. */
const MIN_LAST_RUN = 16;

/** The last long run, when nothing behind it has to be there. */
function lastRunOf({ after }: Shape): ByteSet | null {
  for (const item of [...after].reverse()) {
    if (item.kind === 'set' && item.max >= MIN_LAST_RUN) return item.set;
    if (item.kind === 'set' ? item.min > 0 : !item.optional) return null;
  }
  return null;
}

/** One for each kind. */
export function makeTokenFinders(): readonly TokenFinder[] {
  return TOKEN_KINDS.map((kind) => new TokenFinder(kind));
}

/** Looks for the token around its literal. @param hit where the literal begins, as `mayBeToken` has seen it */
export function findToken(finder: TokenFinder, view: ByteView, hit: number): Found {
  const { shape, anchor } = finder;
  const start = matchBackward(shape.before, view, hit);
  if (start < 0 || !mayStartAt(view, start)) return null;
  const end = matchForward(shape.after, view, hit + anchor.length);
  if (end === NEEDS_MORE) return 'more';
  if (end < 0) return null;
  if (end >= view.end && !view.final) return 'more';
  if (end < view.end && goesOn(finder, view, end)) return null;
  return judge(finder, view, { start, end });
}

/** Whether a literal is worth a closer look: its case is right, and what stands right behind it fits. */
export function mayBeToken(finder: TokenFinder, bytes: Uint8Array, hit: number): boolean {
  if (!isExact(finder.anchor, bytes, hit)) return false;
  const { before, after } = finder.shape;
  if (before.length === 0 && !mayStartAt({ bytes, start: 0 }, hit)) return false;
  const next = bytes[hit + finder.anchor.length];
  const [first] = after;
  return next === undefined || first?.kind !== 'set' || first.min === 0 || first.set[next] === 1;
}

/** The automaton does not tell capitals from small letters. */
function isExact(anchor: Uint8Array, bytes: Uint8Array, hit: number): boolean {
  for (let at = 0; at < anchor.length; at += 1) if (bytes[hit + at] !== anchor[at]) return false;
  return true;
}

/** A token is a whole word; what escapes leave in front of it is no part of a word. */
export function mayStartAt(
  { bytes, start }: Pick<ByteView, 'bytes' | 'start'>,
  at: number,
): boolean {
  if (at <= start || WORD[bytes[at - 1] ?? 0] !== 1) return true;
  const before = bytes[at - 1] ?? 0;
  const second = at - 2 >= start ? (bytes[at - 2] ?? 0) : 0;
  // `\n` and `\t` in a string of code or JSON.
  if (second === codeOf('\\') && 'nrt'.includes(String.fromCharCode(before))) return true;
  // `%3D` in an address.
  const third = at - 3 >= start ? (bytes[at - 3] ?? 0) : 0;
  if (third === codeOf('%') && HEX[second] === 1 && HEX[before] === 1) return true;
  // `\u003d` in JSON.
  const isEscape =
    at - 6 >= start && bytes[at - 6] === codeOf('\\') && bytes[at - 5] === codeOf('u');
  return isEscape && DIGITS[bytes[at - 4] ?? 0] === 1;
}

/** Longer than the shape allows, or a part of a longer word. */
function goesOn({ last }: TokenFinder, { bytes }: ByteView, end: number): boolean {
  const next = bytes[end] ?? 0;
  return last?.[next] === 1 || (WORD[next] === 1 && WORD[bytes[end - 1] ?? 0] === 1);
}

function judge(
  { kind, shape }: TokenFinder,
  view: ByteView,
  { start, end }: { readonly start: number; readonly end: number },
): Found {
  const text = textOf(view, start, end);
  if (isFiller(text.slice(0, MAX_JUDGED).replace(shape.anchor, ''))) return null;
  const answer = kind.check === null ? 'right' : checkToken(kind.check, text);
  if (answer === 'impossible') return null;
  const why = WHY[kind.check === null ? 'shape' : answer];
  const tier = answer === 'right' ? kind.tier : 'warn';
  return { kind, tier, start, end, why, weight: WEIGHT.token, name: null };
}

/** The beginning of a long token tells enough of how it was made. */
const MAX_JUDGED = 256;

const WHY = {
  shape: 'its shape is that of no other text',
  right: 'its shape and its check digits fit',
  wrong: 'its shape fits, its check digits do not',
} as const;
