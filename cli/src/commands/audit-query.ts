/** `agentguard audit query` */

import { MAX_AUDIT_PAGE } from '@agentguard/daemon/control';
import type { CallResult } from '@agentguard/daemon/control';
import { connectStarting } from '../connect.ts';
import { EXIT } from '../exit-code.ts';
import { toEntryLine } from '../output/entry.ts';
import { printAnswer, printJson, printNote } from '../output/print.ts';
import { toAuditFilter } from './audit-filter.ts';
import type { TypedFilter } from './audit-filter.ts';

/** Prints the entries that fit, one line each, page after page up to the limit. */
export async function auditQuery(options: {
  readonly filter: TypedFilter;
  readonly limit: number;
  readonly order: 'oldest' | 'newest';
  readonly json: boolean;
}): Promise<number> {
  const { order, limit } = options;
  const client = await connectStarting();
  const filter = toAuditFilter(options.filter, Date.now());
  let printed = 0;
  let from: number | null = null;
  do {
    const page = Math.min(limit - printed, MAX_AUDIT_PAGE);
    const found: CallResult<'audit.query'> = await client.call('audit.query', {
      filter,
      order,
      limit: page,
      from,
    });
    for (const row of found.rows) {
      if (options.json) printJson(row);
      else printAnswer(toEntryLine(row));
    }
    printed += found.rows.length;
    from = found.next;
  } while (from !== null && printed < limit);
  if (printed === 0) printNote('nothing on the record fits');
  return EXIT.done;
}
