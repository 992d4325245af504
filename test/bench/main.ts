/**
 * What the guard costs, side by side in one run: a direct connection, PgBouncer, the guard with full inspection
 * and record. Prints tables; asserts nothing, because a figure of one machine is no test.
 */

import { CANARY_PASSWORD, startPostgres, SUPERUSER } from '../servers/postgres.ts';
import { benchAudit } from './audit.ts';
import { makeBulkData } from './bulk.ts';
import { compareBulk, comparePgbench } from './compare.ts';
import type { Contender } from './contender.ts';
import { startGuardContender } from './guard.ts';
import { benchHooks } from './hooks.ts';
import { benchMeasured } from './measured.ts';
import { describeMachine } from './machine.ts';
import { benchMcp } from './mcp.ts';
import { watchMemory } from './memory.ts';
import { readOptions } from './options.ts';
import { fillTables } from './pgbench.ts';
import { measureParts } from './parts.ts';
import { startPgBouncer } from './pgbouncer.ts';
import { benchReach } from './reach.ts';
import { print } from './report.ts';
import { benchScan } from './scan.ts';
import { benchSavePoints } from './savepoint.ts';
import { benchStartUp } from './start-up.ts';

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
const started = [direct];
try {
  // Before the guard reads the catalog, so that every table is known from the first statement on.
  await fillTables(direct);
  const data = await makeBulkData(direct, options.bulkRows);
  const bouncer = await startPgBouncer(direct);
  if (bouncer !== null) started.push(bouncer);
  const guard = await startGuardContender(direct);
  started.push(guard);
  if (options.parts.includes('pgbench')) await comparePgbench(started, options);
  if (options.parts.includes('bulk')) await compareBulk(started, data, options.bulkRounds);
  if (options.parts.includes('memory')) await watchMemory(guard, options.memoryStatements);
  if (options.parts.includes('parts')) await measureParts();
  if (options.parts.includes('record')) await benchAudit(options.recordEntries);
  if (options.parts.includes('savepoint')) await benchSavePoints(options.rounds);
  if (options.parts.includes('hooks')) await benchHooks(options.rounds);
  if (options.parts.includes('measured')) await benchMeasured(options.rounds);
  if (options.parts.includes('reach')) await benchReach();
  if (options.parts.includes('mcp')) await benchMcp(options.rounds);
  if (options.parts.includes('start')) await benchStartUp(options.rounds);
  if (options.parts.includes('scan')) benchScan(options.rounds);
  data.remove();
  print(describeMachine());
} finally {
  for (const contender of started.toReversed()) await contender.stop();
}
