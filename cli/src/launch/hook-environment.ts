/** The variables by which an agent's hooks find the daemon and prove their session. */

import type { CallResult } from '@agentguard/daemon/control';

type CreatedSession = CallResult<'session.create'>;

/** Where hooks are sent: `http://127.0.0.1:PORT`. */
export const HOOK_URL = 'AGENTGUARD_HOOK_URL';

/** The session's token. It may ask and report, and approves nothing. */
export const HOOK_TOKEN = 'AGENTGUARD_TOKEN';

/** Adds them; a session of a daemon without hooks gets none, and none of an outer session. */
export function withHookVariables(
  env: Readonly<Record<string, string>>,
  { hooks, token }: Pick<CreatedSession, 'hooks' | 'token'>,
): Readonly<Record<string, string>> {
  const kept = Object.entries(env).filter(([name]) => name !== HOOK_URL && name !== HOOK_TOKEN);
  const bare = Object.fromEntries(kept);
  if (hooks === undefined) return bare;
  return { ...bare, [HOOK_URL]: `http://${hooks.host}:${hooks.port}`, [HOOK_TOKEN]: token };
}
