/** `agentguard window list` */

import { connectStarting } from '../connect.ts';
import { EXIT } from '../exit-code.ts';
import { printAnswer, printJson, printNote } from '../output/print.ts';
import { toTable } from '../output/table.ts';

/** Prints the windows that are open now. */
export async function windowList(options: { readonly json: boolean }): Promise<number> {
  const client = await connectStarting();
  const { windows } = await client.call('window.list', {});
  if (options.json) {
    printJson({ windows });
    return EXIT.done;
  }
  if (windows.length === 0) printNote('no window is open');
  const rows = windows.map(({ resource, closesAt, by }) => [resource, closesAt, by]);
  if (rows.length > 0) {
    for (const line of toTable(['RESOURCE', 'OPEN UNTIL', 'OPENED BY'], rows)) printAnswer(line);
  }
  return EXIT.done;
}
