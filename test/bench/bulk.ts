/** Many rows at once: a large result read by a bare client, a large COPY out and in by psql. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toEnvironment, type Contender } from './contender.ts';
import { connectRaw } from './raw-client.ts';
import { findProgram, runProgram } from './run-program.ts';

const COLUMNS = 'id int, customer text, note text, amount numeric(10,2), at timestamptz';

/** The three kinds of bulk. */
export const BULKS = ['large result', 'COPY out', 'COPY in'] as const;
export type Bulk = (typeof BULKS)[number];

/** The table and the file that every contender moves. */
export interface BulkData {
  readonly rows: number;
  readonly file: string;
  /** Empties the table of COPY in. */
  empty(): Promise<void>;
  remove(): void;
}

/** Makes the tables over a direct connection, and the file that COPY reads. */
export async function makeBulkData(direct: Contender, rows: number): Promise<BulkData> {
  const folder = mkdtempSync(join(tmpdir(), 'ag-bulk-'));
  await psql(direct, [
    `create table bench_out (${COLUMNS})`,
    `create table bench_in (${COLUMNS})`,
    `insert into bench_out select i, 'customer ' || i, md5(i::text), i % 1000 + 0.25, now()
     from generate_series(1, ${rows}) i`,
    'analyze bench_out',
  ]);
  const file = join(folder, 'rows.txt');
  await psql(direct, ['copy bench_out to stdout'], { outputFile: file });
  return {
    rows,
    file,
    empty: () => psql(direct, ['truncate bench_in']),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Moves the rows once and gives the seconds it took. */
export async function runBulk(contender: Contender, bulk: Bulk, data: BulkData): Promise<number> {
  switch (bulk) {
    case 'large result':
      return readResult(contender);
    case 'COPY out':
      return timed(() =>
        psql(contender, ['copy bench_out to stdout'], { outputFile: '/dev/null' }),
      );
    case 'COPY in':
      await data.empty();
      return timed(() => psql(contender, ['copy bench_in from stdin'], { inputFile: data.file }));
  }
}

async function readResult(contender: Contender): Promise<number> {
  const client = await connectRaw(contender);
  try {
    return await timed(() => client.run(['select * from bench_out']));
  } finally {
    client.close();
  }
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const started = process.hrtime.bigint();
  await run();
  return Number(process.hrtime.bigint() - started) / 1e9;
}

async function psql(
  contender: Contender,
  statements: readonly string[],
  files: { readonly inputFile?: string; readonly outputFile?: string } = {},
): Promise<void> {
  const file = findProgram('psql');
  if (file === null) throw new Error('psql is not installed');
  const args = ['-X', '-q', '-v', 'ON_ERROR_STOP=1', ...statements.flatMap((text) => ['-c', text])];
  await runProgram({ file, args, env: toEnvironment(contender), ...files });
}
