/** What the tests of wire techniques share: the rental database, a guard before it, and raw clients to both. */

import { RawClient } from '../../hostile/wire/raw-client.ts';
import { startGuard, type Guard, type GuardSession } from '../../servers/guard.ts';
import { differences, takeFingerprint } from '../rental/fingerprint.ts';
import { TRAPS_SQL } from '../rental/schema.ts';
import { startRental, type RentalWorld } from '../rental/world.ts';

/** One server, an unguarded copy and a guarded database, reachable under two labels. */
export interface WireStage {
  readonly world: RentalWorld;
  readonly guard: Guard;
  readonly session: GuardSession;
  /** A client that is logged in at the guard, in development. */
  guarded(parameters?: Readonly<Record<string, string>>): Promise<RawClient>;
  /** A client that is logged in at the server itself, in the copy. */
  direct(parameters?: Readonly<Record<string, string>>): Promise<RawClient>;
  /** What `act` changed in the guarded database or in the copy, by the names of the fingerprint. */
  changes(database: 'direct' | 'guarded', act: () => Promise<void>): Promise<readonly string[]>;
  stop(): Promise<void>;
}

/** Starts everything. */
export async function startWireStage(): Promise<WireStage> {
  const world = await startRental({ more: [TRAPS_SQL] });
  for (const database of ['direct', 'guarded']) await world.restore(database);
  const urlOf = (database: string): string => world.server.url(undefined, undefined, database);
  const guard = await startGuard({
    resources: (['development', 'production'] as const).map((environment) => ({
      name: environment,
      environment,
      url: urlOf('guarded'),
    })),
  });
  const session = await guard.session();
  return {
    world,
    guard,
    session,
    guarded: (parameters) => RawClient.login(session.url('development'), parameters),
    direct: (parameters) => RawClient.login(urlOf('direct'), parameters),
    changes: async (database, act) => {
      const before = await takeFingerprint(world.server, database);
      await act();
      const changed = differences(before, await takeFingerprint(world.server, database));
      if (changed.length > 0) await world.restore(database);
      return changed;
    },
    stop: async () => {
      await guard.stop();
      await world.stop();
    },
  };
}
