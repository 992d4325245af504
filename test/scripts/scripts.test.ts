/** Every script of this folder, each in a home of its own; those with a database share one server. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, test } from 'vitest';
import { startPostgres } from '../servers/postgres.ts';
import type { TestPostgres } from '../servers/postgres.ts';
import { parseScript } from './parse-script.ts';
import { runScript } from './run-script.ts';

const SCHEMA = `
  CREATE TABLE bookings (id int PRIMARY KEY, car text NOT NULL, status text NOT NULL);
  INSERT INTO bookings VALUES (1, 'van', 'open'), (2, 'coupe', 'open'), (3, 'estate', 'closed');
`;

let server: Promise<TestPostgres> | null = null;
let databases = 0;

afterAll(async () => {
  await (await server)?.stop();
});

/** A database of its own, with three bookings. */
async function freshDatabase(): Promise<string> {
  server ??= startPostgres();
  const postgres = await server;
  databases += 1;
  const name = `script_${databases}`;
  await postgres.sql(`CREATE DATABASE ${name}`);
  await postgres.sql(SCHEMA, name);
  return postgres.url(undefined, undefined, name);
}

describe('the command line', () => {
  const names = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.txt'));
  const scripts = names.map((name) => {
    const script = parseScript(readFileSync(join(import.meta.dirname, name), 'utf8'));
    return [name, script.title, script] as const;
  });

  test.each(scripts)('%s: %s', async (_name, _title, script) => {
    const env = script.needsPostgres ? { REAL_URL: await freshDatabase() } : {};
    await runScript(script, env);
  });
});
