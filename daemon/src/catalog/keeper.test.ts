import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CatalogClock } from './clock.ts';
import { CatalogKeeper } from './keeper.ts';
import { CATALOG_MAX_AGE_MS, CATALOG_POLL_MS } from './limits.ts';
import type { CatalogConnection } from './query.ts';
import { SERVER_TEST, startTestServer, type TestServer, type TestSession } from './test-server.ts';

/** A clock that stands still until it is moved. */
class TestClock implements CatalogClock {
  #now = 1_000_000;
  #timers: { readonly at: number; readonly callback: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#now + ms, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer);
    };
  }

  move(ms: number): void {
    this.#now += ms;
    const due = this.#timers.filter(({ at }) => at <= this.#now);
    this.#timers = this.#timers.filter(({ at }) => at > this.#now);
    for (const { callback } of due) callback();
  }

  get pending(): number {
    return this.#timers.length;
  }
}

/** Waits for what happens in the background, for as long as a busy machine may take. */
function eventually<Value>(value: () => Value) {
  return expect.poll(value, { timeout: 30_000, interval: 5 });
}

describe('the keeper of a catalog', SERVER_TEST, () => {
  let server: TestServer;
  let session: TestSession;
  let clock: TestClock;
  let keeper: CatalogKeeper;
  let loads: number;
  let asked: number;
  let opened: number;
  let closed: number;
  let warnings: string[];
  /** What the way to the database does. `hold` keeps every answer until it is resolved. */
  let way: { broken: boolean; hold: Promise<void> };

  async function open(): Promise<CatalogConnection> {
    if (way.broken) throw new Error('password hunter2 refused');
    opened += 1;
    const link = await server.connect();
    return {
      query: async (sql) => {
        if (way.broken) throw new Error('lost while reading hunter2');
        asked += 1;
        if (sql.startsWith('WITH')) loads += 1;
        const rows = await link.query(sql);
        await way.hold;
        return rows;
      },
      close: () => {
        closed += 1;
        void link.end();
      },
    };
  }

  function tables(): readonly string[] | undefined {
    return keeper
      .current()
      ?.relations.filter(({ kind }) => kind === 'table')
      .map(({ name }) => name);
  }

  beforeAll(async () => {
    server = await startTestServer(18);
  }, 60_000);

  afterAll(async () => {
    await server.stop();
  });

  beforeEach(async () => {
    [loads, asked, opened, closed, warnings, way] = [
      0,
      0,
      0,
      0,
      [],
      { broken: false, hold: Promise.resolve() },
    ];
    clock = new TestClock();
    session = await server.connect();
    await session.script('CREATE TABLE one (id int)');
    keeper = new CatalogKeeper({ open, clock, onWarning: (error) => warnings.push(error.message) });
  });

  afterEach(async () => {
    await keeper.close();
    await session.script('DROP TABLE IF EXISTS one, two CASCADE');
    await session.end();
  });

  it('has nothing before it was asked, and the same snapshot afterwards without asking again', async () => {
    expect(keeper.current()).toBeUndefined();
    const snapshot = await keeper.ready();
    expect(tables()).toEqual(['one']);
    expect(await keeper.ready()).toBe(snapshot);
    expect(keeper.current()).toBe(snapshot);
    expect(loads).toBe(1);
  });

  it('loads once for all who ask together', async () => {
    const snapshots = await Promise.all([keeper.ready(), keeper.ready(), keeper.ready()]);
    expect(new Set(snapshots).size).toBe(1);
    expect({ loads, opened }).toEqual({ loads: 1, opened: 1 });
  });

  it('gives nothing out once marked stale, then what the database holds now', async () => {
    await keeper.ready();
    await session.script('CREATE TABLE two (id int)');
    keeper.markStale();
    expect(keeper.current()).toBeUndefined();
    await keeper.ready();
    expect(tables()).toEqual(['one', 'two']);
  });

  it('keeps its snapshot when marked stale for a change that did not come to be', async () => {
    const snapshot = await keeper.ready();
    keeper.markStale();
    expect(await keeper.ready()).toBe(snapshot);
    expect(loads).toBe(1);
  });

  it('does not pass off a load that began before the mark as one that came after it', async () => {
    let letGo = (): void => undefined;
    way.hold = new Promise((resolve) => {
      letGo = resolve;
    });
    const early = keeper.ready();
    await eventually(() => asked).toBeGreaterThan(0);
    await session.script('CREATE TABLE two (id int)');
    keeper.markStale();
    const late = keeper.ready();
    letGo();
    await early;
    expect((await late).relations.map(({ name }) => name)).toContain('two');
  });

  it('finds a change made beside the guard at the next poll while it has users', async () => {
    keeper.retain();
    await keeper.ready();
    await session.script('CREATE TABLE two (id int)');
    expect(tables()).toEqual(['one']);
    await polled();
    expect(tables()).toEqual(['one', 'two']);
    keeper.release();
  });

  it('asks nothing of the database while nobody uses it, and holds no session', async () => {
    keeper.retain();
    await keeper.ready();
    await polled();
    keeper.release();
    await expect
      .poll(() => ({ pending: clock.pending, open: opened - closed }))
      .toEqual({ pending: 0, open: 0 });
    clock.move(CATALOG_POLL_MS * 3);
    expect(opened).toBe(1);
  });

  it('gives nothing out once nobody could confirm the snapshot for its upper age', async () => {
    keeper.retain();
    await keeper.ready();
    await eventually(() => clock.pending).toBe(1);
    way.broken = true;
    clock.move(CATALOG_MAX_AGE_MS - 1);
    expect(tables()).toEqual(['one']);
    await eventually(() => clock.pending).toBe(1);
    clock.move(1);
    expect(keeper.current()).toBeUndefined();
    await expect(keeper.ready()).rejects.toMatchObject({ code: 'CATALOG_UNAVAILABLE' });
    way.broken = false;
    await expect(keeper.ready()).resolves.toBeDefined();
    keeper.release();
  });

  it('gives nothing out when the clock went backwards', async () => {
    await keeper.ready();
    clock.move(-1);
    expect(keeper.current()).toBeUndefined();
  });

  it('warns once when refreshing starts to fail, and says nothing that the failure said', async () => {
    way.broken = true;
    for (let call = 0; call < 3; call += 1) {
      const failure: unknown = await keeper.ready().catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'CATALOG_UNAVAILABLE' });
      expect(`${String(failure)} ${JSON.stringify(failure)}`).not.toContain('hunter2');
    }
    expect(warnings).toHaveLength(1);
    expect(warnings.join()).not.toContain('hunter2');
    way.broken = false;
    await keeper.ready();
    way.broken = true;
    keeper.markStale();
    await expect(keeper.ready()).rejects.toThrow();
    expect(warnings).toHaveLength(2);
  });

  it('takes another session when one was lost', async () => {
    keeper.retain();
    await keeper.ready();
    await session.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()
      AND backend_type = 'client backend'`);
    keeper.markStale();
    await expect(keeper.ready()).resolves.toBeDefined();
    expect(opened).toBe(2);
    keeper.release();
  });

  it('reads an unreadable definition later, though nothing has changed', async () => {
    await session.script('CREATE VIEW seen AS SELECT id FROM one');
    const view = () =>
      keeper.current()?.relations.find(({ name }) => name === 'seen')?.viewDefinition;
    keeper.retain();
    await session.script('BEGIN; LOCK TABLE one');
    await keeper.ready();
    expect(view()).toContain('unreadable');
    await session.script('ROLLBACK');
    for (let poll = 0; poll < 5; poll += 1) await polled();
    expect(view()).toContain('FROM public.one');
    keeper.release();
  });

  it('gives nothing out and refuses once closed', async () => {
    await keeper.ready();
    await keeper.close();
    expect(keeper.current()).toBeUndefined();
    await expect(keeper.ready()).rejects.toMatchObject({ code: 'CATALOG_UNAVAILABLE' });
    expect(opened - closed).toBe(0);
  });

  /** Moves to the next poll and waits until it is over. */
  async function polled(): Promise<void> {
    await eventually(() => clock.pending).toBe(1);
    clock.move(CATALOG_POLL_MS);
    await eventually(() => clock.pending).toBe(1);
  }
});
