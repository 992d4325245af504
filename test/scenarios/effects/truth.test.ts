/**
 * What is measured, held against what happened: generated statements over a schema with cascades, triggers, rules and
 * partitions, each compared with every row of every table before and after.
 */

import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { settle, startEffectsStage, type EffectsStage } from './effects-stage.ts';

/** Statements of one run; more with AGENTGUARD_TRUTH_RUNS=500. */
const RUNS = Number(process.env['AGENTGUARD_TRUTH_RUNS'] ?? 40);

let stage: EffectsStage;
let client: pg.Client;

beforeAll(async () => {
  stage = await startEffectsStage();
});
afterAll(() => stage.stop());

/** Mulberry32: the same numbers in every run. */
function makeRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Rows by table, key and writer. Tables without a key are told by their text. */
type Rows = ReadonlyMap<string, ReadonlyMap<string, string>>;

const KEYS: Readonly<Record<string, string>> = {
  users: 'id::text',
  orders: 'id::text',
  items: `order_id || '/' || line`,
  trail: 'id::text',
  counters: 'id::text',
  notes: 'id::text',
  notes_archive: 'ctid::text',
  events: `id || '/' || day`,
  plain: 'a::text',
  late_child: 'id::text',
};

async function look(): Promise<Rows> {
  const all = new Map<string, ReadonlyMap<string, string>>();
  for (const [table, key] of Object.entries(KEYS)) {
    const place = table === 'events' ? `tableoid || ' ' || xmin` : 'xmin::text';
    const rows = await stage.server.sql(`select ${key} as key, ${place} as written from ${table}`);
    all.set(table, new Map(rows.map((row) => [String(row['key']), String(row['written'])])));
  }
  return all;
}

/** What changed between two looks, as the guard says it. */
function toTruth(before: Rows, after: Rows): Readonly<Record<string, number>> {
  const truth: Record<string, number> = {};
  const add = (what: string): void => {
    truth[what] = (truth[what] ?? 0) + 1;
  };
  for (const [table, rows] of after) {
    const earlier = before.get(table) ?? new Map<string, string>();
    for (const [key, written] of rows) {
      const was = earlier.get(key);
      if (was === undefined) add(`inserted public.${table}`);
      else if (was !== written) {
        // A row that moves to another partition is deleted there and inserted here.
        if (table === 'events' && was.split(' ')[0] !== written.split(' ')[0]) {
          add(`deleted public.${table}`);
          add(`inserted public.${table}`);
        } else add(`updated public.${table}`);
      }
    }
    for (const key of earlier.keys()) if (!rows.has(key)) add(`deleted public.${table}`);
  }
  return truth;
}

function generate(random: (below: number) => number): string {
  const from = 1 + random(20);
  const to = from + random(20);
  const range = (column: string): string => `${column} between ${from} and ${to}`;
  const kinds: readonly (() => string)[] = [
    () => `delete from users where ${range('id')}`,
    () => `delete from orders where ${range('id')} returning id`,
    () => `update orders set total = total + ${random(9)} where ${range('id')}`,
    () => `delete from notes where ${range('id')}`,
    () => `insert into notes select g, 'new' from generate_series(${100 + from}, ${100 + to}) g`,
    () =>
      `insert into counters select g, 1 from generate_series(${from}, ${to}) g on conflict (id) do update set n = excluded.n`,
    () =>
      `insert into counters select g, 1 from generate_series(${from}, ${to}) g on conflict do nothing`,
    () => `update events set what = 'x' where ${range('id')}`,
    () => `update events set day = day + 366 where ${range('id')}`,
    () =>
      `with gone as (delete from items where ${range('order_id')} returning order_id) update orders set total = -1 where id in (select order_id from gone)`,
    () =>
      `merge into counters c using generate_series(${from}, ${to}) g on c.id = g when matched then delete when not matched then insert values (g, 0)`,
    () =>
      `update orders o set total = u.id from users u where o.user_id = u.id and u.${range('id')}`,
    () => `delete from plain where ${range('a')}; update notes set body = 'y' where ${range('id')}`,
    () =>
      `update plain set b = 'z' where ${range('a')} and exists (select from users where id = a)`,
  ];
  return kinds[random(kinds.length)]?.() ?? 'select 1';
}

async function answerAll(until: Promise<unknown>): Promise<void> {
  const state = { over: false };
  void until.then(() => (state.over = true));
  while (!state.over) {
    const [question] = await stage.guard.questions();
    if (question !== undefined) await stage.guard.answer('approve').catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('what is measured (P-81)', () => {
  it(`is what happened, for ${RUNS} generated statements`, { timeout: 600_000 }, async () => {
    const random = makeRandom(20_251_121);
    let checked = 0;
    for (let run = 0; run < RUNS; run += 1) {
      await stage.reset();
      client = await stage.connect('shop');
      const sql = generate(random);
      const before = await look();
      const asked = settle(client, random(2) === 0 ? sql : `${sql} `);
      await answerAll(asked);
      const done = await asked;
      const truth = toTruth(before, await look());
      if (!done.ok) {
        expect({ sql, truth }).toEqual({ sql, truth: {} });
        continue;
      }
      checked += 1;
      const outcomes = (await stage.guard.audit({ type: 'outcome' })).flatMap(({ entry }) =>
        entry.type === 'outcome' && entry.result === 'done' && entry.measured !== undefined
          ? [entry.measured]
          : [],
      );
      expect({ sql, measured: outcomes.at(-1) }).toEqual({ sql, measured: truth });
    }
    expect(checked).toBeGreaterThan(RUNS / 2);
  });
});
