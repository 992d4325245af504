/**
 * The shape of a statement: its text with plain literals replaced by a mark, as a cache key.
 *
 * INVARIANT: two texts of equal shape that the grammar accepts have trees that differ in the values of A_Const nodes and in
 * positions, and in nothing else. So: one statement; only kinds whose literals are A_Const everywhere; no comment, no
 * dollar, no backslash, no letter before a quote, nothing beyond printable ASCII and plain white space; a number alone
 * between brackets stays as it is, since `float(24)` and `float(25)` are two types and `int[3]` is a third.
 * Whatever is not plainly so has no shape.
 */

/** Longest text that is given a shape: longer ones are rarely sent twice. */
const MAX_SHAPED_LENGTH = 16_384;

/** Digits of the longest number that is replaced: longer ones change from integers to decimals and may not parse. */
const MAX_DIGITS = 9;

/** What stands for a literal. Neither can occur in a text that has a shape. */
const NUMBER_MARK = '\u0001';
const STRING_MARK = '\u0002';

/** Kinds of characters, as the scan tells them apart. */
const REFUSED = 0;
const PLAIN = 1;
const WORD = 2;
const DIGIT = 3;
const QUOTE = 4;
const IDENTIFIER_QUOTE = 5;
const DASH = 6;
const SLASH = 7;
const SPACE = 8;
const SEMICOLON = 9;
const POINT = 10;

const CLASSES = makeClasses();

function makeClasses(): Uint8Array {
  const classes = new Uint8Array(128);
  const set = (characters: string, kind: number): void => {
    for (const character of characters) classes[character.charCodeAt(0)] = kind;
  };
  set('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_', WORD);
  set('0123456789', DIGIT);
  set('+*%^<>=~!@#&|`?,()[]:{}', PLAIN);
  set(' \t\n\r', SPACE);
  set("'", QUOTE);
  set('"', IDENTIFIER_QUOTE);
  set('-', DASH);
  set('/', SLASH);
  set(';', SEMICOLON);
  set('.', POINT);
  return classes;
}

const FIRST_WORD = /^\s*(?:select|insert|update|delete)\b/iu;

/**
 * The shape of a statement.
 * @returns null when the text has none: nothing is wrong with it, it is only to be read by itself
 */
export function toStatementShape(text: string): string | null {
  if (text.length > MAX_SHAPED_LENGTH || !FIRST_WORD.test(text)) return null;
  let shape = '';
  let copied = 0;
  let position = 0;
  while (position < text.length) {
    const kind = classAt(text, position);
    let end: number;
    switch (kind) {
      case PLAIN:
        // `U&"..."` is read under an escape character that a literal behind it names.
        if (isUnicodeMark(text, position)) return null;
        position += 1;
        continue;
      case SPACE:
      case POINT:
        position += 1;
        continue;
      case WORD:
        position = endOfWord(text, position);
        // A letter before a quote makes it another kind of literal; a digit cannot follow a word.
        if (text.charCodeAt(position) === 39) return null;
        continue;
      case DASH:
      case SLASH:
        if (startsComment(text, position)) return null;
        position += 1;
        continue;
      case IDENTIFIER_QUOTE:
        position = endOfIdentifier(text, position);
        if (position < 0) return null;
        continue;
      case SEMICOLON:
        if (text.slice(position + 1).trim() !== '') return null;
        position += 1;
        continue;
      case QUOTE:
        end = endOfString(text, position);
        if (end < 0) return null;
        shape += text.slice(copied, position) + STRING_MARK;
        break;
      case DIGIT:
        end = endOfNumber(text, position);
        if (end < 0) return null;
        if (standsAlone(text, position, end)) {
          position = end;
          continue;
        }
        shape += text.slice(copied, position) + NUMBER_MARK;
        break;
      default:
        return null;
    }
    copied = end;
    position = end;
  }
  return shape + text.slice(copied);
}

function isUnicodeMark(text: string, position: number): boolean {
  if (text.charAt(position) !== '&') return false;
  const next = text.charAt(position + 1);
  return next === "'" || next === '"';
}

function classAt(text: string, position: number): number {
  const code = text.charCodeAt(position);
  return code < 128 ? (CLASSES[code] ?? REFUSED) : REFUSED;
}

function endOfWord(text: string, start: number): number {
  let end = start + 1;
  for (;;) {
    const kind = end < text.length ? classAt(text, end) : PLAIN;
    if (kind !== WORD && kind !== DIGIT) return end;
    end += 1;
  }
}

/** `--` and a slash before a star begin comments, also inside what looks like a longer operator. */
function startsComment(text: string, position: number): boolean {
  const pair = text.slice(position, position + 2);
  return pair === '--' || pair === '/*';
}

/** The position behind a quoted identifier; -1 when it does not end or holds what is refused. */
function endOfIdentifier(text: string, start: number): number {
  for (let position = start + 1; position < text.length; position += 1) {
    const code = text.charCodeAt(position);
    if (code === 34) return position + 1;
    if (code < 32 || code > 126 || code === 92) return -1;
  }
  return -1;
}

/**
 * The position behind a plain string; -1 when it does not end, holds what is refused, or when another literal follows it,
 * which the lexer may read as part of it.
 */
function endOfString(text: string, start: number): number {
  for (let position = start + 1; position < text.length; position += 1) {
    const code = text.charCodeAt(position);
    if (code === 39) {
      if (text.charCodeAt(position + 1) !== 39)
        return followed(text, position + 1) ? -1 : position + 1;
      position += 1;
    } else if (code < 32 || code > 126 || code === 92) {
      return -1;
    }
  }
  return -1;
}

/** Whether the next thing behind a string is another one. */
function followed(text: string, start: number): boolean {
  let position = start;
  while (position < text.length && classAt(text, position) === SPACE) position += 1;
  return text.charCodeAt(position) === 39;
}

/** The position behind a plain number `12` or `12.5`; -1 for every other spelling. */
function endOfNumber(text: string, start: number): number {
  let end = endOfDigits(text, start);
  if (classAt(text, end) === POINT) {
    const decimals = end + 1;
    end = endOfDigits(text, decimals);
    if (end === decimals) return -1;
  }
  const before = start === 0 ? SPACE : classAt(text, start - 1);
  const behind = end < text.length ? classAt(text, end) : SPACE;
  const clean =
    before !== POINT && before !== WORD && ![WORD, POINT, QUOTE, REFUSED].includes(behind);
  return clean && end - start <= MAX_DIGITS ? end : -1;
}

function endOfDigits(text: string, start: number): number {
  let end = start;
  while (end < text.length && classAt(text, end) === DIGIT) end += 1;
  return end;
}

/** A number alone between brackets may belong to a type: `float(24)`, `int[3]`, `current_time(3)`. */
function standsAlone(text: string, start: number, end: number): boolean {
  let before = start - 1;
  while (before >= 0 && classAt(text, before) === SPACE) before -= 1;
  let behind = end;
  while (behind < text.length && classAt(text, behind) === SPACE) behind += 1;
  const open = text.charAt(before);
  const close = text.charAt(behind);
  return (open === '(' && close === ')') || (open === '[' && close === ']');
}
