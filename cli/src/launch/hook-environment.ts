/** The variables by which an agent's hooks find the daemon and prove their session. */

import type { CallResult } from '@agentguard/daemon/control';

type CreatedSession = CallResult<'session.create'>;

/** Where hooks are sent: `http://127.0.0.1:PORT`. */
export const HOOK_URL = 'AGENTGUARD_HOOK_URL';

/** The session's token. It may ask and report, and approves nothing. */
export const HOOK_TOKEN = 'AGENTGUARD_TOKEN';

/** Where relays of MCP servers connect: `127.0.0.1:PORT`. */
export const MCP_ADDRESS = 'AGENTGUARD_MCP';

const OWN: ReadonlySet<string> = new Set([HOOK_URL, HOOK_TOKEN, MCP_ADDRESS]);

/** Adds them; a session of a daemon without hooks gets none, and none of an outer session. */
export function withHookVariables(
  env: Readonly<Record<string, string>>,
  { hooks, mcp, token }: Pick<CreatedSession, 'hooks' | 'mcp' | 'token'>,
): Readonly<Record<string, string>> {
  const kept = Object.entries(env).filter(([name]) => !OWN.has(name));
  const bare = Object.fromEntries(kept);
  const ways = {
    ...(hooks === undefined ? {} : { [HOOK_URL]: `http://${hooks.host}:${hooks.port}` }),
    ...(mcp === undefined ? {} : { [MCP_ADDRESS]: `${mcp.host}:${mcp.port}` }),
  };
  return Object.keys(ways).length === 0 ? bare : { ...bare, ...ways, [HOOK_TOKEN]: token };
}
