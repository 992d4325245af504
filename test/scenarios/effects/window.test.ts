import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import knexPackage from 'knex';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startGuard, type Guard, type GuardSession } from '../../servers/guard.ts';
import { startPostgres, type TestPostgres } from '../../servers/postgres.ts';
import { hasPsql } from '../../servers/psql.ts';
import { skipLoudly } from '../../servers/skip.ts';

const MIGRATION = `-- adds insurances
CREATE TABLE "insurances" ("id" serial PRIMARY KEY NOT NULL, "label" varchar(80) NOT NULL);
--> statement-breakpoint
ALTER TABLE "cars" ADD COLUMN "insurance_id" integer DEFAULT 7;
--> statement-breakpoint
CREATE INDEX "insurances_label" ON "insurances" USING btree ("label");
`;

let server: TestPostgres;
let guard: Guard;
let session: GuardSession;
let folder: string;
let file: string;

beforeAll(async () => {
  server = await startPostgres();
  guard = await startGuard({
    resources: [{ name: 'live', environment: 'production', url: server.url() }],
  });
  folder = mkdtempSync(join(tmpdir(), 'ag-window-'));
  mkdirSync(join(folder, 'meta'));
  file = join(folder, '0000_insurances.sql');
  writeFileSync(file, MIGRATION);
  const entry = {
    idx: 0,
    version: '7',
    when: 1_700_000_000_000,
    tag: '0000_insurances',
    breakpoints: true,
  };
  writeFileSync(
    join(folder, 'meta/_journal.json'),
    JSON.stringify({ version: '7', dialect: 'postgresql', entries: [entry] }),
  );
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await guard.stop();
  await server.stop();
});

beforeEach(async () => {
  await server.sql(`drop schema public cascade; drop schema if exists drizzle cascade; create schema public;
    create table cars (id int primary key, plate text); insert into cars values (1, 'a'), (2, 'b')`);
  session = await guard.session({ askTimeoutMs: 0 });
});
afterEach(async () => {
  await guard.cli(['window', 'close', '--resource', 'live']);
  await session.end();
});

async function open(...more: readonly string[]): Promise<void> {
  const printed = await guard.cli([
    'window',
    'open',
    '--resource',
    'live',
    '--for',
    '10m',
    ...more,
  ]);
  expect(printed).toMatchObject({ code: 0 });
}

async function hasTable(name: string): Promise<boolean> {
  const [row] = await server.sql(`select to_regclass('public.${name}') is not null as there`);
  return row?.['there'] === true;
}

async function run(sql: string): Promise<string> {
  const client = new pg.Client(session.url());
  await client.connect();
  try {
    await client.query(sql);
    return 'done';
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'failed';
  } finally {
    await client.end();
  }
}

describe('a window that was opened for files', () => {
  it('lets their statements pass, however they are spaced, and no others', async () => {
    await open('--migration', file);
    expect(await run('alter table cars add column other int')).toBe('42501');
    expect(await run('ALTER TABLE "cars" ADD COLUMN "insurance_id" integer DEFAULT 8')).toBe(
      '42501',
    );
    expect(await run('alter table cars\n  add column insurance_id int default 7 -- as read')).toBe(
      'done',
    );
  });

  it('lets no statement through that comes beside one of theirs', async () => {
    await open('--migration', file);
    const both = `${MIGRATION}; alter table cars add column beside int`;
    expect(await run(both)).toBe('42501');
    expect(await hasTable('insurances')).toBe(false);
    expect(await run(MIGRATION)).toBe('done');
  });

  it('still asks about what destroys, in a file or not', async () => {
    const bad = join(folder, 'bad.sql');
    writeFileSync(bad, 'drop table cars; create table trucks (id int);');
    await open('--migration', bad);
    expect(await run('drop table cars')).toBe('42501');
    expect(await run('create table trucks (id int)')).toBe('done');
    // What `db push --accept-data-loss` and `migrate reset` send.
    expect(await run('alter table cars drop column plate')).toBe('42501');
    expect(await run('drop schema public cascade')).toBe('42501');
    expect(await hasTable('cars')).toBe(true);
  });

  it('works with the migrator of Drizzle and the tables that it keeps', async () => {
    await open('--migration', file);
    const pool = new pg.Pool({ connectionString: session.url(), max: 1 });
    await migrate(drizzle(pool), { migrationsFolder: folder });
    await pool.end();
    expect(await hasTable('insurances')).toBe(true);
    const [row] = await server.sql('select count(*)::int as n from drizzle.__drizzle_migrations');
    expect(row).toEqual({ n: 1 });
  });

  it('works with Knex and the tables that it keeps', async () => {
    await open('--migration', file);
    const knex = knexPackage({ client: 'pg', connection: session.url() });
    const migrationSource = {
      getMigrations: () => Promise.resolve(['insurances']),
      getMigrationName: (name: string) => name,
      getMigration: () =>
        Promise.resolve({
          up: (one: { raw(sql: string): Promise<unknown> }) => one.raw(MIGRATION),
          down: () => Promise.resolve(),
        }),
    };
    await knex.migrate.latest({ migrationSource });
    await knex.destroy();
    expect(await hasTable('insurances')).toBe(true);
    expect(await hasTable('knex_migrations')).toBe(true);
  });

  it.skipIf(!hasPsql() && skipLoudly('psql is not installed'))('works with psql -f', async () => {
    await open('--migration', file);
    const child = spawn('psql', ['-X', '-w', '-v', 'ON_ERROR_STOP=1', '-f', file, session.url()], {
      stdio: 'ignore',
    });
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect(code).toBe(0);
    expect(await hasTable('insurances')).toBe(true);
  });

  it('refuses a file that PostgreSQL could not read', async () => {
    const broken = join(folder, 'broken.sql');
    writeFileSync(broken, '\\i other.sql');
    const printed = await guard.cli([
      ...['window', 'open', '--resource', 'live', '--for', '10m', '--migration', broken],
    ]);
    expect(printed.code).not.toBe(0);
    expect(printed.stderr).toContain('broken.sql');
  });

  it('is on the record with its files, and closes by itself, on the record too', async () => {
    await open('--migration', file);
    await guard.person.call('window.open', { resource: 'live', durationMs: 1000 });
    await sleep(1300);
    const events = (await guard.audit({ type: 'event' })).flatMap(({ entry }) =>
      entry.type === 'event' && entry.name.startsWith('window') ? [entry] : [],
    );
    expect(events.at(-3)).toMatchObject({ name: 'window opened', details: { statements: 3 } });
    expect(events.at(-1)).toMatchObject({ name: 'window closed', details: { by: 'its time' } });
    expect(await run('create table later (id int)')).toBe('42501');
  });
});
