/** An unmodified psql, with an empty home folder and none of the PG* variables of this machine. */

import { spawn, spawnSync } from 'node:child_process';
import { embeddedLibraries } from '@agentguard/cli/demo-server';

/** What psql said. */
export interface PsqlResult {
  readonly ok: boolean;
  /** Rows, unaligned, without headings. */
  readonly output: string;
  readonly errors: string;
}

/** Which libpq psql runs with: the system's own, or that of the embedded PostgreSQL 18. */
export type Libpq = 'system' | 'embedded';

let found: boolean | undefined;

/** True when a psql is on the path. */
export function hasPsql(): boolean {
  found ??= spawnSync('psql', ['--version']).status === 0;
  return found;
}

/** True when the system's psql can run with the embedded libpq (Linux, where the loader can be told). */
export function canChooseLibpq(): boolean {
  return hasPsql() && process.platform === 'linux';
}

/**
 * Runs one statement.
 * @param connection a URL or keyword/value text
 * @param options `home` is where psql looks for `.postgresql`
 */
export async function runPsql(
  connection: string,
  sql: string,
  options: { readonly libpq?: Libpq; readonly home?: string; readonly timeoutMs?: number } = {},
): Promise<PsqlResult> {
  const child = spawn(
    'psql',
    ['-X', '-w', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-c', sql, connection],
    {
      env: environment(options.libpq ?? 'system', options.home ?? '/nonexistent'),
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: options.timeoutMs ?? 20_000,
    },
  );
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { ok: code === 0, output: output.trim(), errors };
}

function environment(libpq: Libpq, home: string): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('PG') && !name.startsWith('SSL_'),
  );
  return {
    ...Object.fromEntries(kept),
    HOME: home,
    LC_ALL: 'C',
    ...(libpq === 'embedded' ? { LD_LIBRARY_PATH: embeddedLibraries() } : {}),
  };
}
