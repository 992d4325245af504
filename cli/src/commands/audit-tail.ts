/** `agentguard audit tail` */

import { connectStarting } from '../connect.ts';
import { EXIT } from '../exit-code.ts';
import { toEntryLine } from '../output/entry.ts';
import { printAnswer, printJson } from '../output/print.ts';
import { toAuditFilter } from './audit-filter.ts';
import type { TypedFilter } from './audit-filter.ts';

/** Prints entries as they come, until it is interrupted. A daemon that restarts is picked up where it left off. */
export async function auditTail(options: {
  readonly filter: TypedFilter;
  readonly json: boolean;
}): Promise<number> {
  const client = await connectStarting();
  const filter = toAuditFilter(options.filter, Date.now());
  let from: number | null = null;
  const resume = (): { filter: typeof filter; from: number | null } => ({ filter, from });
  for await (const row of client.subscribe('audit.tail', resume(), { resume })) {
    from = row.index + 1;
    if (options.json) printJson(row);
    else printAnswer(toEntryLine(row));
  }
  return EXIT.done;
}
