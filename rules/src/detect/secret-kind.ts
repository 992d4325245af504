/** What the tables of this room are made of: kinds of secrets, what finds each, and how sure a find is. */

/** `block` stops a commit; `warn` is printed. */
export type Tier = 'block' | 'warn';

/** What a secret opens, the worst first: the order in which people should look at finds. */
export const DOORS = [
  'infrastructure',
  'data',
  'code',
  'money',
  'identity',
  'messages',
  'models',
  'service',
] as const;
export type Door = (typeof DOORS)[number];

/** Digits of a token that can be checked, and texts that can be taken apart. */
export type CheckName =
  | 'aws-key-id'
  | 'github-crc'
  | 'grafana-crc'
  | 'json-base64'
  | 'jwt'
  | 'nkey'
  | 'openai'
  | 'pypi-macaroon'
  | 'varied';

/** Any kind of secret. */
export interface SecretKind {
  /** Stable: people allow and switch off by it. */
  readonly id: string;
  readonly title: string;
  readonly tier: Tier;
  readonly opens: Door;
}

/** A token that is known by its own shape, wherever it stands. */
export interface TokenKind extends SecretKind {
  /** In the language of `shape.ts`. */
  readonly shape: string;
  readonly check: CheckName | null;
}

/** A value that is known by its shape together with the provider's name in the name it is given. */
export interface NamedKind extends SecretKind {
  /** Words of the name, in upper case; each alternative joins with `_` what must stand side by side. */
  readonly words: readonly string[];
  /** In the language of `shape.ts`, without a literal to look for; the whole value. */
  readonly value: string;
}

interface TokenOptions {
  readonly tier?: Tier;
  readonly check?: CheckName;
  readonly opens?: Door;
}

/** One line of a table of tokens: id, title, shape, and what differs from the table's rule. */
export type TokenRow = readonly [string, string, string, TokenOptions?];

/** One line of a table of named values. */
export type NamedRow = readonly [string, string, string, string, { readonly opens?: Door }?];

/** A table of tokens that open the same kind of door. */
export function toTokens(opens: Door, rows: readonly TokenRow[]): readonly TokenKind[] {
  return rows.map(([id, title, shape, options = {}]) => ({
    id,
    title,
    shape,
    tier: options.tier ?? 'block',
    opens: options.opens ?? opens,
    check: options.check ?? null,
  }));
}

/** A table of named values: id, title, words apart by spaces, shape of the value. */
export function toNamed(opens: Door, rows: readonly NamedRow[]): readonly NamedKind[] {
  return rows.map(([id, title, words, value, options = {}]) => ({
    id,
    title,
    words: words.split(' '),
    value,
    tier: 'block',
    opens: options.opens ?? opens,
  }));
}
