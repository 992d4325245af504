/** Sends its arguments one after the other to DATABASE_URL, as an agent's program would, and prints what comes. */

import pg from 'pg';

const client = new pg.Client({ connectionString: process.env['DATABASE_URL'] });
try {
  await client.connect();
  for (const text of process.argv.slice(2)) {
    const { rows, command, rowCount } = await client.query<Record<string, unknown>>(text);
    if (rows.length === 0) console.log(`${command} ${rowCount ?? ''}`.trim());
    for (const row of rows) console.log(JSON.stringify(row));
  }
} catch (error) {
  const failure = error instanceof pg.DatabaseError ? error : null;
  console.error(`${failure?.code ?? 'failed'} ${failure?.message ?? 'no connection'}`);
  process.exitCode = 1;
} finally {
  await client.end();
}
