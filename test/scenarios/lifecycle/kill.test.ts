import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectClient, startLifecycleStage, type LifecycleStage } from './lifecycle-stage.ts';

/** How often the daemon is killed. Each round takes about two seconds. */
const ROUNDS = Number(process.env['AGENTGUARD_TEST_KILLS'] ?? 5);

const WRITERS = 4;

let stage: LifecycleStage;
let next = 1;

beforeAll(async () => {
  stage = await startLifecycleStage();
});
afterAll(() => stage.stop());

/** Writes rows with numbers that nobody else uses, until the connection is gone. */
async function writeUntilGone(client: pg.Client, way: number): Promise<void> {
  for (;;) {
    const n = next++;
    try {
      if (way % 2 === 0) await client.query(`insert into bookings values (${n}, 'by text')`);
      else await client.query('insert into bookings values ($1, $2)', [n, 'by parameter']);
    } catch {
      return;
    }
  }
}

async function killUnderLoad(afterMs: number): Promise<void> {
  const session = await stage.guard.session();
  const clients = await Promise.all(
    Array.from({ length: WRITERS }, () => connectClient(session.url())),
  );
  const writing = clients.map(writeUntilGone);
  await sleep(afterMs);
  await stage.guard.kill();
  await Promise.all(writing);
  for (const client of clients) await client.end().catch(() => undefined);
}

describe('kill -9 of the daemon under load (P-18) (P-04) (P-05)', () => {
  it('leaves no executed statement without its intent, and a record that verifies', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      await killUnderLoad(60 + Math.random() * 500);
      await stage.guard.restart();
      const verified = await stage.guard.cli(['audit', 'verify']);
      expect(verified, `after kill ${round + 1}`).toMatchObject({ code: 0 });
      await expectIntents();
    }
    expect(next).toBeGreaterThan(ROUNDS * WRITERS);
  });
});

/** Every row that the server has is one that the record intended. */
async function expectIntents(): Promise<void> {
  const rows = await stage.server.sql('select n::int as n from bookings order by n');
  const intended = new Set<number>();
  for (const { entry } of await stage.guard.audit({
    type: 'intent',
    text: 'insert into bookings',
  })) {
    for (const found of entry.type === 'intent' ? entry.statement.matchAll(/\d+/g) : []) {
      intended.add(Number(found[0]));
    }
  }
  const missing = rows.map((row) => Number(row['n'])).filter((n) => !intended.has(n));
  expect(rows.length).toBeGreaterThan(0);
  expect(missing).toEqual([]);
}
