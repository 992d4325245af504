/**
 * Plays an agent: sends the steps of an attack or of a neighbour over one real client connection, whatever
 * the answers are, and keeps what came back. Knows nothing of the guard; it is given a URL.
 */

import pg from 'pg';

/** How statements are sent: as Query messages, or as Parse, Bind, Describe and Execute. */
export type Protocol = 'simple' | 'extended';

/** What came back from the steps, in order. */
export interface Played {
  /** Rows as JSON text, one entry per step that succeeded. */
  readonly answers: readonly string[];
  /** SQLSTATE or message per step that failed. */
  readonly errors: readonly PlayedError[];
  /** What `afterwards` gave; null when it failed or the connection was gone. */
  readonly afterwards: string | null;
}

export interface PlayedError {
  readonly step: string;
  readonly code: string;
  readonly message: string;
}

/** What is looked at on the same connection once the steps are done. */
export interface PlayOptions {
  readonly protocol: Protocol;
  /** One value is read with it, after a failed transaction is left. */
  readonly probe?: string;
  /** Runs while the connection is still open. */
  readonly whileOpen?: () => Promise<void>;
}

/** A step that has not answered by then hangs; the longest honest one takes milliseconds. */
const STEP_TIMEOUT_MS = 20_000;

/** Connects, sends the steps and leaves. Throws only when the connection itself cannot be made. */
export async function play(
  url: string,
  steps: readonly string[],
  options: PlayOptions,
): Promise<Played> {
  const client = new pg.Client({ connectionString: url, query_timeout: STEP_TIMEOUT_MS });
  // A connection that the guard or the server ends is an outcome, not a crash of the test.
  client.on('error', () => undefined);
  client.on('notice', () => undefined);
  await client.connect();
  const answers: string[] = [];
  const errors: PlayedError[] = [];
  try {
    for (const step of steps) {
      try {
        answers.push(toText(await send(client, step, options.protocol)));
      } catch (error) {
        errors.push({ step: step.slice(0, 200), ...describeError(error) });
      }
    }
    await options.whileOpen?.();
    const afterwards = options.probe === undefined ? null : await probe(client, options.probe);
    return { answers, errors, afterwards };
  } finally {
    await client.end().catch(() => undefined);
  }
}

function send(client: pg.Client, text: string, protocol: Protocol): Promise<unknown> {
  // `queryMode` is understood by the client and missing from its types.
  const query = protocol === 'extended' ? { text, queryMode: 'extended' } : { text };
  return client.query(query);
}

async function probe(client: pg.Client, query: string): Promise<string | null> {
  try {
    const result = await client.query<Record<string, unknown>>(query);
    return String(Object.values(result.rows[0] ?? {})[0]);
  } catch {
    return null;
  }
}

function toText(result: unknown): string {
  const results = Array.isArray(result) ? result : [result];
  return results
    .flatMap((one: { rows?: readonly unknown[] }) => one.rows ?? [])
    .map((row) => Object.values(row as Record<string, unknown>).map((v) => JSON.stringify(v)))
    .join('\n');
}

function describeError(error: unknown): { readonly code: string; readonly message: string } {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'none';
  return { code, message: error instanceof Error ? error.message.slice(0, 300) : String(error) };
}
