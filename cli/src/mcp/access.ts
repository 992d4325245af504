/** How a process of a guarded session reaches the MCP listener. */

import { HOOK_TOKEN, MCP_ADDRESS } from '../launch/hook-environment.ts';
import type { RelayAccess } from './relay.ts';

/** What a guarded session left in the environment; null outside of one. */
export function accessOfSession(env: NodeJS.ProcessEnv): RelayAccess | null {
  const address = /^([\d.]+):(\d{1,5})$/.exec(env[MCP_ADDRESS] ?? '');
  const token = env[HOOK_TOKEN];
  if (address === null || token === undefined) return null;
  return { host: address[1] ?? '', port: Number(address[2]), token };
}
