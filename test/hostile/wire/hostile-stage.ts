/** What the hostile tests share: a guard with a table that everything tries to empty, and the question how it is. */

import { expect } from 'vitest';
import {
  startLifecycleStage,
  type LifecycleStage,
} from '../../scenarios/lifecycle/lifecycle-stage.ts';
import type { GuardSession } from '../../servers/guard.ts';
import { query } from './frames.ts';
import { RawClient } from './raw-client.ts';

/** A guard under attack. */
export interface HostileStage extends LifecycleStage {
  readonly session: GuardSession;
  /** A connection on which nothing was sent. */
  open(): Promise<RawClient>;
  login(): Promise<RawClient>;
  /** Everything is as it was: the table is whole, and an honest client is served. */
  expectUnharmed(): Promise<void>;
}

export async function startHostileStage(): Promise<HostileStage> {
  const stage = await startLifecycleStage();
  const session = await stage.guard.session();
  const login = (): Promise<RawClient> => RawClient.login(session.url());
  return {
    ...stage,
    session,
    open: () => RawClient.open(session.port),
    login,
    expectUnharmed: async () => {
      expect(await stage.users()).toBe(10);
      const client = await login();
      await client.ask(query('SELECT 42'));
      expect(client.rows).toEqual(['42']);
      client.destroy();
    },
  };
}

/** The statement that must never run, and that follows every malformed frame. */
export const HARM = query('DELETE FROM users');
