/**
 * A name that speaks of a secret, and the value it is given: in code, settings, JSON, XML, shell, tables of words.
 * Every look is bounded, so a text of nothing but such names costs little more than any other.
 */

import { BLANK, SPACE, WORD, codeOf, complement, toByteSet, union } from './byte-set.ts';
import { judgeNamedValue } from './judge-named-value.ts';
import { WEIGHT, textOf } from './match.ts';
import type { Match, TextSource } from './match.ts';
import type { ByteView } from './match-shape.ts';

/** Longer names are none that a person gave. */
const MAX_NAME_SIDE = 60;
const MAX_GAP = 24;
const MAX_VALUE = 257;

const NAME_BEFORE = union(WORD, toByteSet('-.'));
const NAME_AFTER = union(WORD, toByteSet('-'));
const QUOTES = toByteSet('"\'`');
const LINE_END = toByteSet('\r\n');
/** What ends a value that stands in no quotes. */
const BARE = complement(union(SPACE, toByteSet('"\'`,;<>(){}|&\\')));
const REST_OF_LINE = complement(LINE_END);

/** Kinds of files in which values stand without quotes. */
const BARE_KINDS = new Set<TextSource['kind']>([
  ...(['environment', 'credentials', 'settings', 'script', 'data', 'unknown', 'example'] as const),
]);

/** A name where it stands. */
export interface NameSpan {
  readonly start: number;
  readonly end: number;
}

/** The whole name around a word of it; null when more bytes have to come. */
export function nameAround(view: ByteView, from: number, to: number): NameSpan | 'more' {
  const { bytes } = view;
  let start = from;
  const first = Math.max(view.start, from - MAX_NAME_SIDE);
  while (start > first && NAME_BEFORE[bytes[start - 1] ?? 0] === 1) start -= 1;
  // Some literals end in the sign that follows a name.
  let end = to;
  while (end > from && NAME_AFTER[bytes[end - 1] ?? 0] !== 1) end -= 1;
  if (end < to) return { start, end };
  const last = to + MAX_NAME_SIDE;
  while (end < last && end < view.end && NAME_AFTER[bytes[end] ?? 0] === 1) end += 1;
  if (end >= view.end && end < last && !view.final) return 'more';
  return { start, end };
}

/** What a name is given, judged, and how far was looked for it. */
export interface Assigned {
  readonly found: Match | null;
  /** Where the value ends; where the name ends when there is none. */
  readonly end: number;
}

/** Judges what a name is given. */
export function findAssignment(
  view: ByteView,
  name: NameSpan,
  source: TextSource,
): Assigned | 'more' {
  if (isMask(view, name)) return { found: null, end: name.end };
  const value = readValue(view, name, source);
  if (value === 'more') return 'more';
  if (value === null) return { found: null, end: name.end };
  const text = textOf(view, value.start, value.end);
  const word = AUTHORIZATION_WORD.exec(text)?.[0] ?? '';
  const called = textOf(view, name.start, name.end);
  const judged = judgeNamedValue(
    { name: called, value: text.slice(word.length), quoted: value.quoted },
    source,
  );
  if (judged === null) return { found: null, end: value.end };
  const weight = judged.kind.id.startsWith('assigned-') ? WEIGHT.generic : WEIGHT.named;
  const start = value.start + word.length;
  return { found: { ...judged, start, end: value.end, weight, name: called }, end: value.end };
}

/** A mask names the kind of what it stands for, and is followed by a colon. */
function isMask(view: ByteView, { start }: NameSpan): boolean {
  const before = textOf(view, Math.max(view.start, start - MASK_START.length), start);
  return before === MASK_START;
}

const MASK_START = '[agentguard:';

/** The word in front is part of the protocol and not of the secret. */
const AUTHORIZATION_WORD = /^(?:Bearer|Basic|Token|ApiKey|SSWS|Key) +/i;

interface ValueSpan {
  readonly start: number;
  readonly end: number;
  readonly quoted: boolean;
}

function readValue(view: ByteView, name: NameSpan, source: TextSource): ValueSpan | 'more' | null {
  const reader = new Reader(view, name.end);
  // In settings a comma divides members, and what stands behind it is the next name.
  const wasQuoted = reader.takeClosing();
  const listed = source.kind === 'settings' || source.kind === 'data';
  reader.skipBlank();
  const operator = reader.takeOperator(wasQuoted, {
    before: view.bytes[name.start - 1] ?? 0,
    takesComma: wasQuoted && !listed,
  });
  if (operator === null) return reader.short ? 'more' : null;
  reader.skipBlank();
  // A line break after the colon of JSON or the equals sign of code.
  if (operator !== 'line' && source.kind !== 'environment') reader.skipSpace();
  reader.takePrefix();
  const quote = reader.takeQuote();
  if (reader.short) return 'more';
  if (quote !== null) return readQuoted(view, reader.at, quote);
  return BARE_KINDS.has(source.kind) || operator === 'tag' || operator === 'tight'
    ? readBare(view, reader.at, { source, operator })
    : null;
}

type Operator = 'sign' | 'tight' | 'tag' | 'call' | 'line';

/** Walks from the end of a name to its value. */
class Reader {
  readonly #view: ByteView;
  at: number;

  constructor(view: ByteView, at: number) {
    this.#view = view;
    this.at = at;
  }

  /** More bytes could change what was read. */
  get short(): boolean {
    return this.at >= this.#view.end && !this.#view.final;
  }

  #byte(ahead = 0): number {
    const at = this.at + ahead;
    return at < this.#view.end ? (this.#view.bytes[at] ?? 0) : 0;
  }

  #is(text: string, ahead = 0): boolean {
    for (let at = 0; at < text.length; at += 1) {
      if (this.#byte(ahead + at) !== text.charCodeAt(at)) return false;
    }
    return true;
  }

  /** `"`, `']`, `\"` behind a name that is a string. */
  takeClosing(): boolean {
    const from = this.at;
    if (this.#is('\\')) this.at += 1;
    if (QUOTES[this.#byte()] === 1) this.at += 1;
    if (this.at > from && this.#byte() === codeOf(']')) this.at += 1;
    return this.at > from;
  }

  skipBlank(): void {
    for (let count = 0; count < MAX_GAP && BLANK[this.#byte()] === 1; count += 1) this.at += 1;
  }

  skipSpace(): void {
    for (let count = 0; count < MAX_GAP && SPACE[this.#byte()] === 1; count += 1) this.at += 1;
  }

  takeOperator(
    wasQuoted: boolean,
    { before, takesComma }: { readonly before: number; readonly takesComma: boolean },
  ): Operator | null {
    const tight = BLANK[this.#view.bytes[this.at - 1] ?? 0] !== 1;
    if (this.short) return null;
    if (this.#is('>') && before === codeOf('<')) return this.#take(1, 'tag');
    if (this.#is('(')) return this.#take(1, 'call');
    if (takesComma && this.#is(',')) return this.#take(1, 'call');
    if (wasQuoted && this.#is('value=')) return this.#take(6, 'sign');
    for (const sign of ['===', '==', '=>', ':=', '!==', '!=', '||=', '??=', '+=', '?=', '<-']) {
      if (this.#is(sign)) return this.#take(sign.length, 'sign');
    }
    if (this.#is('=')) return this.#take(1, tight && !wasQuoted ? 'tight' : 'sign');
    if (this.#is(':') && !this.#is('::')) return this.#takeColon();
    return this.#isWordOption(before) ? 'line' : null;
  }

  /** `password: string = "..."`: a type stands before the value. */
  #takeColon(): Operator {
    this.at += 1;
    const typed = /^\s{0,4}[A-Za-z_][\w.]{0,30}(?:\s?\|\s?\w{1,12})?\s{0,4}=\s{0,4}(?=["'`])/.exec(
      textOf(this.#view, this.at, Math.min(this.#view.end, this.at + 64)),
    );
    if (typed !== null) this.at += typed[0].length;
    return 'sign';
  }

  /** `--password x`: an option and its value are apart. */
  #isWordOption(before: number): boolean {
    return before === codeOf('-') || BLANK[this.#view.bytes[this.at - 1] ?? 0] === 1;
  }

  #take(count: number, operator: Operator): Operator {
    this.at += count;
    return operator;
  }

  /** `b"..."`, `@"..."`, `N'...'`. */
  takePrefix(): void {
    if ('bBrRuUNL@'.includes(String.fromCharCode(this.#byte())) && QUOTES[this.#byte(1)] === 1) {
      this.at += 1;
    }
  }

  /** The opening quote with its backslash, when it has one. */
  takeQuote(): string | null {
    const escaped = this.#is('\\') && QUOTES[this.#byte(1)] === 1;
    if (escaped) this.at += 1;
    const quote = String.fromCharCode(this.#byte());
    if (QUOTES[this.#byte()] !== 1) return null;
    this.at += 1;
    return escaped ? `\\${quote}` : quote;
  }
}

function readQuoted(view: ByteView, from: number, quote: string): ValueSpan | 'more' | null {
  const { bytes, end, final } = view;
  const closing = codeOf(quote.at(-1) ?? '');
  const escaped = quote.length === 2;
  let at = from;
  for (; at < end && at < from + MAX_VALUE; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === closing) return { start: from, end: at, quoted: true };
    if (LINE_END[byte] === 1) return null;
    if (byte !== codeOf('\\')) continue;
    if (escaped && bytes[at + 1] === closing) return { start: from, end: at, quoted: true };
    at += 1;
  }
  return at >= end && at < from + MAX_VALUE && !final ? 'more' : null;
}

/** Values of lines go to the end of the line, all others to the next sign that ends a word. */
function readBare(
  view: ByteView,
  from: number,
  { source, operator }: { readonly source: TextSource; readonly operator: Operator },
): ValueSpan | 'more' | null {
  const lines = source.kind === 'environment' && operator !== 'call';
  const set = operator === 'tag' ? TAG_TEXT : lines ? REST_OF_LINE : BARE;
  const { bytes } = view;
  let at = from;
  while (at < view.end && at < from + MAX_VALUE && set[bytes[at] ?? 0] === 1) at += 1;
  if (at >= view.end && at < from + MAX_VALUE && !view.final) return 'more';
  if (operator === 'tag' && bytes[at] !== codeOf('<')) return null;
  if (operator === 'call') return null;
  // A call, a type with parameters, an index: code.
  if (at < view.end && '({[<'.includes(String.fromCharCode(bytes[at] ?? 0)) && operator !== 'tag') {
    return null;
  }
  const end = lines ? withoutComment(view, from, at) : at;
  return end > from ? { start: from, end, quoted: false } : null;
}

const TAG_TEXT = complement(toByteSet('<>\r\n'));

function withoutComment(view: ByteView, from: number, to: number): number {
  const text = textOf(view, from, to);
  const comment = text.search(/\s#/);
  return from + (comment === -1 ? text : text.slice(0, comment)).trimEnd().length;
}
