/**
 * The second part of the demo: somebody says yes to what destroys, after they saw what it really does, and then takes it back.
 * The yes is the demo's own, by the operator key of its own home.
 */

import { readFileSync } from 'node:fs';
import { resolvePaths } from '@agentguard/daemon/control';
import type { ApprovalMessage, ControlClient } from '@agentguard/daemon/control';
import { connectRunning } from '../connect.ts';
import { printAnswer } from '../output/print.ts';
import { makeVisible } from '../output/visible.ts';
import { APPROVED_STEP } from './agent.ts';
import { ownCommand, runOwnCommand } from './own-command.ts';
import { DEMO_RESOURCE } from './schema.ts';
import type { Stage } from './stage.ts';
import { describeCounts, printIndented, succeed } from './telling.ts';

/** Long enough for a measured run on a slow machine. */
const ASK_TIMEOUT = '60s';

/** Plays it. @returns whether everything came back */
export async function letPassAndTakeBack(stage: Stage): Promise<boolean> {
  const { server, env } = stage;
  const before = await server.count();
  printAnswer('');
  printAnswer('$ agentguard run -- agent      (this time it gets a yes)');
  printAnswer('');
  printAnswer(`  agent: ${APPROVED_STEP.says}`);
  printAnswer(`      > ${APPROVED_STEP.sql}`);
  const decision = await runApproved(stage);
  const between = await server.count();
  printAnswer('');
  printAnswer(`after:  ${describeCounts(between)}`);
  printAnswer('');
  printAnswer(`$ agentguard undo ${decision}`);
  const undone = await runOwnCommand(['undo', decision], { env });
  succeed(undone);
  printIndented(undone.stdout);
  const after = await server.count();
  printAnswer('');
  printAnswer(`after:  ${describeCounts(after)}`);
  const lost = Object.entries(before).some(([table, rows]) => between[table] !== rows);
  return lost && Object.entries(before).every(([table, rows]) => after[table] === rows);
}

/** Runs the agent's one step and says yes to it. @returns the decision that was approved */
async function runApproved({ env }: Stage): Promise<string> {
  succeed(await runOwnCommand(['approval', 'operator-key', 'create'], { env }));
  const operatorKey = readFileSync(resolvePaths().operatorKey, 'utf8').trim();
  const client = await connectRunning({ operatorKey });
  const stop = new AbortController();
  const approving = approveOne(client, stop.signal);
  const guarded = ['--resource', DEMO_RESOURCE, '--ask-timeout', ASK_TIMEOUT, '--sandbox', 'off'];
  const finished = await runOwnCommand(
    ['run', ...guarded, '--', ...ownCommand(), 'demo-agent', '--approved'],
    { env },
  );
  stop.abort();
  succeed(finished);
  const decision = await approving;
  if (decision === null) throw new Error('the demo was asked nothing');
  return decision;
}

async function approveOne(client: ControlClient, signal: AbortSignal): Promise<string | null> {
  for await (const event of client.subscribe('approval.watch', {}, { signal })) {
    if (event.kind !== 'approval' || event.approval.state !== 'pending') continue;
    const { id, digest, generation, confirm, decision } = event.approval;
    show(event.approval);
    await client.call('approval.approve', { id, digest, generation, confirm, note: null });
    printAnswer("      the demo types the name and says yes, in a person's name");
    return decision;
  }
  return null;
}

function show({ headline, measured, undo }: ApprovalMessage): void {
  printAnswer(`      ? ${makeVisible(headline).text}`);
  const counts = Object.entries(measured ?? {}).map(([what, rows]) => `${rows} ${what}`);
  printAnswer(`        measured: ${makeVisible(counts.join(', ')).text}`);
  if (undo !== null) printAnswer(`        undo: ${makeVisible(undo).text}`);
}
