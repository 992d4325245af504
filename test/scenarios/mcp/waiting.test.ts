/**
 * A person who takes their time: the client hears of it, is answered before its patience ends, and the approved call runs
 * exactly once. What ran is read from the server's own file.
 */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGuard } from '../../servers/guard.ts';
import type { Guard } from '../../servers/guard.ts';
import {
  connectClient,
  expectDone,
  hostileServer,
  openWay,
  watchQuestions,
} from '../../servers/mcp.ts';

let guard: Guard;
let folder: string;
let argv: readonly string[];
let ran: string;
let stop: () => void;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ag-mcp-'));
  ran = join(folder, 'ran');
  writeFileSync(ran, '');
  argv = hostileServer('plain', ran);
  guard = await startGuard({ resources: [] });
  // Its clients wait eleven seconds, so the guard answers after one.
  await expectDone(guard, ['mcp', 'add', '--client-timeout', '11s', 'slow', '--', ...argv]);
  await expectDone(guard, ['mcp', 'review', 'slow', '--json']);
  await expectDone(guard, ['mcp', 'pin', 'slow', '--all', '--calls', 'ask', '--operator-key']);
  stop = watchQuestions(guard);
}, 60_000);

afterAll(async () => {
  stop();
  await guard.stop();
  rmSync(folder, { recursive: true, force: true });
});

function runs(): number {
  return readFileSync(ran, 'utf8').split('\n').length - 1;
}

test('the refusal names the approval; a late yes lets the identical call run, once', async () => {
  const client = await connectClient(await openWay(guard, argv, { askTimeoutMs: 60_000 }));
  const call = async (b: number): Promise<string> =>
    JSON.stringify(await client.callTool({ name: 'add', arguments: { a: 1, b } }));
  const refused = await call(1);
  expect(refused).toMatch(
    /NOT RUN. Waiting for a human \(approval ap-[0-9a-f]{8}\). Repeat the identical call/,
  );
  expect(runs()).toBe(0);
  const id = /approval (ap-[0-9a-f]{8})/.exec(refused)?.[1] ?? '';
  const { approval } = await guard.person.call('approval.show', { id });
  const { digest, generation, confirm } = approval;
  const { outcome } = await guard.person.call('approval.approve', {
    id,
    digest,
    generation,
    confirm,
    note: null,
  });
  expect(outcome).toBe('granted');
  expect(await call(2)).toContain('NOT RUN');
  expect(runs()).toBe(0);
  expect(await call(1)).toContain('"2"');
  expect(runs()).toBe(1);
  expect(await call(1)).toContain('NOT RUN');
  expect(runs()).toBe(1);
  await client.close();
}, 30_000);

test('a client that listens hears of the waiting, and a yes in time runs the call', async () => {
  const before = runs();
  const client = await connectClient(await openWay(guard, argv, { askTimeoutMs: 60_000 }));
  const heard: string[] = [];
  const calling = client.callTool({ name: 'add', arguments: { a: 2, b: 2 } }, undefined, {
    onprogress: ({ message }) => heard.push(message ?? ''),
  });
  await sleep(300);
  await guard.answer('approve');
  expect(JSON.stringify(await calling)).toContain('"4"');
  expect(heard[0]).toMatch(/^Waiting for approval: agentguard #ap-/);
  expect(runs()).toBe(before + 1);
  await client.close();
});
