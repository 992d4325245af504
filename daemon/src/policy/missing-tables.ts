/** Tables that a role names and a database does not have: they grant nothing there, and a person should know. */

import { missingTables } from '@agentguard/rules';
import type { PolicyState } from '@agentguard/rules';
import type { GuardedDatabases } from '../resources/guarded-databases.ts';

/** A person waits for the answer; a database that takes longer is not asked. */
const PATIENCE_MS = 3000;

/** One sentence for each table; none about a database that cannot be asked. */
export async function describeMissingTables(
  place: { readonly role: string; readonly resources: readonly string[] },
  state: PolicyState,
  databases: Pick<GuardedDatabases, 'catalog'>,
): Promise<string[]> {
  const role = state.kind === 'in force' ? state.policy.roles.get(place.role) : undefined;
  if (role === undefined) return [];
  const notes = await Promise.all(
    place.resources.map(async (name) => {
      const catalog = await patiently(databases.catalog(name).ready());
      if (catalog === null) return [];
      return missingTables(role, catalog).map(
        ({ table, near }) => `\`${name}\` has no table \`${table}\`, which the role names${near}`,
      );
    }),
  );
  return notes.flat();
}

/** The value when it comes in time; null otherwise, and when it cannot be had. */
async function patiently<Value>(wanted: Promise<Value>): Promise<Value | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS, null);
  });
  try {
    return await Promise.race([wanted.catch(() => null), late]);
  } finally {
    clearTimeout(timer);
  }
}
