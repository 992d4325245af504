/** One way from a client to the same database: direct, through PgBouncer, through the guard. */

/** A way to the database, ready to be measured. */
export interface Contender {
  readonly name: 'direct' | 'pgbouncer' | 'guard';
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** The process between client and server; null for none. */
  readonly pid: number | null;
  stop(): Promise<void>;
}

/** What libpq reads, for pgbench and psql. Nothing of the caller's own PG* variables is left. */
export function toEnvironment(contender: Contender): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('PG'));
  return {
    ...Object.fromEntries(kept),
    PGHOST: contender.host,
    PGPORT: String(contender.port),
    PGUSER: contender.user,
    PGPASSWORD: contender.password,
    PGDATABASE: contender.database,
    PGSSLMODE: 'disable',
    PGGSSENCMODE: 'disable',
  };
}

/**
 * Lets every contender take its turn in every round (A B C A B C ...), so that whatever else the machine does
 * falls on all of them. Gives the results of each in the order of the rounds.
 */
export async function interleave<Result>(
  contenders: readonly Contender[],
  rounds: number,
  measure: (contender: Contender) => Promise<Result>,
): Promise<ReadonlyMap<Contender, readonly Result[]>> {
  const results = new Map<Contender, Result[]>(contenders.map((contender) => [contender, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const contender of contenders) {
      const result = await measure(contender);
      results.get(contender)?.push(result);
    }
  }
  return results;
}
