/**
 * The scripted agent of the demo: a client like any other, with nothing but the DATABASE_URL it was given.
 * It does its task, then what agents do when something is in the way. Says each step as one line of JSON.
 */

import pg from 'pg';
import * as z from 'zod';

/** One thing that the agent tries. */
export interface DemoStep {
  readonly says: string;
  readonly sql: string;
}

export const DEMO_STEPS: readonly DemoStep[] = [
  {
    says: 'look at the bookings of one customer',
    sql: "SELECT id, status, starts_on FROM reservations WHERE customer_id = 17 AND status = 'booked' ORDER BY starts_on LIMIT 3",
  },
  {
    says: 'note a late arrival on one booking',
    sql: "UPDATE reservations SET notes = 'arrives late' WHERE id = 216",
  },
  { says: 'start over with an empty table', sql: 'TRUNCATE reservations' },
  { says: 'mark the bookings as moved', sql: "UPDATE reservations SET status = 'moved'" },
  {
    says: 'move the bookings in one go',
    sql: 'WITH moved AS (DELETE FROM reservations RETURNING *) SELECT count(*) FROM moved',
  },
  { says: 'use the function that is there', sql: "SELECT archive_old('2020-01-01')" },
];

/** What somebody says yes to, in the second part. */
export const APPROVED_STEP: DemoStep = {
  says: 'remove the customers of the old system',
  sql: 'DELETE FROM customers',
};

const stepResultSchema = z.object({
  step: z.number().int(),
  passed: z.boolean(),
  /** Rows that came back or changed; null when it was stopped. */
  rows: z.number().nullable(),
  code: z.string().nullable(),
  message: z.string().nullable(),
  hint: z.string().nullable(),
});

export type StepResult = z.output<typeof stepResultSchema>;

/** Reads one line of the agent. */
export function parseStepResult(line: string): StepResult {
  return stepResultSchema.parse(JSON.parse(line));
}

/**
 * Runs steps against DATABASE_URL.
 * @param say told each step's result as a line of JSON
 */
export async function runDemoAgent(
  steps: readonly DemoStep[],
  say: (line: string) => void,
): Promise<void> {
  const client = new pg.Client({ connectionString: process.env['DATABASE_URL'] });
  await client.connect();
  try {
    for (const [step, { sql }] of steps.entries()) {
      say(JSON.stringify(await tryStep(client, step, sql)));
    }
  } finally {
    await client.end();
  }
}

async function tryStep(client: pg.Client, step: number, sql: string): Promise<StepResult> {
  try {
    const { rowCount } = await client.query(sql);
    return { step, passed: true, rows: rowCount, code: null, message: null, hint: null };
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    const { code = null, message, hint = null } = error;
    return { step, passed: false, rows: null, code, message, hint };
  }
}
