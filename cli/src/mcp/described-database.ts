/** What the guard says a session may do with a database, checked at the boundary. */

import { connect } from 'node:net';
import * as z from 'zod';
import type { RelayAccess } from './relay.ts';
import { RelayRefused } from './relay.ts';

const columnSchema = z.object({
  name: z.string(),
  type: z.enum(['text', 'integer', 'number', 'boolean']),
});
const columnsSchema = z.array(columnSchema).nullable();

const describedSchema = z.object({
  ok: z.literal(true),
  tables: z.array(
    z.object({
      schema: z.string(),
      name: z.string(),
      select: columnsSchema,
      insert: columnsSchema,
      update: columnsSchema,
      delete: z.boolean(),
    }),
  ),
  sql: z.boolean(),
});

const refusedSchema = z.object({ ok: z.literal(false), problem: z.string(), help: z.string() });

export type DescribedColumn = z.infer<typeof columnSchema>;
export type DescribedDatabase = z.infer<typeof describedSchema>;
export type DescribedTable = DescribedDatabase['tables'][number];

/** Far more than the description of any database. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/**
 * Asks for it.
 * @throws RelayRefused when the session has no such database
 */
export async function askDescription(
  access: RelayAccess,
  resource: string,
): Promise<DescribedDatabase> {
  const { host, port, token } = access;
  const socket = connect({ host, port, noDelay: true });
  const words = { agentguard: 'mcp', version: 1, kind: 'describe', token, resource };
  socket.write(`${JSON.stringify(words)}\n`);
  const parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of socket) {
    parts.push(chunk as Buffer);
    length += (chunk as Buffer).length;
    if (length > MAX_ANSWER_BYTES)
      throw new RelayRefused('the answer of the guard is too long', '');
  }
  const answer: unknown = JSON.parse(Buffer.concat(parts).toString('utf8'));
  const refused = refusedSchema.safeParse(answer);
  if (refused.success) throw new RelayRefused(refused.data.problem, refused.data.help);
  return describedSchema.parse(answer);
}
