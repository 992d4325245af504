/**
 * Issued tokens on disk, so that they outlive the daemon. What is kept of a token is its scope and what it is verified
 * by; the token itself is nowhere. Each entry carries a signature of ours, and one that does not fit is not used.
 */

import { randomBytes } from 'node:crypto';
import type { TokenClaims } from '@agentguard/rules';
import * as z from 'zod';
import { writeFileAtomic } from '../platform/atomic-file.ts';
import { readOwnerFile } from '../platform/owner-only.ts';
import type { TokenKey } from './scoped-token.ts';

/** As long as the salts that PostgreSQL makes. */
const SALT_BYTES = 16;

const claimsSchema = z.strictObject({
  id: z.string(),
  role: z.string().nullable(),
  values: z.record(z.string(), z.string()),
  resources: z.array(z.string()).nullable(),
  person: z.string(),
  onBehalfOf: z.string().nullable(),
  agent: z.string().nullable(),
  label: z.string().nullable(),
  issuedAt: z.number(),
  expiresAt: z.number(),
});

const entrySchema = z.strictObject({
  claims: claimsSchema,
  /** Folder it was issued for, as shown with questions. */
  workspace: z.string(),
  /** SHA-256 of the token, in hexadecimal. */
  digest: z.string(),
  /** What a listener verifies it by, in that room's own form. */
  verifier: z.string(),
  /** Why it opens nothing any more; null while it does. */
  over: z
    .strictObject({
      why: z.enum(['expired', 'revoked']),
      at: z.number(),
      by: z.string().nullable(),
    })
    .nullable(),
  seal: z.string(),
});

const fileSchema = z.strictObject({
  version: z.literal(1),
  salt: z.string(),
  /** The latest time seen: a clock that is set back brings no token back. */
  latest: z.number(),
  tokens: z.array(z.unknown()),
});

/** One issued token. */
export interface IssuedToken {
  readonly claims: TokenClaims;
  readonly workspace: string;
  readonly digest: string;
  readonly verifier: string;
  readonly over: {
    readonly why: 'expired' | 'revoked';
    /** Milliseconds since the epoch. */
    readonly at: number;
    /** Who revoked it; null for an expiry. */
    readonly by: string | null;
  } | null;
}

/** The content of the file. */
export interface TokenFile {
  readonly salt: Buffer;
  readonly latest: number;
  readonly tokens: readonly IssuedToken[];
  /** Entries that were not used, because they are not as we wrote them. */
  readonly refused: number;
}

/** Far more than the tokens that may be live or remembered. */
const MAX_FILE_BYTES = 2 * 1024 * 1024;

/**
 * Reads the tokens of a home, or begins them with a salt of their own. A file that is not as we wrote it holds none.
 * @throws PlatformError when others could have read or changed it
 */
export function readTokenFile(path: string, key: TokenKey): TokenFile {
  const empty = { salt: randomBytes(SALT_BYTES), latest: 0, tokens: [], refused: 0 };
  const bytes = readOwnerFile(path, MAX_FILE_BYTES);
  if (bytes === null) return empty;
  const parsed = fileSchema.safeParse(parseJson(bytes.toString('utf8')));
  if (!parsed.success) return { ...empty, refused: 1 };
  const entries = parsed.data.tokens.map((entry) => readEntry(entry, key));
  const tokens = entries.filter((entry) => entry !== null);
  return {
    salt: Buffer.from(parsed.data.salt, 'base64'),
    latest: parsed.data.latest,
    tokens,
    refused: entries.length - tokens.length,
  };
}

/** Replaces the file. @throws the file system's own error; the old file is then still there */
export function writeTokenFile(
  path: string,
  content: Omit<TokenFile, 'refused'>,
  key: TokenKey,
): void {
  const tokens = content.tokens.map((token) => ({ ...token, seal: key.sign(toSealed(token)) }));
  const file = {
    version: 1,
    salt: content.salt.toString('base64'),
    latest: content.latest,
    tokens,
  };
  writeFileAtomic(path, `${JSON.stringify(file, null, 1)}\n`);
}

function readEntry(value: unknown, key: TokenKey): IssuedToken | null {
  const parsed = entrySchema.safeParse(value);
  if (!parsed.success) return null;
  const { seal, ...token } = parsed.data;
  // SECURITY(P-72): a scope that somebody else wrote into the file is no scope.
  return key.verify(toSealed(token), seal) ? token : null;
}

/** What the seal is over: every field, each in its place, whatever the order in the file. */
function toSealed({ claims, workspace, digest, verifier, over }: IssuedToken): string {
  const { id, role, values, resources, person, onBehalfOf, agent, label } = claims;
  return JSON.stringify([
    'agentguard token entry 1',
    [id, role, Object.entries(values).toSorted(), resources, person, onBehalfOf, agent, label],
    [claims.issuedAt, claims.expiresAt],
    [workspace, digest, verifier],
    over === null ? null : [over.why, over.at, over.by],
  ]);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
