/**
 * What the guard costs, side by side in one run: a direct connection, PgBouncer, the guard with full inspection
 * and record. Prints tables; asserts nothing, because a figure of one machine is no test.
 */

import { startPostgres } from '../servers/postgres.ts';
import { CANARY_PASSWORD, SUPERUSER } from '../servers/postgres.ts';
import { compareBulk, comparePgbench } from './compare.ts';
import type { Contender } from './contender.ts';
import { describeMachine } from './machine.ts';
import { readOptions } from './options.ts';
import { fillTables } from './pgbench.ts';
import { measureParts } from './parts.ts';
import { startPgBouncer } from './pgbouncer.ts';
import { print } from './report.ts';

/** Enough for the million accounts, so that the disk plays no part. */
const SETTINGS = { shared_buffers: '256MB', max_wal_size: '4GB', autovacuum: 'off', jit: 'off' };

const options = readOptions(process.argv.slice(2));
print(describeMachine());
const server = await startPostgres({ settings: SETTINGS, initSql: 'create database bench' });
const direct: Contender = {
  name: 'direct',
  host: '127.0.0.1',
  port: server.port,
  user: SUPERUSER,
  password: CANARY_PASSWORD,
  database: 'bench',
  pid: null,
  stop: () => server.stop(),
};
const between = [await startPgBouncer(direct)].filter((contender) => contender !== null);
const contenders = [direct, ...between];
try {
  await fillTables(direct);
  if (options.parts.includes('pgbench')) await comparePgbench(contenders, options);
  if (options.parts.includes('bulk')) await compareBulk(contenders, direct, options);
  if (options.parts.includes('parts')) await measureParts();
  print(describeMachine());
} finally {
  for (const contender of contenders.toReversed()) await contender.stop();
}
