/**
 * What stands in a file where a secret was: `agentguard:NAME`, or an address through the guard whose password is a word
 * that opens nothing. Both are made here and read back here.
 */

import { PLACEHOLDER_PASSWORD } from '@agentguard/rules/detect/harmless-value';

/** What a reference leads to. */
export type Reference =
  | { readonly kind: 'secret'; readonly name: string }
  | {
      readonly kind: 'resource';
      readonly name: string;
      /** `postgresql+asyncpg`: the program's own word for how to connect. */
      readonly scheme: string;
      /** Parameters that mean something to the program and nothing to the database. */
      readonly query: string;
    };

const SECRET = /^agentguard:([A-Za-z_][A-Za-z0-9_.-]{0,127})$/;

const ADDRESS = new RegExp(
  `^([a-z][a-z0-9+]*)://[^\\s/?#@:]*:${PLACEHOLDER_PASSWORD}@127\\.0\\.0\\.1:\\d{1,5}/([a-z][a-z0-9_-]{0,62})(?:\\?(\\S*))?$`,
);

/** `${SHOP_DATABASE_URL:-...}`: the variable of a guarded run, and the address where there is none. */
const WITH_VARIABLE = /^\$\{[A-Z_][A-Z0-9_]*:-([^{}]*)\}$/;

const AUTHORIZATION_WORD = /^(?:Bearer|Basic|Token) +/i;

/** The reference that stands for a secret. */
export function toSecretReference(name: string): string {
  return `agentguard:${name}`;
}

/** Where the guard listens, and for what. */
export interface GuardAddress {
  readonly scheme: string;
  readonly user: string;
  readonly port: number;
  readonly resource: string;
  readonly query: string;
}

/** The address that stands for a database's URL. */
export function toAddressReference({ scheme, user, port, resource, query }: GuardAddress): string {
  const address = `${scheme}://${user}:${PLACEHOLDER_PASSWORD}@127.0.0.1:${port}/${resource}`;
  return query === '' ? address : `${address}?${query}`;
}

/** Reads a value; null when it is no reference of ours. */
export function parseReference(value: string): Reference | null {
  const shown = WITH_VARIABLE.exec(value)?.[1] ?? value;
  const secret = SECRET.exec(shown)?.[1];
  if (secret !== undefined) return { kind: 'secret', name: secret };
  const [, scheme, name, query = ''] = ADDRESS.exec(shown) ?? [];
  if (scheme === undefined || name === undefined) return null;
  return { kind: 'resource', name, scheme, query };
}

/** A value taken apart: what stays, and the reference behind it. */
export interface ReferencingValue {
  /** `Bearer `, or nothing. */
  readonly prefix: string;
  readonly reference: Reference;
}

/** Reads the value of a variable; null when there is no reference in it. */
export function parseValue(value: string): ReferencingValue | null {
  const prefix = AUTHORIZATION_WORD.exec(value)?.[0] ?? '';
  const reference = parseReference(value.slice(prefix.length));
  return reference === null ? null : { prefix, reference };
}
