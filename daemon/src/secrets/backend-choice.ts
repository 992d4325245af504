/**
 * Which back end the vault is in: what a person chose, remembered in an owner-only file.
 * Nothing ever chooses another one because the chosen one does not work.
 */

import { existsSync } from 'node:fs';
import * as z from 'zod';
import { SecretError } from '../errors.ts';
import { writeFileAtomic } from '../platform/atomic-file.ts';
import { readOwnerFile } from '../platform/owner-only.ts';
import { BACKENDS } from './secret-store.ts';
import type { Backend } from './secret-store.ts';

/** For machines where nobody can be asked: `file` or `keychain`. */
export const BACKEND_VARIABLE = 'AGENTGUARD_SECRET_STORE';

/** One small object. */
const MAX_CHOICE_BYTES = 1024;

const choiceSchema = z.strictObject({ version: z.literal(1), backend: z.enum(BACKENDS) });

/**
 * The back end, and what says so. `default`: nothing does, so a keychain that works is taken. `no keychain`: nothing does
 * and there is none, in a home that holds everything itself.
 */
export interface BackendChoice {
  readonly backend: Backend;
  readonly by: 'environment' | 'person' | 'vault file' | 'default' | 'no keychain';
}

/**
 * The back end of this machine's vault.
 * @throws SecretError when the variable or the file says something else than a back end
 */
export function chooseBackend(source: {
  readonly variable: string | undefined;
  readonly choiceFile: string;
  readonly vaultFile: string;
}): BackendChoice {
  const { variable, choiceFile, vaultFile } = source;
  if (variable !== undefined && variable !== '') {
    return { backend: parseVariable(variable), by: 'environment' };
  }
  const chosen = readChoice(choiceFile);
  if (chosen !== null) return { backend: chosen, by: 'person' };
  // Made before there was a choice.
  if (existsSync(vaultFile)) return { backend: 'file', by: 'vault file' };
  return { backend: 'keychain', by: 'default' };
}

/** Remembers a choice. @throws SecretError when it cannot be written; the old one then holds */
export function rememberBackend(choiceFile: string, backend: Backend): void {
  try {
    writeFileAtomic(choiceFile, `${JSON.stringify({ version: 1, backend })}\n`);
  } catch (error) {
    throw new SecretError('SECRET_STORE_FAILED', 'the choice of the vault cannot be remembered', {
      audience: 'user',
      help: `look whether ${choiceFile} can be written`,
      cause: error,
    });
  }
}

function parseVariable(text: string): Backend {
  const found = BACKENDS.find((backend) => backend === text);
  if (found !== undefined) return found;
  throw new SecretError(
    'INPUT_INVALID',
    `${BACKEND_VARIABLE} is neither \`keychain\` nor \`file\``,
    {
      audience: 'user',
      help: `unset ${BACKEND_VARIABLE}, or set it to one of them`,
    },
  );
}

function readChoice(path: string): Backend | null {
  try {
    const bytes = readOwnerFile(path, MAX_CHOICE_BYTES);
    if (bytes === null) return null;
    return choiceSchema.parse(JSON.parse(bytes.toString('utf8'))).backend;
  } catch (error) {
    throw new SecretError('SECRET_STORE_FAILED', 'the choice of the vault cannot be read', {
      audience: 'user',
      help: `mend or remove ${path}`,
      cause: error,
    });
  }
}
