/** `agentguard resource harden` */

import { connectStarting } from '../connect.ts';
import { EXIT } from '../exit-code.ts';
import { printAnswer, printJson, printNote } from '../output/print.ts';
import { makeVisible } from '../output/visible.ts';

/** Prints the policy's roles as statements for the real server; with `apply` the guard's own connection runs them. */
export async function resourceHarden(options: {
  readonly name: string;
  readonly apply: boolean;
  readonly json: boolean;
}): Promise<number> {
  const client = await connectStarting();
  const { name } = options;
  // Shown before anything is run, whatever then becomes of it.
  const planned = await client.call('resource.harden', { name, apply: false });
  if (options.json && !options.apply) printJson(planned);
  if (!options.json) {
    for (const statement of planned.statements) printAnswer(`${makeVisible(statement).text};`);
    for (const note of planned.notes) printNote(`  note: ${makeVisible(note).text}`);
  }
  if (!options.apply) return EXIT.done;
  const done = await client.call('resource.harden', { name, apply: true });
  if (options.json) printJson(done);
  else {
    printNote(
      `done: ${done.statements.length} statements. Now give ${done.login} a password (psql: \\password`,
    );
    printNote(
      `${done.login}) and let the guard connect as it: agentguard resource add ${name} --replace ...`,
    );
  }
  return EXIT.done;
}
