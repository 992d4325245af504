/**
 * The person's side of the demo. At a terminal the first question is theirs to answer and the others are denied
 * in their name, so that the story goes on; without one nobody answers and every question runs out.
 */

import { createInterface } from 'node:readline/promises';
import type { ApprovalMessage, ControlClient } from '@agentguard/daemon/control';
import { printNote } from '../output/print.ts';
import { makeVisible } from '../output/visible.ts';

/** Watches for questions until the signal is aborted. */
export async function answerQuestions(client: ControlClient, signal: AbortSignal): Promise<void> {
  let theirs = true;
  for await (const event of client.subscribe('approval.watch', {}, { signal })) {
    if (event.kind !== 'approval' || event.approval.state !== 'pending') continue;
    if (theirs) await askPerson(client, event.approval);
    else await deny(client, event.approval, 'denied by the demo');
    theirs = false;
  }
}

async function askPerson(client: ControlClient, approval: ApprovalMessage): Promise<void> {
  printNote('');
  printNote(`      ? ${makeVisible(approval.headline).text}`);
  for (const { reason } of approval.reasons) printNote(`        ${makeVisible(reason).text}`);
  const word = approval.confirm ?? 'yes';
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const typed = await terminal.question(
    `        Type \`${word}\` to let it pass, or press Enter to deny: `,
  );
  terminal.close();
  if (typed.trim() !== word) {
    await deny(client, approval, null);
    return;
  }
  const { id, digest, generation } = approval;
  await client.call('approval.approve', {
    id,
    digest,
    generation,
    confirm: approval.confirm,
    note: null,
  });
}

async function deny(
  client: ControlClient,
  approval: ApprovalMessage,
  note: string | null,
): Promise<void> {
  const { id, digest, generation } = approval;
  await client.call('approval.deny', { id, digest, generation, note });
}
