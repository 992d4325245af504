/** What an agent waits for before each tool: a hook over HTTP, and one that starts our program. */

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { startGuard } from '../servers/guard.ts';
import { printTable } from './report.ts';
import { percentile } from './statistics.ts';

const PROGRAM = join(import.meta.dirname, '../../cli/dist/agent-hook.js');

const LINES = [
  'git status',
  'cd packages/web && npm test 2>&1 | tail -20',
  "cat > /tmp/a.ts <<'E'\nexport const a = 1;\nE",
  'for f in src/*.ts; do grep -l "x" "$f"; done | sort | uniq -c',
  'terraform destroy -auto-approve',
];

/** Measures both ways, a hundred calls for each round over HTTP and ten of the program. */
export async function benchHooks(rounds: number): Promise<void> {
  const guard = await startGuard({ resources: [] });
  try {
    const made = await guard.person.call('session.create', {
      agent: 'claude',
      label: null,
      resources: null,
      workspace: '/tmp',
      askTimeoutMs: 0,
      attended: false,
      held: false,
    });
    if (made.hooks === undefined) throw new Error('the daemon answers no hooks');
    const url = `http://${made.hooks.host}:${made.hooks.port}`;
    const overHttp = await times(rounds * 100, (at) => ask(url, made.token, at));
    const env = { AGENTGUARD_HOOK_URL: url, AGENTGUARD_TOKEN: made.token };
    const program = await times(rounds * 10, (at) => {
      spawnSync(process.execPath, [PROGRAM, 'codex'], { env, input: event(at) });
    });
    printTable([
      ['hook', 'p50 ms', 'p99 ms'],
      ['over HTTP', ...show(overHttp)],
      ['our program', ...show(program)],
    ]);
  } finally {
    await guard.stop();
  }
}

async function ask(url: string, token: string, at: number): Promise<void> {
  const response = await fetch(`${url}/hook/claude`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: event(at),
  });
  await response.text();
}

function event(at: number): string {
  return JSON.stringify({
    hook_event_name: 'PreToolUse',
    tool_name: 'Bash',
    tool_input: { command: LINES[at % LINES.length] },
    tool_use_id: `toolu_${at}`,
    cwd: '/tmp',
  });
}

/** Milliseconds of each, ascending. */
async function times(
  count: number,
  work: (at: number) => Promise<void> | void,
): Promise<readonly number[]> {
  const taken: number[] = [];
  for (let at = 0; at < count; at += 1) {
    const started = performance.now();
    await work(at);
    taken.push(performance.now() - started);
  }
  return taken.sort((left, right) => left - right);
}

function show(sorted: readonly number[]): readonly string[] {
  return [0.5, 0.99].map((part) => percentile(sorted, part).toFixed(1));
}
