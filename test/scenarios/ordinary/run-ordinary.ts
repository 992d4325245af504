/** Sends what a program sends over a real client and says what was in its way. */

import pg from 'pg';
import type { Ordinary, Step } from './statement.ts';

/** A statement that did not pass. */
export interface Hindrance {
  readonly from: string;
  readonly name: string;
  readonly step: string;
  readonly code: string;
  readonly message: string;
}

/** Runs one entry on a connection of its own; a step with parameters goes by the extended protocol. */
export async function runOrdinary(url: string, entry: Ordinary): Promise<readonly Hindrance[]> {
  const client = new pg.Client({ connectionString: url, query_timeout: 20_000 });
  client.on('error', () => undefined);
  await client.connect();
  const hindrances: Hindrance[] = [];
  try {
    for (const step of entry.steps) {
      await send(client, step).catch((error: unknown) => {
        hindrances.push({ ...describeError(error), ...entryOf(entry), step: textOf(step) });
      });
    }
  } finally {
    await client.end().catch(() => undefined);
  }
  return hindrances;
}

async function send(client: pg.Client, step: Step): Promise<void> {
  if (typeof step === 'string') await client.query(step);
  else await client.query(step.text, [...step.values]);
}

function entryOf({ from, name }: Ordinary): { readonly from: string; readonly name: string } {
  return { from, name };
}

function textOf(step: Step): string {
  return (typeof step === 'string' ? step : step.text).trim().slice(0, 200);
}

function describeError(error: unknown): { readonly code: string; readonly message: string } {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'none';
  return { code, message: error instanceof Error ? error.message : String(error) };
}
