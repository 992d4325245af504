/** From the results of the rounds to the tables: each contender beside direct and beside PgBouncer. */

import { interleave, type Contender } from './contender.ts';
import { BULKS, runBulk, type Bulk, type BulkData } from './bulk.ts';
import { LOADS, runLoad, type Load, type PgbenchResult } from './pgbench.ts';
import type { BenchOptions } from './options.ts';
import { print, printTable, showCount, showSpread } from './report.ts';
import { pairwise, toSpread } from './statistics.ts';

const ratio = (left: number, right: number): number => left / right;
const difference = (left: number, right: number): number => left - right;

/** Runs every load through every contender and prints what each adds. */
export async function comparePgbench(
  contenders: readonly Contender[],
  options: BenchOptions,
): Promise<void> {
  print(
    `pgbench select-only, ${options.rounds} rounds of ${options.seconds} s each, median (min to max) of pairs`,
  );
  const rows: string[][] = [
    ['load', 'through', 'tps', 'of direct', 'of PgBouncer', '+p50 ms', '+p99 ms', 'CPU us/tx'],
  ];
  for (const load of LOADS) {
    const results = await interleave(contenders, options.rounds, (contender) =>
      runLoad(contender, load, options.seconds),
    );
    for (const contender of contenders) rows.push(toPgbenchRow(load, contender, results));
  }
  printTable(rows);
}

function toPgbenchRow(
  load: Load,
  contender: Contender,
  results: ReadonlyMap<Contender, readonly PgbenchResult[]>,
): string[] {
  const own = results.get(contender) ?? [];
  const byName = (name: Contender['name']): readonly PgbenchResult[] =>
    [...results].find(([other]) => other.name === name)?.[1] ?? [];
  const direct = byName('direct');
  const bouncer = byName('pgbouncer');
  const tps = own.map((result) => result.tps);
  const added = (of: (result: PgbenchResult) => number): string =>
    showSpread(pairwise(own.map(of), direct.map(of), difference), 3);
  const cpu = own.flatMap((result) => (result.cpuUs === null ? [] : [result.cpuUs]));
  const isDirect = contender.name === 'direct';
  return [
    `${load.mode}, ${load.clients}`,
    contender.name,
    showCount(toSpread(tps).median),
    isDirect
      ? ''
      : showSpread(
          pairwise(
            tps,
            direct.map((one) => one.tps),
            ratio,
          ),
          2,
        ),
    contender.name !== 'guard' || bouncer.length === 0
      ? ''
      : showSpread(
          pairwise(
            tps,
            bouncer.map((one) => one.tps),
            ratio,
          ),
          2,
        ),
    isDirect ? describeDirect(own) : added((result) => result.p50Us / 1000),
    isDirect ? '' : added((result) => result.p99Us / 1000),
    cpu.length === 0 ? '' : toSpread(cpu).median.toFixed(1),
  ];
}

function describeDirect(results: readonly PgbenchResult[]): string {
  const p50 = toSpread(results.map((result) => result.p50Us / 1000)).median;
  const p99 = toSpread(results.map((result) => result.p99Us / 1000)).median;
  return `itself ${p50.toFixed(3)}, ${p99.toFixed(3)}`;
}

/** Moves the same rows through every contender and prints the rates beside direct. */
export async function compareBulk(
  contenders: readonly Contender[],
  data: BulkData,
  rounds: number,
): Promise<void> {
  print(`bulk, ${showCount(data.rows)} rows, ${rounds} rounds`);
  const rows: string[][] = [['bulk', 'through', 'rows/s', 'of direct']];
  for (const bulk of BULKS) {
    const results = await interleave(contenders, rounds, (contender) =>
      runBulk(contender, bulk, data),
    );
    const direct = [...results].find(([contender]) => contender.name === 'direct')?.[1] ?? [];
    for (const [contender, seconds] of results) {
      rows.push(toBulkRow({ bulk, contender, rows: data.rows }, seconds, direct));
    }
  }
  printTable(rows);
}

function toBulkRow(
  what: { readonly bulk: Bulk; readonly contender: Contender; readonly rows: number },
  seconds: readonly number[],
  directSeconds: readonly number[],
): string[] {
  return [
    what.bulk,
    what.contender.name,
    showCount(what.rows / toSpread(seconds).median),
    what.contender.name === 'direct' ? '' : showSpread(pairwise(directSeconds, seconds, ratio), 2),
  ];
}
