/**
 * The variables that a project's files give to databases, as a guarded command gets them: through the guard, with the
 * session's token. A program reads them where it always did, since the environment is stronger than its files.
 */

import { realpathSync } from 'node:fs';
import type { CallResult } from '@agentguard/daemon/control';
import { toUrl } from '../launch/environment.ts';
import { readEnvVariables } from './choose-env-files.ts';
import { toProgramUrl } from './database-url.ts';
import { findProjectRoots } from './journal.ts';
import { parseReference } from './reference.ts';
import type { Reference } from './reference.ts';

type CreatedSession = CallResult<'session.create'>;

type AddressReference = Extract<Reference, { kind: 'resource' }>;

/** Databases that the files of a folder name, by variable. Empty where they cannot be read or the order is not certain. */
export function findAddresses(
  folder: string,
  mode: string | null,
): ReadonlyMap<string, AddressReference> {
  const found = new Map<string, AddressReference>();
  for (const [name, value] of readSettled(folder, mode)) {
    const reference = parseReference(value);
    if (reference?.kind === 'resource') found.set(name, reference);
  }
  return found;
}

/** The session with the database of `DATABASE_URL` first, so that every variable means the same one. */
export function ownDatabaseFirst(
  session: CreatedSession,
  addresses: ReadonlyMap<string, AddressReference>,
): CreatedSession {
  const own = addresses.get('DATABASE_URL')?.name;
  const first = session.resources.filter(({ name }) => name === own);
  const others = session.resources.filter(({ name }) => name !== own);
  return { ...session, resources: [...first, ...others] };
}

/** The variables with addresses that work in this session. Those of databases it may not reach are left out. */
export function toGuardedVariables(
  addresses: ReadonlyMap<string, AddressReference>,
  session: CreatedSession,
): Readonly<Record<string, string>> {
  const set = [...addresses].flatMap(([variable, reference]): [string, string][] => {
    const resource = session.resources.find(({ name }) => name === reference.name);
    if (resource === undefined) return [];
    return [[variable, toProgramUrl(toUrl(resource, session.token), reference)]];
  });
  return Object.fromEntries(set);
}

/** An agent must start whatever a project's files look like; where they say nothing certain, nothing is added. */
function readSettled(folder: string, mode: string | null): ReadonlyMap<string, string> {
  try {
    const real = realpathSync(folder);
    const root = findProjectRoots(real).at(-1) ?? null;
    return readEnvVariables({ folder: real, root, named: [], mode }).settled;
  } catch {
    return new Map();
  }
}
