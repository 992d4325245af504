/** `agentguard policy check` */

import { loadSqlParser, parsePolicy } from '@agentguard/rules';
import type { CallResult } from '@agentguard/daemon/control';
import { connectRunning } from '../connect.ts';
import { EXIT } from '../exit-code.ts';
import { printAnswer, printJson, printNote } from '../output/print.ts';
import { makeVisible } from '../output/visible.ts';
import { findPolicy } from '../policy/find-policy.ts';
import { isNotRunning } from './not-running.ts';

type Checked = CallResult<'policy.check'>;

/** Checks a file by itself, and against the databases of a daemon that runs. */
export async function policyCheck(options: {
  readonly file: string | null;
  readonly json: boolean;
}): Promise<number> {
  const found = findPolicy(options.file);
  const checked = await checkText(found.text);
  const ok = checked.problems.length === 0;
  if (options.json) printJson({ file: found.path, ok, ...checked });
  else print(found.path, checked);
  return ok ? EXIT.done : EXIT.failed;
}

/** What is wrong by itself needs no daemon to be said. */
async function checkText(text: string): Promise<Checked> {
  const parsed = parsePolicy(text, await loadSqlParser());
  if (!parsed.ok) {
    const problems = [{ ...parsed.problem, resource: null }];
    return { problems, checked: [], unreachable: [] };
  }
  const checked = await connectRunning()
    .then((client) => client.call('policy.check', { text }))
    .catch(isNotRunning);
  return checked ?? { problems: [], checked: [], unreachable: [] };
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
