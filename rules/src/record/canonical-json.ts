/**
 * Deterministic JSON as RFC 8785 (JCS) defines it: sorted keys, no spaces, one spelling per string and number.
 * Only plain data passes. A class instance is refused, so that a type that hides its value cannot slip in.
 */

/** Entries are a few levels deep; this keeps the stack safe. */
const MAX_DEPTH = 32;

/** Names of fields repeat in every entry; this many keep their text, the rest is written each time. */
const MAX_KEPT_KEYS = 1000;
const MAX_KEPT_KEY_LENGTH = 64;

/** `"key":` by key. Writing a key takes longer than looking it up, and an entry has forty. */
const KEY_TEXTS = new Map<string, string>();

export type CanonicalJson =
  { readonly ok: true; readonly text: string } | { readonly ok: false; readonly problem: string };

/** The one text of a value, or why it has none: not plain data, a lone surrogate, not a finite number. */
export function toCanonicalJson(value: unknown): CanonicalJson {
  try {
    return { ok: true, text: write(value, 0) };
  } catch (error) {
    if (error instanceof NotPlain) return { ok: false, problem: error.message };
    throw error;
  }
}

class NotPlain extends Error {}

function write(value: unknown, depth: number): string {
  switch (typeof value) {
    case 'string':
      return writeString(value);
    case 'number':
      if (!Number.isFinite(value)) throw new NotPlain('a number is not finite');
      return JSON.stringify(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      if (depth >= MAX_DEPTH) throw new NotPlain('it is nested too deeply');
      return Array.isArray(value) ? writeArray(value, depth) : writeObject(value, depth);
    case 'undefined':
    case 'bigint':
    case 'symbol':
    case 'function':
      throw new NotPlain(`a value is of type ${typeof value}`);
  }
}

function writeString(value: string): string {
  if (!value.isWellFormed()) throw new NotPlain('a text is not valid Unicode');
  return JSON.stringify(value);
}

function toKeyText(key: string): string {
  const kept = KEY_TEXTS.get(key);
  if (kept !== undefined) return kept;
  const text = `${writeString(key)}:`;
  if (KEY_TEXTS.size < MAX_KEPT_KEYS && key.length <= MAX_KEPT_KEY_LENGTH) KEY_TEXTS.set(key, text);
  return text;
}

function writeArray(values: readonly unknown[], depth: number): string {
  let text = '[';
  for (let at = 0; at < values.length; at += 1) {
    if (at > 0) text += ',';
    text += write(values[at], depth + 1);
  }
  return `${text}]`;
}

function writeObject(value: object, depth: number): string {
  // SECURITY(P-03): a SecretValue, a Buffer or any other instance is no data of an entry.
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new NotPlain('a value is an instance of a class');
  }
  let text = '{';
  // RFC 8785 section 3.2.3 orders by UTF-16 code units, which is what sort() does.
  for (const key of Object.keys(value).sort()) {
    if (text.length > 1) text += ',';
    const field: unknown = Reflect.get(value, key);
    text += toKeyText(key) + write(field, depth + 1);
  }
  return `${text}}`;
}
