import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import { eq, sql } from 'drizzle-orm';
import { integer, pgTable, serial, text, varchar } from 'drizzle-orm/pg-core';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startClientStage, type ClientStage } from './client-stage.ts';

/** Statements as drizzle-kit writes them, one list per migration. */
const MIGRATIONS: readonly (readonly string[])[] = [
  [
    `CREATE TABLE "insurances" (\n\t"id" serial PRIMARY KEY NOT NULL,\n\t"label" varchar(80) NOT NULL\n);\n`,
    `ALTER TABLE "vehicles" ADD COLUMN "insurance_id" integer;`,
    `ALTER TABLE "vehicles" ADD CONSTRAINT "vehicles_insurance_fk" FOREIGN KEY ("insurance_id") REFERENCES "public"."insurances"("id") ON DELETE no action ON UPDATE no action;`,
    `CREATE INDEX "insurances_label" ON "insurances" USING btree ("label");`,
  ],
  [`ALTER TABLE "insurances" ADD COLUMN "notes" text DEFAULT '' NOT NULL;`],
];

const DESTRUCTIVE: readonly (readonly string[])[] = [
  ...MIGRATIONS,
  [`ALTER TABLE "customers" DROP COLUMN "notes";`],
];

const insurances = pgTable('insurances', {
  id: serial().primaryKey(),
  label: varchar({ length: 80 }).notNull(),
  notes: text().notNull().default(''),
});
const customers = pgTable('customers', {
  id: serial().primaryKey(),
  tenantId: integer('tenant_id').notNull(),
  name: text().notNull(),
});

let stage: ClientStage;
let folder: string;

beforeAll(async () => {
  stage = await startClientStage();
  folder = mkdtempSync(join(tmpdir(), 'ag-drizzle-'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await stage.stop();
});

describe('Drizzle through the guard', () => {
  it('cannot migrate production outside of a window', async () => {
    await expect(migrateAll('production', MIGRATIONS)).rejects.toThrow();
    expect(await tableExists('insurances')).toBe(false);
  });

  it('migrates production through an open window (P-21)', async () => {
    await stage.guard.person.call('window.open', { resource: 'production', durationMs: 60_000 });
    await migrateAll('production', MIGRATIONS);
    expect(await tableExists('insurances')).toBe(true);
    await migrateAll('production', MIGRATIONS);
    expect(await stage.sql('select count(*)::int as n from drizzle.__drizzle_migrations')).toEqual([
      { n: MIGRATIONS.length },
    ]);
  });

  it('cannot drop a column even through an open window', async () => {
    await expect(migrateAll('production', DESTRUCTIVE)).rejects.toThrow();
    await stage.guard.person.call('window.close', { resource: 'production' });
    const [row] = await stage.sql(
      `select count(*)::int as n from information_schema.columns where table_name = 'customers' and column_name = 'notes'`,
    );
    expect(row).toEqual({ n: 1 });
  });

  it('queries, writes and runs transactions (P-21)', async () => {
    const pool = new pg.Pool({ connectionString: stage.session.url('development'), max: 2 });
    const db = drizzle({ client: pool });
    const [made] = await db.insert(insurances).values({ label: 'full' }).returning();
    await db.update(insurances).set({ notes: 'x' }).where(eq(insurances.id, made!.id));
    const found = await db
      .select({ label: insurances.label, n: sql<number>`count(*) over ()::int` })
      .from(insurances)
      .where(eq(insurances.id, made!.id));
    expect(found).toEqual([{ label: 'full', n: 1 }]);
    await expect(
      db.transaction(async (tx) => {
        await tx.update(customers).set({ name: 'gone' }).where(eq(customers.id, 1));
        await tx.delete(customers);
      }),
    ).rejects.toThrow();
    expect(await stage.sql('select name from customers where id = 1')).toEqual([
      { name: 'customer 1' },
    ]);
    await pool.end();
  });
});

/** Writes the migrations as drizzle-kit does and runs Drizzle's own migrator over them. */
async function migrateAll(
  label: string,
  migrations: readonly (readonly string[])[],
): Promise<void> {
  mkdirSync(join(folder, 'meta'), { recursive: true });
  const entries = migrations.map((statements, idx) => {
    const tag = `000${idx}_step`;
    writeFileSync(join(folder, `${tag}.sql`), statements.join('--> statement-breakpoint\n'));
    return { idx, version: '7', when: 1_700_000_000_000 + idx, tag, breakpoints: true };
  });
  const journal = { version: '7', dialect: 'postgresql', entries };
  writeFileSync(join(folder, 'meta/_journal.json'), JSON.stringify(journal));
  const client = new pg.Client(stage.session.url(label));
  await client.connect();
  try {
    await migrate(drizzle({ client }), { migrationsFolder: folder });
  } finally {
    await client.end();
  }
}

async function tableExists(name: string): Promise<boolean> {
  const [row] = await stage.sql(`select to_regclass('public.${name}') is not null as there`);
  return row?.['there'] === true;
}
