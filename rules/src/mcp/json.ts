/**
 * JSON values that lose nothing: numbers keep their literal text, objects their order and every key as data.
 * No object of the language stands for one of JSON's, so no key of a message (`__proto__`) means anything here.
 */

/** A number as it was written. */
export class JsonNumber {
  readonly literal: string;

  /** @param literal a number by RFC 8259, section 6 */
  constructor(literal: string) {
    this.literal = literal;
  }
}

/** An object. Keys in the order in which they were written. */
export type JsonMap = ReadonlyMap<string, Json>;

/** Any value. */
export type Json = null | boolean | string | JsonNumber | readonly Json[] | JsonMap;

/** Whether a value is an object. */
export function isJsonMap(value: Json | undefined): value is JsonMap {
  return value instanceof Map;
}

/** Whether a value is a list. */
export function isJsonArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** The value behind a path of keys; undefined where one of them is not there. */
export function jsonAt(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  let at = value;
  for (const key of path) {
    if (!isJsonMap(at)) return undefined;
    at = at.get(key);
  }
  return at;
}

/** A string behind a path; null for everything else. */
export function textAt(value: Json | undefined, ...path: readonly string[]): string | null {
  const found = jsonAt(value, ...path);
  return typeof found === 'string' ? found : null;
}

/** A copy with one key set, at its place or at the end. */
export function withKey(object: JsonMap, key: string, value: Json): JsonMap {
  return new Map([...object, [key, value]]);
}

/** An object from pairs. */
export function jsonMap(pairs: Readonly<Record<string, Json>>): JsonMap {
  return new Map(Object.entries(pairs));
}

/** Text that parses to the same value, on one line, numbers as they were written. */
export function toJsonText(value: Json): string {
  if (value instanceof JsonNumber) return value.literal;
  if (isJsonArray(value)) return `[${value.map(toJsonText).join(',')}]`;
  if (isJsonMap(value)) {
    const members = [...value].map(([key, one]) => `${JSON.stringify(key)}:${toJsonText(one)}`);
    return `{${members.join(',')}}`;
  }
  return JSON.stringify(value);
}

/** A value of the language, for conditions: an integer that no double holds becomes a bigint, `__proto__` a plain key. */
export function toPlain(value: Json): unknown {
  if (value instanceof JsonNumber) return toPlainNumber(value.literal);
  if (isJsonArray(value)) return value.map(toPlain);
  if (!isJsonMap(value)) return value;
  const plain = Object.create(null) as Record<string, unknown>;
  for (const [key, one] of value) plain[key] = toPlain(one);
  return plain;
}

function toPlainNumber(literal: string): number | bigint {
  const number = Number(literal);
  return /^-?\d+$/.test(literal) && !Number.isSafeInteger(number) ? BigInt(literal) : number;
}

/** A value of the language as JSON. Only for what JSON can say; everything else becomes null. */
export function fromPlain(value: unknown): Json {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number')
    return Number.isFinite(value) ? new JsonNumber(String(value)) : null;
  if (typeof value === 'bigint') return new JsonNumber(String(value));
  if (Array.isArray(value)) return value.map(fromPlain);
  if (typeof value !== 'object') return null;
  const kept = Object.entries(value).filter(([, one]) => one !== undefined);
  return new Map(kept.map(([key, one]) => [key, fromPlain(one)]));
}
