/** Hooks of agents over the control socket, for programs that an agent starts. */

import * as z from 'zod';

/** Agents whose hooks we speak. */
export const HOOK_AGENTS = ['claude', 'codex', 'cursor', 'gemini', 'opencode', 'vscode'] as const;

export const agentHookParamsSchema = z.strictObject({
  agent: z.enum(HOOK_AGENTS),
  /** The event as the agent sent it. */
  event: z.unknown(),
});

/** What the hook's program prints and ends in. */
export const agentHookResultSchema = z.object({
  stdout: z.string(),
  stderr: z.string(),
  exitCode: z.number().int(),
});
