/** `agentguard secret list` */

import { connectStarting } from '../connect.ts';
import { EXIT } from '../exit-code.ts';
import { printAnswer, printJson, printNote } from '../output/print.ts';
import { toTable } from '../output/table.ts';

/** Prints what the vault holds by name; never a value. */
export async function secretList(options: { readonly json: boolean }): Promise<number> {
  const client = await connectStarting();
  const { backend, secrets } = await client.call('secret.list', {});
  if (options.json) {
    printJson({ backend, secrets });
    return EXIT.done;
  }
  if (secrets.length === 0) {
    printNote(`the vault (${backend}) holds nothing yet`);
    printNote('  agentguard secret set NAME');
    return EXIT.done;
  }
  const rows = secrets.map(({ name, kind, setAt, usedBy }) => [
    name,
    kind,
    backend,
    setAt?.slice(0, 'YYYY-MM-DD'.length) ?? '-',
    usedBy.join(', ') || '-',
  ]);
  for (const line of toTable(['NAME', 'KIND', 'BACK END', 'SET', 'USED BY'], rows)) {
    printAnswer(line);
  }
  return EXIT.done;
}
