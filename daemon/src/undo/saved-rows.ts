/** What is kept of one operation: the rows as they were, and which rows it wrote. Holds values, so it never leaves its file open. */

import * as z from 'zod';

const columnSchema = z.object({
  name: z.string(),
  /** It is computed by the server and cannot be written. */
  generated: z.boolean(),
  /** GENERATED ALWAYS AS IDENTITY: it can be inserted and not updated. */
  identityAlways: z.boolean(),
});

const valuesSchema = z.array(z.string().nullable());

const savedTableSchema = z.object({
  schema: z.string(),
  name: z.string(),
  columns: z.array(columnSchema),
  /** Names of the primary key's columns; empty when there is none, and then nothing was there before. */
  key: z.array(z.string()),
  /** Rows as they were. `xmin`: which transaction had written them. */
  before: z.array(z.object({ xmin: z.string(), values: valuesSchema })),
  /** How many rows it left behind, changed and inserted ones. They carry its transaction until somebody else writes them. */
  writtenCount: z.number().int(),
});

export const savedRowsSchema = z.object({
  version: z.literal(1),
  decision: z.string(),
  resource: z.string(),
  /** Identifier of the transaction at the server, 32 bits as its rows show it. */
  transaction: z.string(),
  /** Milliseconds since the epoch. */
  savedAt: z.number(),
  tables: z.array(savedTableSchema),
});

export type SavedRows = z.output<typeof savedRowsSchema>;
export type SavedTable = z.output<typeof savedTableSchema>;
export type SavedColumn = z.output<typeof columnSchema>;
