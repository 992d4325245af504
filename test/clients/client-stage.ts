/** What the tests of clients share: the rental database behind a guard, in development and in production. */

import { startGuard, type Guard, type GuardSession } from '../servers/guard.ts';
import { startRental, type RentalOptions, type RentalWorld } from '../scenarios/rental/world.ts';

/** A guard with a resource for each label, both over one database. */
export interface ClientStage {
  readonly world: RentalWorld;
  readonly guard: Guard;
  readonly session: GuardSession;
  /** Runs a statement on the server itself. */
  sql(text: string): Promise<readonly Record<string, unknown>[]>;
  stop(): Promise<void>;
}

/** Name of the database on the server. */
export const DATABASE = 'rental';

export async function startClientStage(options: RentalOptions = {}): Promise<ClientStage> {
  const world = await startRental(options);
  try {
    await world.restore(DATABASE);
    const url = world.server.url(undefined, undefined, DATABASE);
    const guard = await startGuard({
      resources: (['development', 'production'] as const).map((environment) => ({
        name: environment,
        environment,
        url,
      })),
    });
    const session = await guard.session();
    return {
      world,
      guard,
      session,
      sql: (text) => world.server.sql(text, DATABASE),
      stop: async () => {
        await guard.stop();
        await world.stop();
      },
    };
  } catch (error) {
    await world.stop();
    throw error;
  }
}
