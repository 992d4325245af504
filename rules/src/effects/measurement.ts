/**
 * What a held run changed, as counted by the server, and how two such counts compare.
 * Never holds a value of a row.
 */

/** Rows of one table that a run changed. Partitions are added up under the table that people know. */
export interface TableChange {
  /** `public.orders`, as in ObjectName text. */
  readonly table: string;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
}

/** A table that lost every row at once (TRUNCATE), which the server does not count by itself. */
export interface EmptiedTable {
  readonly table: string;
  /** Rows counted under a lock just before; null when there were too many to count. */
  readonly rows: number | null;
}

/** What one run changed. */
export interface Measurement {
  /** Sorted by table, none without a change. */
  readonly changes: readonly TableChange[];
  readonly emptied: readonly EmptiedTable[];
  /** Relations that are gone: `table public.orders`. Sorted. */
  readonly removed: readonly string[];
  /** Rows of the server's own catalog. */
  readonly catalogRows: number;
}

/** Counts by what happened where: `deleted public.orders`. The form that is recorded, shown and bound by an approval. */
export type Counts = Readonly<Record<string, number>>;

/** Stands for a number that nobody could count. Larger than every count. */
export const UNCOUNTED = Number.MAX_SAFE_INTEGER;

/** The counts of a measurement, sorted by name, zeros left out. */
export function toCounts(measurement: Measurement): Counts {
  const counts: [string, number][] = [];
  for (const { table, inserted, updated, deleted } of measurement.changes) {
    counts.push([`deleted ${table}`, deleted]);
    counts.push([`inserted ${table}`, inserted]);
    counts.push([`updated ${table}`, updated]);
  }
  for (const { table, rows } of measurement.emptied) {
    counts.push([`emptied ${table}`, rows ?? UNCOUNTED]);
  }
  for (const relation of measurement.removed) counts.push([`removed ${relation}`, 1]);
  counts.push(['system catalog rows', measurement.catalogRows]);
  const said = counts.filter(([, rows]) => rows > 0);
  return Object.fromEntries(said.sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** Rows changed altogether; null when a part of it could not be counted. */
export function rowsChanged(counts: Counts): number | null {
  let sum = 0;
  for (const [what, rows] of Object.entries(counts)) {
    if (rows === UNCOUNTED || what.startsWith('removed ')) return null;
    if (!what.startsWith('system catalog')) sum += rows;
  }
  return sum;
}

/**
 * Whether a run changed nothing beyond what was approved. Every count by itself: fewer rows of one table do not make up
 * for more of another.
 */
export function isWithin(counts: Counts, approved: Counts): boolean {
  return Object.entries(counts).every(([what, rows]) => {
    // The catalog rows of a removal differ with its dependents' bookkeeping; what is removed is counted by name.
    if (what.startsWith('system catalog')) return approved[what] !== undefined;
    return rows <= (approved[what] ?? 0);
  });
}
