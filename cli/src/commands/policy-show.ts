/** `agentguard policy show` */

import { connectStarting } from '../connect.ts';
import { EXIT } from '../exit-code.ts';
import { printAnswer, printJson, printNote } from '../output/print.ts';
import { makeVisible } from '../output/visible.ts';

/** Prints what of the person's own file is in force. */
export async function policyShow(options: { readonly json: boolean }): Promise<number> {
  const client = await connectStarting();
  const shown = await client.call('policy.show', {});
  if (options.json) {
    printJson(shown);
    return EXIT.done;
  }
  const { revision, source, file, problem, roles, rules } = shown;
  printAnswer(`revision ${revision} (${source})`);
  if (file !== null) printAnswer(`file ${makeVisible(file).text}`);
  for (const role of roles) printAnswer(`role ${role}`);
  for (const rule of rules) printAnswer(`rule ${rule}`);
  if (problem !== null) printNote(`agentguard: ${makeVisible(problem).text}`);
  return EXIT.done;
}
