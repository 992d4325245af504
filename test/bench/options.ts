/** What one run of the benchmarks measures, and for how long. Bounded: nobody waits for a benchmark twice. */

import { parseArgs } from 'node:util';

const PARTS = [
  'pgbench',
  'bulk',
  'memory',
  'parts',
  'record',
  'savepoint',
  'hooks',
  'measured',
  'reach',
  'mcp',
  'start',
  'scan',
] as const;

/** One group of measurements. */
export type Part = (typeof PARTS)[number];

/** Bounds of a run. */
export interface BenchOptions {
  readonly parts: readonly Part[];
  /** How often each contender takes its turn, one after the other. */
  readonly rounds: number;
  /** Length of one pgbench run, in seconds. pgbench takes whole ones. */
  readonly seconds: number;
  readonly bulkRounds: number;
  /** Rows of the large result and of the large COPY. */
  readonly bulkRows: number;
  /** Statements sent while the guard's memory is watched. */
  readonly memoryStatements: number;
  /** Entries of the record that is verified and proved from. */
  readonly recordEntries: number;
}

/** About four minutes on two cores. */
const DEFAULT: BenchOptions = {
  parts: PARTS,
  rounds: 5,
  seconds: 2,
  bulkRounds: 3,
  bulkRows: 1_000_000,
  memoryStatements: 1_000_000,
  recordEntries: 100_000,
};

/** About forty seconds: enough to see a change of a tenth, not of a hundredth. */
const QUICK: BenchOptions = {
  parts: PARTS,
  rounds: 3,
  seconds: 1,
  bulkRounds: 3,
  bulkRows: 200_000,
  memoryStatements: 50_000,
  recordEntries: 20_000,
};

/** Reads the command line. Throws with a sentence for a word it does not know. */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
    },
  });
  const base = values.quick ? QUICK : DEFAULT;
  return {
    ...base,
    parts: values.only === undefined ? base.parts : values.only.split(',').map(toPart),
    rounds: toCount(values.rounds, base.rounds),
    bulkRounds: toCount(values.rounds, base.bulkRounds),
    seconds: toCount(values.seconds, base.seconds),
  };
}

function toPart(word: string): Part {
  const part = PARTS.find((known) => known === word);
  if (part === undefined) throw new Error(`\`${word}\` is none of ${PARTS.join(', ')}`);
  return part;
}

function toCount(word: string | undefined, otherwise: number): number {
  if (word === undefined) return otherwise;
  const count = Number(word);
  if (!Number.isInteger(count) || count < 1) throw new Error(`\`${word}\` is not a count`);
  return count;
}
