/** What the guard adds to a call of an MCP server: direct, through a plain pipe of bytes, and through the guard. */

import { startGuard } from '../servers/guard.ts';
import { acceptServer, hostileServer, openWay } from '../servers/mcp.ts';
import { LineTalk } from '../servers/mcp-lines.ts';
import type { LineWay } from '../servers/mcp-lines.ts';
import { printTable } from './report.ts';
import { percentile } from './statistics.ts';

/** Carries bytes and reads none: what any program in the middle costs. */
const PIPE = `
const { spawn } = require('node:child_process');
const [command, ...args] = process.argv.slice(1);
const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
process.stdin.pipe(child.stdin);
child.stdout.pipe(process.stdout);
`;

const WARM_UP = 200;
const MEGABYTE = 1024 * 1024;

/** Measures a small call, the start of a server and results of a megabyte, in turns. */
export async function benchMcp(rounds: number): Promise<void> {
  const policy = "version: 1\nmcp: { servers: { reader: { reads: ['add'] } } }\n";
  const guard = await startGuard({ resources: [], policy });
  try {
    const argv = hostileServer('plain', '/dev/null');
    await acceptServer(guard, 'bench', argv);
    const reader = hostileServer('plain', '/dev/null', '/dev/null');
    await acceptServer(guard, 'reader', reader);
    const large = hostileServer('megabyte', '/dev/null');
    await acceptServer(guard, 'large', large);
    const ways = async (
      server: readonly string[],
    ): Promise<readonly (readonly [string, LineWay])[]> => {
      const [command = '', ...args] = server;
      return [
        ['direct', { command, args }],
        ['byte pipe', { command: process.execPath, args: ['-e', PIPE, command, ...args] }],
        ['guard', await openWay(guard, server)],
      ];
    };
    const rows: string[][] = [['MCP', 'start ms', 'call p50 ms', 'p99 ms', '1 MiB results MiB/s']];
    const [small, big] = [await ways(argv), await ways(large)];
    const all = [...small, ['guard, a reading tool', await openWay(guard, reader)] as const];
    for (const [index, [name, way]] of all.entries()) {
      const starts = await measureStarts(way);
      const times = await measureCalls(way, rounds * 500);
      const rate = await measureLarge((big[index] ?? big[2])?.[1] ?? way, rounds * 10);
      rows.push([
        name,
        percentile(starts, 0.5).toFixed(0),
        percentile(times, 0.5).toFixed(3),
        percentile(times, 0.99).toFixed(3),
        rate.toFixed(1),
      ]);
    }
    printTable(rows);
  } finally {
    await guard.stop();
  }
}

async function measureStarts(way: LineWay): Promise<number[]> {
  const times: number[] = [];
  for (let count = 0; count < 5; count += 1) {
    const from = performance.now();
    const talk = new LineTalk(way);
    await talk.ask(0, call(0));
    times.push(performance.now() - from);
    await talk.end();
  }
  return times.sort((one, other) => one - other);
}

async function measureCalls(way: LineWay, count: number): Promise<number[]> {
  const talk = new LineTalk(way);
  const times: number[] = [];
  for (let id = 0; id < count + WARM_UP; id += 1) {
    const from = performance.now();
    await talk.ask(id, call(id));
    if (id >= WARM_UP) times.push(performance.now() - from);
  }
  await talk.end();
  return times.sort((one, other) => one - other);
}

/** MiB of results in a second, one after the other. */
async function measureLarge(way: LineWay, count: number): Promise<number> {
  const talk = new LineTalk(way);
  await talk.ask('first', call('first'));
  const from = performance.now();
  let bytes = 0;
  for (let id = 0; id < count; id += 1) bytes += (await talk.ask(id, call(id))).answer?.length ?? 0;
  const seconds = (performance.now() - from) / 1000;
  await talk.end();
  return bytes / MEGABYTE / seconds;
}

function call(id: number | string): string {
  return JSON.stringify({
    jsonrpc: '2.0',
    id,
    method: 'tools/call',
    params: { name: 'add', arguments: { a: 1, b: 2 } },
  });
}
