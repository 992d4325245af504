/** `agentguard mcp install`: puts the servers of the clients on this machine and of this project behind the guard. */

import { homedir } from 'node:os';
import { join } from 'node:path';
import { looksSecret } from '@agentguard/rules';
import type { ControlClient } from '@agentguard/daemon/control';
import { resolvePaths } from '@agentguard/daemon/control';
import type { AgentName } from '../agents/agent-file.ts';
import { showChange } from '../agents/show-change.ts';
import { connectStarting } from '../connect.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import { askLine } from '../input/ask-line.ts';
import { configPlaces } from '../mcp/config-files.ts';
import { installConfig, planConfigs, uninstallConfigs } from '../mcp/config-installation.ts';
import type { ConfigPlan } from '../mcp/config-installation.ts';
import type { ConfiguredServer } from '../mcp/config-text.ts';
import { toGuardCommand } from '../mcp/guard-command.ts';
import { printAnswer, printNote } from '../output/print.ts';
import { makeVisible } from '../output/visible.ts';
import { resolveProject } from '../project/find-project.ts';

/** What was typed. */
export interface McpInstallOptions {
  readonly yes: boolean;
  /** Only shows. */
  readonly dryRun: boolean;
  /** The agent whose files are meant; null for all. */
  readonly agent: AgentName | null;
}

/** Shows the changes, asks, and carries them out. */
export async function mcpInstall({ yes, dryRun, agent }: McpInstallOptions): Promise<number> {
  const places = configPlaces(resolveProject(process.cwd()), homedir(), agent);
  const { plans, left } = planConfigs(places, [...toGuardCommand(), 'mcp', 'wrap', '--']);
  for (const { path, why } of left)
    printNote(makeVisible(`agentguard: ${path} is left as it is: ${why}`).text);
  const ready = plans.filter(holdsNoSecret);
  for (const { path, before, after } of ready) {
    for (const line of showChange(path, before, after)) printAnswer(makeVisible(line).text);
  }
  if (ready.length === 0) {
    printAnswer('no MCP server has to be put behind the guard');
    return EXIT.done;
  }
  if (dryRun || !(yes || (await isWanted()))) return EXIT.done;
  const client = await connectStarting();
  for (const plan of ready) {
    for (const server of plan.servers) await accept(client, server);
    installConfig(plan, keepFolder());
  }
  printNote('agentguard: clients see nothing of them before you looked: agentguard mcp review');
  printNote('  agentguard mcp uninstall     puts every file back as it was');
  return EXIT.done;
}

/** Puts every file back, or those of one agent. */
export function mcpUninstall({
  force,
  agent,
}: {
  readonly force: boolean;
  readonly agent: AgentName | null;
}): Promise<number> {
  const meant =
    agent === null
      ? null
      : new Set(
          configPlaces(resolveProject(process.cwd()), homedir(), agent).map(({ path }) => path),
        );
  const restored = uninstallConfigs(keepFolder(), force, meant);
  for (const { path, outcome } of restored)
    printAnswer(makeVisible(`${path}  ${WORDS[outcome]}`).text);
  if (restored.length === 0 && agent === null) printAnswer('nothing was installed');
  return Promise.resolve(
    restored.some(({ outcome }) => outcome === 'edited') ? EXIT.failed : EXIT.done,
  );
}

const WORDS = {
  restored: 'restored, byte for byte',
  gone: 'is not there any more',
  edited: 'was edited since and is left; --force loses the edits',
} as const;

/** SECURITY(P-93): a secret that stands in the file would stay in front of the agent; `init` moves it first. */
function holdsNoSecret({ path, servers }: ConfigPlan): boolean {
  const found = servers.find(({ env }) =>
    Object.entries(env).some(([name, value]) => looksSecret(name, value).kind !== 'nothing'),
  );
  if (found === undefined) return true;
  const name = makeVisible(found.name).text;
  printNote(
    makeVisible(`agentguard: ${path} is left as it is: \`${name}\` has a secret in it`).text,
  );
  printNote('  agentguard init');
  return false;
}

async function accept(
  client: ControlClient,
  { name, argv, env, secrets }: ConfiguredServer,
): Promise<void> {
  const { server, added } = await client.call('mcp.add', {
    name: null,
    argv: [...argv],
    cwd: null,
    place: null,
    env,
    passes: [],
    secrets,
    database: null,
    path: process.env['PATH'] ?? '',
    folder: process.cwd(),
    clientBudgetMs: null,
    legacy: false,
    replace: false,
  });
  const shown = makeVisible(name).text;
  printNote(
    `agentguard: ${shown} is behind the guard as ${server.name}${added ? '' : ', as it was'}`,
  );
}

async function isWanted(): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new UsageError('nobody can be asked here', 'add --yes, or --dry-run');
  return /^y(?:es)?$/i.test((await askLine('write this? [y/N] '))?.trim() ?? '');
}

function keepFolder(): string {
  return join(resolvePaths().state, 'agents');
}
