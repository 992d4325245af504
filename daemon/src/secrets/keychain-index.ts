/**
 * The names of what is in the keychain, since keychains cannot be asked for them. Owner-only; holds no value.
 * A name is written here before its secret is, so that no secret is ever left that nobody can find.
 */

import * as z from 'zod';
import { SecretError } from '../errors.ts';
import { writeFileAtomic } from '../platform/atomic-file.ts';
import { readOwnerFile } from '../platform/owner-only.ts';

/** A few hundred names with their dates. */
const MAX_INDEX_BYTES = 1024 * 1024;

const indexSchema = z.strictObject({
  version: z.literal(1),
  names: z.record(
    z.string(),
    z.strictObject({
      kind: z.enum(['value', 'op', 'env', 'command']),
      setAt: z.string().nullable(),
      /** A change was begun and not ended: only the keychain knows whether the secret is there. */
      pending: z.literal(true).optional(),
    }),
  ),
});

type IndexFile = z.infer<typeof indexSchema>;

export type IndexEntry = IndexFile['names'][string];
export type IndexNames = ReadonlyMap<string, IndexEntry>;

/** Reads the index. @throws SecretError when it is there and cannot be understood */
export function readIndex(path: string): IndexNames {
  try {
    const bytes = readOwnerFile(path, MAX_INDEX_BYTES);
    if (bytes === null) return new Map();
    return new Map(Object.entries(indexSchema.parse(JSON.parse(bytes.toString('utf8'))).names));
  } catch (error) {
    throw new SecretError('SECRET_STORE_FAILED', 'the names of the keychain cannot be read', {
      audience: 'user',
      help: `mend or remove ${path}; what is in the keychain stays there`,
      cause: error,
    });
  }
}

/** Writes the index. @throws SecretError when it cannot be written; the old one is then still there */
export function writeIndex(path: string, names: IndexNames): void {
  try {
    const file: IndexFile = { version: 1, names: Object.fromEntries(names) };
    writeFileAtomic(path, `${JSON.stringify(file, null, 1)}\n`);
  } catch (error) {
    throw new SecretError('SECRET_STORE_FAILED', 'the names of the keychain cannot be written', {
      audience: 'user',
      help: `make room for ${path}, or look whether its folder can be written`,
      cause: error,
    });
  }
}
