/**
 * Secrets that are kept elsewhere: the vault holds where, never the value.
 * A reference is written by a person on purpose; nothing that was read from a file or pipe becomes one unasked.
 */

import { isAbsolute } from 'node:path';
import * as z from 'zod';
import { SecretError } from '../errors.ts';
import type { SecretKind } from './secret-store.ts';
import { SecretValue } from './secret-value.ts';

/** Where the value of a secret is. */
export type Reference =
  | { readonly kind: 'op'; readonly uri: string }
  | { readonly kind: 'env'; readonly variable: string }
  | { readonly kind: 'command'; readonly argv: readonly [string, ...string[]] };

/** Stands before a reference in a store. No value that begins with it is taken. */
const STORED_PREFIX = 'agentguard-reference:';

/** References of password managers are short; a command line longer than this belongs in a script. */
export const MAX_REFERENCE_LENGTH = 2048;

/** `op://vault/item/field` or with a section (1Password, secret reference syntax). No query but `attribute`. */
const OP_URI =
  /^op:\/\/[^\s/?#]+(?: [^\s/?#]+)*(?:\/[^\s/?#]+(?: [^\s/?#]+)*){2,3}(?:\?attribute=[a-z]+)?$/u;

/** POSIX, Base Definitions 8.1. */
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

/** Without quoting rules of our own: whoever needs blanks or quotes writes the arguments as JSON. */
const PLAIN_WORDS = /^[\w@%+=:,./-]+(?: +[\w@%+=:,./-]+)*$/;

const argvSchema = z.tuple([z.string().min(1)], z.string());

/**
 * SECURITY(P-61): reads a reference as a person writes it; what is stored without one is a value for good.
 * @throws SecretError `INPUT_INVALID` that does not repeat what was written
 */
export function parseReference(text: string): Reference {
  if (text.length > MAX_REFERENCE_LENGTH || text.includes('\0')) throw unfit();
  if (text.startsWith('op://')) {
    if (!OP_URI.test(text)) throw unfit();
    return { kind: 'op', uri: text };
  }
  const [scheme, rest] = splitOnce(text, ':');
  if (scheme === 'env' && VARIABLE.test(rest)) return { kind: 'env', variable: rest };
  if (scheme === 'command') return { kind: 'command', argv: parseArgv(rest) };
  throw unfit();
}

/** What is stored of a reference. */
export function toStored(text: string): SecretValue {
  return new SecretValue(`${STORED_PREFIX}${text}`);
}

/** The reference behind a stored secret; null when the secret is a value itself. */
export function findReference(stored: SecretValue): Reference | null {
  // SECURITY(P-03): looked at, not passed on, unless it is a reference.
  const text = stored.unsafeReveal();
  return text.startsWith(STORED_PREFIX) ? parseReference(text.slice(STORED_PREFIX.length)) : null;
}

/** Whether a value would be taken for a reference when it is read back. */
export function looksStored(value: SecretValue): boolean {
  return value.unsafeReveal().startsWith(STORED_PREFIX);
}

/** What lists show. */
export function kindOf(reference: Reference | null): SecretKind {
  return reference?.kind ?? 'value';
}

function parseArgv(text: string): readonly [string, ...string[]] {
  const argv = text.startsWith('[') ? parseJsonArgv(text) : parsePlainArgv(text);
  // A path that depends on a working folder would be another program elsewhere.
  if (/[/\\]/.test(argv[0]) && !isAbsolute(argv[0])) throw unfit();
  return argv;
}

function parsePlainArgv(text: string): readonly [string, ...string[]] {
  const trimmed = text.trim();
  if (!PLAIN_WORDS.test(trimmed)) throw unfit();
  const [program, ...args] = trimmed.split(/ +/);
  if (program === undefined) throw unfit();
  return [program, ...args];
}

function parseJsonArgv(text: string): readonly [string, ...string[]] {
  try {
    return argvSchema.parse(JSON.parse(text));
  } catch {
    throw unfit();
  }
}

function splitOnce(text: string, mark: string): readonly [string, string] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

function unfit(): SecretError {
  return new SecretError('INPUT_INVALID', 'the reference cannot be understood', {
    audience: 'user',
    help: 'op://VAULT/ITEM/FIELD, env:NAME, command:PROGRAM ARGS or command:["PROGRAM","ARG"]',
  });
}
