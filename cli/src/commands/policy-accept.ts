/** `agentguard policy accept` */

import { createHash } from 'node:crypto';
import { showChange } from '../agents/show-change.ts';
import { EXIT } from '../exit-code.ts';
import { askLine } from '../input/ask-line.ts';
import { printAnswer, printJson, printNote } from '../output/print.ts';
import { makeVisible } from '../output/visible.ts';
import { findPolicy } from '../policy/find-policy.ts';
import { connectAnswering } from './answering.ts';

/** Shows what would change, asks, and puts exactly that in force. */
export async function policyAccept(options: {
  readonly file: string | null;
  readonly operatorKey: boolean;
  readonly json: boolean;
}): Promise<number> {
  const found = findPolicy(options.file);
  if (found.kind === 'person') {
    printNote('agentguard: your own file counts as it is; nothing has to be accepted');
    return EXIT.done;
  }
  const client = await connectAnswering(options);
  const before = await client.call('policy.accepted', { path: found.path });
  const { path, text } = found;
  const revision = createHash('sha256').update(text).digest('hex');
  if (before.text === text) {
    if (options.json) printJson({ file: path, revision, accepted: false });
    else printAnswer('this version is in force already');
    return EXIT.done;
  }
  for (const line of showChange(path, before.text ?? '', text)) printNote(makeVisible(line).text);
  if (!options.operatorKey && !(await isWanted())) {
    printNote('agentguard: nothing was changed');
    return EXIT.failed;
  }
  await client.call('policy.accept', { path, revision });
  if (options.json) printJson({ file: path, revision, accepted: true });
  else printAnswer(`${makeVisible(path).text} is in force for sessions that work below it`);
  return EXIT.done;
}

async function isWanted(): Promise<boolean> {
  const answer = await askLine('put this in force? [y/N] ');
  return /^(y|yes)$/i.test(answer?.trim() ?? '');
}
