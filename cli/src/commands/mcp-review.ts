/** `agentguard mcp review`: shows what waits of a server, whole and with what is odd about it, and takes the answer. */

import type { CallParams, CallResult, ControlClient } from '@agentguard/daemon/control';
import { connectStarting } from '../connect.ts';
import { EXIT } from '../exit-code.ts';
import { askLine } from '../input/ask-line.ts';
import { toServerLines } from '../mcp/show-server.ts';
import { printAnswer, printJson, printNote } from '../output/print.ts';
import { makeVisible } from '../output/visible.ts';

/** What was typed. */
export interface McpReviewOptions {
  /** Null: every server of which something waits. */
  readonly name: string | null;
  /** Starts the server to ask it for everything. */
  readonly examine: boolean;
  readonly json: boolean;
}

type Review = CallResult<'mcp.review'>;
type Waiting = Review['waiting'][number];
type Pin = CallParams<'mcp.pin'>['pins'][number];

/** Shows, and asks where somebody can be asked. */
export async function mcpReview(options: McpReviewOptions): Promise<number> {
  const client = await connectStarting();
  const names = options.name === null ? await namesThatWait(client) : [options.name];
  const reviews = [];
  for (const server of names) {
    reviews.push(await client.call('mcp.review', { server, examine: options.examine }));
  }
  if (options.json) {
    printJson({ reviews });
    return EXIT.done;
  }
  if (reviews.length === 0) printAnswer('nothing waits');
  for (const review of reviews) await show(client, review);
  return EXIT.done;
}

async function namesThatWait(client: ControlClient): Promise<readonly string[]> {
  const { servers, proposals } = await client.call('mcp.list', {});
  for (const { argv, session } of proposals) {
    printNote(
      makeVisible(`agentguard: ${session} wanted a server that nobody accepted: ${argv.join(' ')}`)
        .text,
    );
    printNote(makeVisible(`  agentguard mcp add NAME -- ${argv.join(' ')}`).text);
  }
  return servers
    .filter(({ waiting, pinned }) => waiting > 0 || pinned === 0)
    .map(({ name }) => name);
}

async function show(client: ControlClient, review: Review): Promise<void> {
  const { server, changedProgram, waiting, gone } = review;
  for (const line of toServerLines(server)) printAnswer(makeVisible(line).text);
  if (changedProgram !== null) {
    printAnswer(
      makeVisible(
        `  CHANGED    ${changedProgram} is not the file that was accepted; the server does not start`,
      ).text,
    );
  }
  for (const one of gone ?? []) printAnswer(makeVisible(`  not offered any more: ${one}`).text);
  for (const one of waiting) {
    for (const line of toLines(one)) printAnswer(makeVisible(line).text);
  }
  if (waiting.length === 0 && changedProgram === null) {
    printAnswer('  nothing waits');
    return;
  }
  if (!process.stdin.isTTY) {
    printNote(
      `agentguard: nothing was pinned; a person does it with: agentguard mcp pin ${server.name} --all`,
    );
    return;
  }
  const pins = await choose(waiting);
  const program =
    changedProgram !== null &&
    (await isYes('take the changed program for the accepted one? [y/N] '));
  if (pins.length === 0 && !program) return;
  const { pinned } = await client.call('mcp.pin', { server: server.name, pins, program });
  printAnswer(`${pinned} pinned`);
}

async function choose(waiting: readonly Waiting[]): Promise<Pin[]> {
  const odd = waiting.filter(({ findings }) => findings.length > 0);
  const plain = waiting.filter(({ findings }) => findings.length === 0);
  const pins: Pin[] = [];
  if (plain.length > 0 && (await isYes(`pin the ${plain.length} without findings? [y/N] `))) {
    pins.push(...plain.map(toPin));
  }
  for (const one of odd) {
    const name = makeVisible(one.name).text;
    if (await isYes(`pin ${one.kind} ${name} in spite of its findings? [y/N] `))
      pins.push(toPin(one));
  }
  return pins;
}

async function isYes(question: string): Promise<boolean> {
  return /^y(?:es)?$/i.test((await askLine(question))?.trim() ?? '');
}

function toPin({ kind, name, digest, word }: Waiting): Pin {
  return { kind, name, digest, word };
}

function toLines({ kind, name, standing, lines, findings, word }: Waiting): readonly string[] {
  return [
    `  ${standing.toUpperCase().padEnd(8)} ${kind} ${name} (calls: ${word})`,
    ...findings.map(({ place, what }) => `    ! ${place}: ${what}`),
    ...lines.map((line) => `    ${line.replaceAll('\n', '\n      ')}`),
  ];
}
