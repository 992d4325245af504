/** `agentguard policy check` */

import type { CallResult } from '@agentguard/daemon/control';
import { connectStarting } from '../connect.ts';
import { EXIT } from '../exit-code.ts';
import { printAnswer, printJson, printNote } from '../output/print.ts';
import { makeVisible } from '../output/visible.ts';
import { findPolicy } from '../policy/find-policy.ts';

type Checked = CallResult<'policy.check'>;

/** Checks a file by itself, and against the databases behind the guard. */
export async function policyCheck(options: {
  readonly file: string | null;
  readonly json: boolean;
}): Promise<number> {
  const found = findPolicy(options.file);
  const client = await connectStarting();
  const checked = await client.call('policy.check', { text: found.text });
  const ok = checked.problems.length === 0;
  if (options.json) printJson({ file: found.path, ok, ...checked });
  else print(found.path, checked);
  return ok ? EXIT.done : EXIT.failed;
}

function print(path: string, { problems, checked, unreachable }: Checked): void {
  for (const { line, column, message, resource } of problems) {
    const where = resource === null ? '' : ` (${resource})`;
    printAnswer(makeVisible(`${path}:${line}:${column}: ${message}${where}`).text);
  }
  if (problems.length === 0) printAnswer(`${makeVisible(path).text} is good`);
  if (checked.length > 0) printNote(`  held against the tables of ${checked.join(', ')}`);
  if (unreachable.length > 0) printNote(`  not reached: ${unreachable.join(', ')}`);
  if (checked.length + unreachable.length === 0 && problems.length === 0) {
    printNote('  no database was at hand, so the names of tables are not checked');
  }
}
