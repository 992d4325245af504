/**
 * What Claude Code is told about our hooks. Pure. The settings fail closed by `onFailure`, which the agent knows since
 * 2.1.295; an older one goes on when a hook fails, whatever is written here.
 */

import type { LaidOverFile } from '../sandbox/lay-over.ts';
import { HOOK_TOKEN } from '../launch/hook-environment.ts';

/** Where the daemon answers hooks. */
export interface HookAddress {
  readonly host: string;
  readonly port: number;
}

/** The agent gives a hook this long; the daemon answers before. Seconds. */
const TIMEOUT_S = 600;

/** What is asked before a tool runs, and what is only reported after it. */
const ASKED = ['PreToolUse'] as const;
const REPORTED = ['PostToolUse', 'PostToolUseFailure'] as const;

/** Files whose content an agent would send to its model without any hook: `@.env` in a prompt does. */
const NEVER_READ = [
  'Read(./.env)',
  'Read(./**/.env)',
  'Read(./**/.env.local)',
  'Read(~/.ssh/**)',
  'Read(~/.aws/**)',
];

/** The hooks alone, by event, as they stand in any settings of the agent. */
export function claudeHooks(address: HookAddress): Readonly<Record<string, readonly object[]>> {
  const groups = [...ASKED, ...REPORTED].map((event): [string, readonly object[]] => [
    event,
    [{ matcher: '*', hooks: [httpHook(address, event)] }],
  ]);
  return Object.fromEntries(groups);
}

/** Settings for one run, for `--settings` or as a managed policy. */
export function claudeSessionSettings(address: HookAddress): string {
  const settings = {
    hooks: claudeHooks(address),
    // A cloned project may say otherwise; this one is read later.
    disableAllHooks: false,
    permissions: { deny: NEVER_READ },
    // Its own sandbox cannot start inside of ours.
    sandbox: { enabled: false },
  };
  return `${JSON.stringify(settings, null, 2)}\n`;
}

/**
 * The managed policy of one session: no setting of a project and no `--bare` drops it. The sandbox lays it over; the
 * administrator's own policy has to be merged by whoever finds one, never hidden.
 */
export function claudeManagedPolicy(address: HookAddress): readonly LaidOverFile[] {
  const path = '/etc/claude-code/managed-settings.json';
  return [{ path, content: claudeSessionSettings(address) }];
}

function httpHook({ host, port }: HookAddress, event: string): object {
  const asked = ASKED.some((name) => name === event);
  return {
    type: 'http',
    url: `http://${host}:${port}/hook/claude`,
    timeout: asked ? TIMEOUT_S : 10,
    onFailure: asked ? 'block' : 'continue',
    headers: { Authorization: `Bearer $${HOOK_TOKEN}` },
    allowedEnvVars: [HOOK_TOKEN],
  };
}
