/** Where the files of agents are, and what their hooks are made of, on this machine. */

import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { resolvePaths } from '@agentguard/daemon/control';
import { AGENTS } from '../agents/agent-file.ts';
import type { AgentName, HookParts } from '../agents/agent-file.ts';
import type { AgentPlace } from '../agents/installation.ts';
import { connectStarting } from '../connect.ts';
import { UsageError } from '../exit-code.ts';

/** The places of this machine. */
export function agentPlace(): AgentPlace {
  return { home: homedir(), keep: join(resolvePaths().state, 'agents') };
}

/** The agent that was named. */
export function parseAgent(name: string): AgentName {
  const agent = AGENTS.find((one) => one === name);
  if (agent === undefined) throw new UsageError(`\`${name}\` is none of ${AGENTS.join(', ')}`);
  return agent;
}

/** What hooks are made of: the daemon's address and our own program, by absolute paths. */
export async function findHookParts(): Promise<HookParts> {
  const client = await connectStarting();
  const { hooks } = await client.call('status', {});
  if (hooks === undefined || hooks === null) {
    throw new UsageError('this daemon answers no hooks', 'agentguard daemon stop, then try again');
  }
  return { address: hooks, program: [process.execPath, hookProgram()] };
}

/** Beside the bundle of the command line; beside its source where that runs. */
function hookProgram(): string {
  const bundled = join(import.meta.dirname, 'agent-hook.js');
  return existsSync(bundled) ? bundled : join(import.meta.dirname, '../agents/hook-program.ts');
}
