/** `agentguard resource list` */

import { connectStarting } from '../connect.ts';
import { EXIT } from '../exit-code.ts';
import { printAnswer, printJson, printNote } from '../output/print.ts';
import { toTable } from '../output/table.ts';

/** Prints what is behind the guard; never an address. */
export async function resourceList(options: { readonly json: boolean }): Promise<number> {
  const client = await connectStarting();
  const { resources } = await client.call('resource.list', {});
  if (options.json) {
    printJson({ resources });
    return EXIT.done;
  }
  if (resources.length === 0) {
    printNote('nothing is behind the guard yet');
    printNote('  agentguard resource add NAME --kind postgres --environment production');
    return EXIT.done;
  }
  const rows = resources.map(({ name, kind, environment }) => [name, kind, environment]);
  for (const line of toTable(['NAME', 'KIND', 'ENVIRONMENT'], rows)) printAnswer(line);
  return EXIT.done;
}
