/**
 * The first line of a relay and the answer to it. A relay is a program next to the client: everything it says but the
 * token is a claim.
 */

import * as z from 'zod';

/** A relay with a client behind it, or one with a server that it was told to start. */
const greetingSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    agentguard: z.literal('mcp'),
    version: z.literal(1),
    kind: z.literal('client'),
    token: z.string().max(200),
    /** As it stands in the client's configuration. Chooses among accepted servers and starts nothing by itself. */
    argv: z.array(z.string().max(16_384)).min(1).max(1000),
    cwd: z.string().max(4096),
  }),
  z.strictObject({
    agentguard: z.literal('mcp'),
    version: z.literal(1),
    kind: z.literal('server'),
    token: z.string().max(200),
    conversation: z.string().max(100),
  }),
  /** A server of our own that asks what its tools may be. */
  z.strictObject({
    agentguard: z.literal('mcp'),
    version: z.literal(1),
    kind: z.literal('describe'),
    token: z.string().max(200),
    resource: z.string().max(100),
  }),
]);

/** What a relay says first. */
export type Greeting = z.infer<typeof greetingSchema>;

/** What a relay is to start, where the server runs beside it. */
export interface StartBeside {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Variables that the relay hands on from its own environment. */
  readonly passes: readonly string[];
  readonly cwd: string | null;
}

/** The answer to a greeting. */
export type Welcome =
  | { readonly ok: true; readonly conversation: string; readonly start: StartBeside | null }
  | { readonly ok: false; readonly problem: string; readonly help: string };

/** A column, with the little that a tool has to know of its type. */
export interface DescribedColumn {
  readonly name: string;
  readonly type: 'text' | 'integer' | 'number' | 'boolean';
}

/** A table as far as the holder of a token may use it. Columns are those that the operation may touch; null: not at all. */
export interface DescribedTable {
  readonly schema: string;
  readonly name: string;
  readonly select: readonly DescribedColumn[] | null;
  readonly insert: readonly DescribedColumn[] | null;
  readonly update: readonly DescribedColumn[] | null;
  readonly delete: boolean;
}

/** A database as far as the holder of a token may use it. */
export interface DescribedDatabase {
  readonly ok: true;
  readonly tables: readonly DescribedTable[];
  /** Whether statements of its own making are among what it may send. */
  readonly sql: boolean;
}

/** Reads the first line; null for everything that is no greeting. */
export function readGreeting(line: Uint8Array): Greeting | null {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(line).toString('utf8'));
    const checked = greetingSchema.safeParse(parsed);
    return checked.success ? checked.data : null;
  } catch {
    return null;
  }
}
