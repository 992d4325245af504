/** What an agent presents to the guard. Made here, shown once, kept only as a digest. */

import { createHash, randomBytes } from 'node:crypto';

/** Marks a token as ours wherever it turns up; scanners look for it. */
export const TOKEN_PREFIX = 'agt_';

/** 256 bits: no number of guesses gets near. */
const TOKEN_BYTES = 32;

/** Prefix and base64url of the bytes, 47 characters; or prefix and a signed scope of three parts. */
const TOKEN_FORM = /^agt_(?:[A-Za-z0-9_-]{43}|[\w-]{20,100}\.[\w-]{20,900}\.[\w-]{86})$/;

/** Makes a token. */
export function makeToken(): string {
  return `${TOKEN_PREFIX}${randomBytes(TOKEN_BYTES).toString('base64url')}`;
}

/**
 * The digest that stands for a token in memory, in hexadecimal; null for what cannot be a token.
 * A plain hash suffices, since the token is random or ends in a signature: there is nothing to guess from it. Looking a digest up
 * in a map takes no secret-dependent time that helps, for the same reason.
 */
export function digestOfToken(token: string): string | null {
  return TOKEN_FORM.test(token) ? createHash('sha256').update(token).digest('hex') : null;
}
