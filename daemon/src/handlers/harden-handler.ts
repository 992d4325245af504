/** `resource.harden`: the policy's roles as statements for the real server, and running them when a person asks. */

import { harden } from '@agentguard/rules';
import type { PolicyState, SqlParser } from '@agentguard/rules';
import type { CallHandlers } from '../control/server/handlers.ts';
import { ResourceError } from '../errors.ts';
import { makeQuery } from '../protocols/postgres/upstream-query.ts';
import type { GuardedDatabases } from '../resources/guarded-databases.ts';
import { personOf } from './person.ts';
import type { RecordEvent } from './record-event.ts';

interface HardenParts {
  readonly databases: GuardedDatabases;
  readonly parser: SqlParser;
  readonly policy: () => PolicyState;
  readonly recordEvent: RecordEvent;
}

/** Handler of the call. */
export function makeHardenCall(parts: HardenParts): Pick<CallHandlers, 'resource.harden'> {
  const { databases, parser, policy, recordEvent } = parts;
  return {
    'resource.harden': async ({ name, apply }, context) => {
      if (databases.find(name) === undefined) {
        throw new ResourceError('RESOURCE_NOT_FOUND', `there is no resource called \`${name}\``, {
          audience: 'user',
          help: 'agentguard resource list',
        });
      }
      const state = policy();
      const roles = state.kind === 'in force' ? [...state.policy.roles.values()] : [];
      const catalog = await databases.catalog(name).ready();
      const login = `agentguard_${name.replaceAll('-', '_')}`;
      const { statements, notes } = harden({ roles, catalog, login, parser });
      if (apply) {
        const by = personOf(context);
        await recordEvent('resource hardened', {
          resource: name,
          statements: statements.length,
          by,
        });
        await run(databases, name, { statements, signal: context.signal });
      }
      return { login, statements: [...statements], notes: [...notes], applied: apply };
    },
  };
}

/** As one message, so that the server runs all of it or nothing. */
async function run(
  databases: GuardedDatabases,
  name: string,
  { statements, signal }: { readonly statements: readonly string[]; readonly signal: AbortSignal },
): Promise<void> {
  const parameters = new Map([['application_name', 'agentguard harden']]);
  const query = makeQuery(await databases.connect(name, parameters, signal));
  try {
    await query.query(statements.join(';\n'));
  } finally {
    query.close();
  }
}
