/** What `agentguard run -- true` costs over plain `true`: the wait before an agent starts. The daemon runs already. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startGuard } from '../servers/guard.ts';
import type { GuardedResource } from '../servers/guard.ts';
import { hasSandbox } from '../scenarios/sandbox/sandbox-stage.ts';
import { print, printTable, showSpread } from './report.ts';
import { toSpread } from './statistics.ts';

/** The other end of what a session is set up with; most have one resource. */
const RESOURCES = 50;
const RESOURCE = 'shop-1';

/** The first start fills the file cache and compiles; it is nobody's everyday start. */
const WARM_UP_RUNS = 2;
const RUNS_PER_ROUND = 4;

/** Measures each way in turn, so that a busy moment hits all of them, and prints the table. */
export async function benchStartUp(rounds: number): Promise<void> {
  const guard = await startGuard({ resources: manyResources() });
  const workspace = mkdtempSync(join(tmpdir(), 'bench-start-'));
  const one = ['--resource', RESOURCE];
  const run = (mode: string, resources: readonly string[] = one): readonly string[] => [
    ...guard.command,
    ...['run', '--sandbox', mode, ...resources, '--', 'true'],
  ];
  const shim = join(import.meta.dirname, '../../cli/shims/psql');
  const ways = [
    { name: 'true', command: ['true'] },
    { name: 'node -e 0', command: [process.execPath, '-e', '0'] },
    { name: 'run --sandbox off -- true', command: run('off') },
    ...(hasSandbox() ? [{ name: 'run --sandbox require -- true', command: run('require') }] : []),
    { name: `run --sandbox off -- true, ${RESOURCES} resources`, command: run('off', []) },
    { name: 'psql --version', command: ['psql', '--version'] },
    { name: 'the shim of psql --version', command: [shim, '--version'] },
  ].map((way) => ({ ...way, times: [] as number[] }));
  try {
    for (let turn = 0; turn < WARM_UP_RUNS + rounds * RUNS_PER_ROUND; turn += 1) {
      for (const { command, times } of ways) {
        const time = await timeOf(command, { AGENTGUARD_HOME: guard.home, cwd: workspace });
        if (turn >= WARM_UP_RUNS) times.push(time);
      }
    }
  } finally {
    rmSync(workspace, { recursive: true, force: true });
    await guard.stop();
  }
  print('start to end of a command that does nothing, milliseconds, median (min to max)');
  const rows = ways.map(({ name, times }) => [name, showSpread(toSpread(times), 0)]);
  printTable([['command', 'ms'], ...rows]);
}

/** Databases of which nobody connects to any, so none has to run. */
function manyResources(): readonly GuardedResource[] {
  return Array.from({ length: RESOURCES }, (_, at) => ({
    name: `${RESOURCE.slice(0, -1)}${at + 1}`,
    environment: 'development',
    url: `postgres://app:of-nobody@127.0.0.1:9/shop${at + 1}`,
  }));
}

async function timeOf(
  [file = '', ...args]: readonly string[],
  { cwd, ...env }: { readonly cwd: string; readonly AGENTGUARD_HOME: string },
): Promise<number> {
  const started = performance.now();
  const child = spawn(file, args, { cwd, env: { ...process.env, ...env }, stdio: 'ignore' });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`${file} ${args.join(' ')} ended with ${code}`);
  return performance.now() - started;
}
