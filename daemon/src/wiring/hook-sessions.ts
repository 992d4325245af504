/** What the hook desk has to know of sessions and of where the guard keeps its own. */

import { homedir, tmpdir } from 'node:os';
import type { ShellPlace } from '@agentguard/rules';
import type { HookSession } from '../hooks/hook-desk.ts';
import type { Paths } from '../platform/paths.ts';
import type { SessionStore } from '../sessions/session-store.ts';

/** A live session as the desk sees it; null when there is none of that id. */
export function findHookSession(sessions: SessionStore<unknown>, id: string): HookSession | null {
  const session = sessions.find(id);
  if (session === undefined) return null;
  const { principal, workspace, confined, resources } = session;
  // Outside of a sandbox a tool may reach a database past the guard; with nothing guarded there is no gate to ask.
  return { id, principal, workspace, databaseGate: confined && resources.length > 0 };
}

/** The surroundings that paths are judged by. */
export function guardPlace(paths: Paths): Omit<ShellPlace, 'workspace' | 'cwd'> {
  return {
    home: homedir(),
    temporary: [...new Set([tmpdir(), '/tmp', '/var/tmp', '/private/tmp'])],
    guard: [paths.config, paths.state, paths.runtime],
  };
}
