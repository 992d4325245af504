/** The guard as a contender: the built daemon, everything inspected, everything on its record. */

import { startGuard } from '../servers/guard.ts';
import type { Contender } from './contender.ts';

const RESOURCE = 'bench';

/**
 * Starts a guard before the direct contender's server, with a session for the clients of the benchmark.
 * The clients reach the listener itself, not the relay that tests look through for leaks.
 */
export async function startGuardContender(direct: Contender): Promise<Contender> {
  const password = encodeURIComponent(direct.password);
  const guard = await startGuard({
    resources: [
      {
        name: RESOURCE,
        environment: 'development',
        url: `postgres://${direct.user}:${password}@${direct.host}:${direct.port}/${direct.database}?sslmode=disable`,
      },
    ],
  });
  const session = await guard.session({ resources: [RESOURCE] });
  const { listener, pid } = await guard.person.call('status', {});
  if (listener === null) throw new Error('the guard does not listen');
  return {
    name: 'guard',
    host: listener.host,
    port: listener.port,
    user: 'agent',
    password: session.token,
    database: RESOURCE,
    pid,
    stop: () => guard.stop(),
  };
}
