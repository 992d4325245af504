/** The demo from start to end, told as it happens. Every line that claims something was measured just before. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectRunning } from '../connect.ts';
import { printAnswer } from '../output/print.ts';
import { makeVisible } from '../output/visible.ts';
import { DEMO_STEPS, parseStepResult } from './agent.ts';
import type { StepResult } from './agent.ts';
import { answerQuestions } from './asking.ts';
import { ownCommand, runOwnCommand } from './own-command.ts';

import { describeCounts, printIndented, succeed } from './telling.ts';
import { DEMO_RESOURCE } from './schema.ts';
import { letPassAndTakeBack } from './taking-back.ts';
import type { Stage } from './stage.ts';

/** Long enough for a person to read a question, short enough to wait for when nobody is there. */
const PERSON_ASK_TIMEOUT = '10m';
const NOBODY_ASK_TIMEOUT = '1s';

/** Plays the story. @returns whether everything came out as it should */
export async function tellStory(stage: Stage): Promise<boolean> {
  const before = await stage.server.count();
  printAnswer(`PostgreSQL ${stage.server.version}: ${describeCounts(before)}`);
  await guardDatabase(stage);
  const results = await runAgent(stage);
  const after = await stage.server.count();
  printAnswer('');
  printAnswer(`before: ${describeCounts(before)}`);
  printAnswer(`after:  ${describeCounts(after)}`);
  const kept = Object.entries(before).every(([table, rows]) => after[table] === rows);
  const takenBack = await letPassAndTakeBack(stage);
  const verified = await verifyRecord(stage);
  return (kept || results.some(passedDestruction)) && takenBack && verified;
}

/** The last four steps destroy; the person at the terminal may have let one of them pass. */
function passedDestruction({ step, passed }: StepResult): boolean {
  return passed && step >= 2;
}

async function guardDatabase({ server, env }: Stage): Promise<void> {
  printAnswer('');
  printAnswer(
    `$ agentguard resource add ${DEMO_RESOURCE} --kind postgres --environment production`,
  );
  const args = ['resource', 'add', DEMO_RESOURCE, '--kind', 'postgres'];
  const added = await runOwnCommand([...args, '--environment', 'production'], {
    env,
    input: `${server.url}\n`,
  });
  succeed(added);
  printIndented(added.stdout);
}

async function runAgent(stage: Stage): Promise<readonly StepResult[]> {
  const { env, atTerminal } = stage;
  const stop = new AbortController();
  const asking = atTerminal ? askAtTerminal(stop.signal) : Promise.resolve();
  printAnswer('');
  printAnswer('$ agentguard run -- agent');
  const results: StepResult[] = [];
  const timeout = atTerminal ? PERSON_ASK_TIMEOUT : NOBODY_ASK_TIMEOUT;
  const finished = await runOwnCommand(
    [
      'run',
      '--resource',
      DEMO_RESOURCE,
      '--ask-timeout',
      timeout,
      '--sandbox',
      'off',
      '--',
      ...ownCommand(),
      'demo-agent',
    ],
    {
      env,
      onLine: (line) => {
        const result = parseStepResult(line);
        results.push(result);
        printStep(result);
      },
    },
  );
  stop.abort();
  await asking;
  succeed(finished);
  printAnswer('');
  printIndented(finished.stderr);
  return results;
}

async function askAtTerminal(signal: AbortSignal): Promise<void> {
  await answerQuestions(await connectRunning(), signal);
}

function printStep({ step, passed, rows, message, hint }: StepResult): void {
  const { says, sql } = DEMO_STEPS[step] ?? { says: '', sql: '' };
  printAnswer('');
  printAnswer(`  agent: ${says}`);
  printAnswer(`      > ${sql}`);
  if (passed) {
    printAnswer(`      allowed, ${rows ?? 0} rows`);
    return;
  }
  printAnswer(`      STOPPED: ${makeVisible(message ?? '').text}`);
  if (hint !== null) printAnswer(`      to the agent: ${makeVisible(hint).text}`);
}

/** Verifies the live record, then an exported copy, then the same copy with one changed byte. */
async function verifyRecord({ env, folder }: Stage): Promise<boolean> {
  printAnswer('');
  printAnswer('$ agentguard audit verify');
  const live = await runOwnCommand(['audit', 'verify'], { env });
  printIndented(live.stdout + live.stderr);
  const exported = await runOwnCommand(['audit', 'export'], { env });
  const key = (await runOwnCommand(['audit', 'key'], { env })).stdout.trim();
  const copy = join(folder, 'record-copy.jsonl');
  succeed(exported);
  writeFileSync(copy, changeOneByte(exported.stdout));
  printAnswer('');
  printAnswer(
    '$ agentguard audit verify --export record-copy.jsonl      (one byte of the copy was changed)',
  );
  const args = ['audit', 'verify', '--export', copy, '--key', key];
  const broken = await runOwnCommand(args, { env });
  printIndented(broken.stdout + broken.stderr);
  writeFileSync(copy, exported.stdout);
  const whole = await runOwnCommand(args, { env });
  return live.code === 0 && whole.code === 0 && broken.code !== 0 && readFileSync(copy).length > 0;
}

/** Turns one letter of the recorded TRUNCATE into another, as somebody with something to hide would. */
function changeOneByte(text: string): string {
  const at = text.indexOf('TRUNCATE reservations');
  if (at < 0) throw new Error('the record does not hold the statement that was stopped');
  return `${text.slice(0, at)}TRUNCATE reservationz${text.slice(at + 'TRUNCATE reservations'.length)}`;
}
