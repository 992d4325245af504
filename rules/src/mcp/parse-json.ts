/**
 * The strict reading of one JSON text, RFC 8259 and nothing else. Every implementation that takes the text at all reads
 * it like this one, but for duplicate keys: those are found and said.
 * INVARIANT: never throws, and never reads deeper than MAX_DEPTH.
 */

import { JsonNumber } from './json.ts';
import type { Json } from './json.ts';

/** Deeper than any message that means something; shallower than any reader's stack. */
export const MAX_DEPTH = 100;

export type ParsedJson =
  | {
      readonly ok: true;
      readonly value: Json;
      /** The first key that stands twice in its object; null when every key is alone. */
      readonly duplicate: string | null;
      /** Keys of the outermost object that stand twice. */
      readonly topDuplicates: ReadonlySet<string>;
    }
  | { readonly ok: false; readonly problem: string };

class Unreadable extends Error {}

/** Reads a text. */
export function parseJson(text: string): ParsedJson {
  const reader = new JsonReader(text);
  try {
    const value = reader.readAll();
    const { duplicate, topDuplicates } = reader;
    return { ok: true, value, duplicate, topDuplicates };
  } catch (error) {
    if (error instanceof Unreadable) return { ok: false, problem: error.message };
    throw error;
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;

const ESCAPES: ReadonlyMap<number, string> = new Map([
  [QUOTE, '"'],
  [BACKSLASH, '\\'],
  [0x2f, '/'],
  [0x62, '\b'],
  [0x66, '\f'],
  [0x6e, '\n'],
  [0x72, '\r'],
  [0x74, '\t'],
]);

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const PLAIN_TEXT = /[^"\\\u0000-\u001f]*/y;
const HEX = /[0-9a-fA-F]{4}/y;

class JsonReader {
  duplicate: string | null = null;
  readonly topDuplicates = new Set<string>();
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  readAll(): Json {
    const value = this.#value();
    this.#space();
    if (this.#at < this.#text.length) throw new Unreadable('something follows the value');
    return value;
  }

  #value(): Json {
    this.#space();
    const code = this.#text.charCodeAt(this.#at);
    if (code === QUOTE) return this.#string();
    if (code === 0x7b) return this.#nested(() => this.#object());
    if (code === 0x5b) return this.#nested(() => this.#array());
    if (code === 0x74) return this.#word('true', true);
    if (code === 0x66) return this.#word('false', false);
    if (code === 0x6e) return this.#word('null', null);
    return new JsonNumber(this.#match(NUMBER, 'no value can be read'));
  }

  #nested<T>(read: () => T): T {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw new Unreadable('it is nested too deeply');
    this.#at += 1;
    const value = read();
    this.#depth -= 1;
    return value;
  }

  #object(): Json {
    const object = new Map<string, Json>();
    const top = this.#depth === 1;
    if (this.#closes(0x7d)) return object;
    do {
      this.#space();
      if (this.#text.charCodeAt(this.#at) !== QUOTE) throw new Unreadable('a key is no string');
      const key = this.#string();
      this.#space();
      if (this.#text.charCodeAt(this.#at) !== COLON) throw new Unreadable('a key has no value');
      this.#at += 1;
      if (object.has(key)) {
        this.duplicate ??= key;
        if (top) this.topDuplicates.add(key);
      }
      object.set(key, this.#value());
    } while (this.#goesOn(0x7d));
    return object;
  }

  #array(): Json {
    const list: Json[] = [];
    if (this.#closes(0x5d)) return list;
    do list.push(this.#value());
    while (this.#goesOn(0x5d));
    return list;
  }

  #closes(end: number): boolean {
    this.#space();
    if (this.#text.charCodeAt(this.#at) !== end) return false;
    this.#at += 1;
    return true;
  }

  #goesOn(end: number): boolean {
    this.#space();
    const code = this.#text.charCodeAt(this.#at);
    this.#at += 1;
    if (code === COMMA) return true;
    if (code === end) return false;
    throw new Unreadable('an object or list is not closed');
  }

  #string(): string {
    this.#at += 1;
    let text = this.#match(PLAIN_TEXT, '');
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      this.#at += 1;
      if (code === QUOTE) return text;
      if (code !== BACKSLASH)
        throw new Unreadable('a string holds a raw control character or has no end');
      text += this.#escape() + this.#match(PLAIN_TEXT, '');
    }
  }

  #escape(): string {
    const code = this.#text.charCodeAt(this.#at);
    this.#at += 1;
    if (code === 0x75) {
      return String.fromCharCode(Number.parseInt(this.#match(HEX, 'an escape cannot be read'), 16));
    }
    const escaped = ESCAPES.get(code);
    if (escaped === undefined) throw new Unreadable('an escape cannot be read');
    return escaped;
  }

  #word<T>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) throw new Unreadable('no value can be read');
    this.#at += word.length;
    return value;
  }

  #match(pattern: RegExp, problem: string): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found === undefined) throw new Unreadable(problem);
    this.#at += found.length;
    return found;
  }

  #space(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x09 && code !== 0x0a && code !== 0x0d) return;
      this.#at += 1;
    }
  }
}
