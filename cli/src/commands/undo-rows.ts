/** `agentguard undo DECISION`: rows of a database as they were before an approved operation. */

import { connectStarting } from '../connect.ts';
import { EXIT } from '../exit-code.ts';
import { printAnswer, printJson, printNote } from '../output/print.ts';

/** What the id of a decision looks like. A save point of files has another shape. */
const DECISION_ID = /^dec-[0-9a-f]{20}$/;

/** Whether an argument of `undo` names a decision. */
export function isDecision(id: string): boolean {
  return DECISION_ID.test(id);
}

/** Brings the rows back, and says how many. */
export async function undoRows(options: {
  readonly decision: string;
  readonly json: boolean;
}): Promise<number> {
  const client = await connectStarting();
  const done = await client.call('undo.restore', { decision: options.decision });
  if (options.json) {
    printJson(done);
    return EXIT.done;
  }
  const { resource, inserted, updated, removed, triggersActed } = done;
  printAnswer(
    `${resource} is as it was: ${inserted} rows put back, ${updated} rows changed back, ${removed} rows taken out`,
  );
  if (triggersActed) {
    printNote('  triggers of these tables acted on the way: the credential does not own them');
  }
  return EXIT.done;
}

/** Lists what could be brought back, newest first. */
export async function listSavedRows(options: { readonly json: boolean }): Promise<number> {
  const { saved } = await (await connectStarting()).call('undo.list', {});
  if (options.json) {
    printJson({ saved });
    return EXIT.done;
  }
  for (const { decision, savedAt, bytes } of saved)
    printAnswer(`${decision}  saved ${savedAt}  ${Math.ceil(bytes / 1024)} kB`);
  printNote(saved.length === 0 ? 'nothing is saved' : '  agentguard undo DECISION');
  return EXIT.done;
}
