import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  bind,
  close,
  describe as describeMessage,
  execute,
  parse,
  query,
  SYNC,
} from '../../hostile/wire/frames.ts';
import type { RawClient } from '../../hostile/wire/raw-client.ts';
import { startWireStage, type WireStage } from './wire-stage.ts';

let stage: WireStage;

beforeAll(async () => {
  stage = await startWireStage();
});
afterAll(() => stage.stop());

const DELETE_ALL = 'DELETE FROM payments';

/** Messages that do harm on an unguarded server, round trip by round trip. */
const ATTACKS: readonly {
  readonly name: string;
  readonly trips: readonly (readonly Buffer[])[];
}[] = [
  {
    name: '41. Parse, Bind and Describe without Execute run a function while planning',
    trips: [
      [parse('', 'SELECT traps.purge_immutable()'), bind('', ''), describeMessage('P', ''), SYNC],
    ],
  },
  {
    name: '46. the name of a setting as a parameter',
    trips: [
      [
        parse('', 'SELECT set_config($1, $2, false)'),
        bind('', '', ['search_path', 'evil,pg_catalog']),
        execute(''),
        SYNC,
      ],
      [query(`SELECT length('x')`)],
    ],
  },
  {
    name: '52. the search path changed between Parse and Execute',
    trips: [
      [parse('s', `SELECT length('x')`), SYNC],
      [query('SET search_path = evil, pg_catalog')],
      [bind('', 's'), execute(''), SYNC],
    ],
  },
  {
    name: '52. the search path changed inside one pipeline',
    trips: [
      [
        parse('s', `SELECT length('x')`),
        parse('', 'SET search_path = evil, pg_catalog'),
        bind('', ''),
        execute(''),
        bind('p', 's'),
        execute('p'),
        SYNC,
      ],
    ],
  },
  {
    name: '52. a temporary table dropped between Parse and Execute',
    trips: [
      [query('CREATE TEMP TABLE payments (id int)')],
      [parse('s', DELETE_ALL), SYNC],
      [query('DROP TABLE pg_temp.payments')],
      [bind('', 's'), execute(''), SYNC],
    ],
  },
  {
    name: '58. Parse under a name and SQL EXECUTE',
    trips: [[parse('s', DELETE_ALL), SYNC], [query('EXECUTE s')]],
  },
  {
    name: '58. SQL PREPARE and Bind',
    trips: [
      [query('PREPARE p (int) AS DELETE FROM payments WHERE $1 = 1')],
      [bind('', 'p', ['1']), execute(''), SYNC],
    ],
  },
  {
    name: '58. Parse of EXECUTE of a statement that SQL prepared',
    trips: [
      [query(`PREPARE p AS ${DELETE_ALL}`)],
      [parse('', 'EXECUTE p'), bind('', ''), execute(''), SYNC],
    ],
  },
  {
    name: '58. DEALLOCATE of a protocol statement and PREPARE under its name',
    trips: [
      [parse('s', 'SELECT 1'), SYNC],
      [query('DEALLOCATE s')],
      [query(`PREPARE s AS ${DELETE_ALL}`)],
      [bind('', 's'), execute(''), SYNC],
    ],
  },
  {
    name: '59. Close and Parse again under one name in one pipeline',
    trips: [
      [
        parse('s', 'SELECT 1'),
        close('S', 's'),
        parse('s', DELETE_ALL),
        bind('', 's'),
        execute(''),
        SYNC,
      ],
    ],
  },
  {
    name: '59. the unnamed statement replaced in a pipeline',
    trips: [
      [
        parse('', 'SELECT 1'),
        bind('', ''),
        execute(''),
        parse('', DELETE_ALL),
        bind('', ''),
        execute(''),
        SYNC,
      ],
    ],
  },
  {
    name: '17. a condition that only parameters make true',
    trips: [
      [
        parse('', 'DELETE FROM payments WHERE $1 = 1', [23]),
        bind('', '', ['1']),
        execute(''),
        SYNC,
      ],
    ],
  },
  {
    name: '26. a portal executed row by row',
    trips: [
      [query('BEGIN')],
      [parse('', 'SELECT traps.purge() FROM tenants'), bind('c', ''), execute('c', 1), SYNC],
      [query('COMMIT')],
    ],
  },
  {
    name: '47. SQL inside a string that comes as a parameter',
    trips: [
      [
        parse('', `SELECT query_to_xml($1, true, false, '')`, [25]),
        bind('', '', ['SELECT traps.purge()']),
        execute(''),
        SYNC,
      ],
    ],
  },
];

async function playTrips(client: RawClient, trips: readonly (readonly Buffer[])[]): Promise<void> {
  for (const frames of trips) await client.ask(...frames);
}

describe('prepared statements by protocol and by SQL (P-02)', () => {
  it.each(ATTACKS)('$name: harm without a guard, none with it', async ({ trips }) => {
    const harmed = await stage.changes('direct', async () => {
      const client = await stage.direct();
      await playTrips(client, trips);
      client.destroy();
    });
    expect(harmed).toContain('rows public.payments');
    let refused: readonly string[] = [];
    const changed = await stage.changes('guarded', async () => {
      const client = await stage.guarded();
      await playTrips(client, trips);
      refused = client.errors;
      client.destroy();
    });
    expect(changed).toEqual([]);
    expect(refused).toContain('42501');
  });

  it('58. one name space: each mechanism runs what the other prepared (P-21)', async () => {
    const client = await stage.guarded();
    await playTrips(client, [
      [parse('s', 'SELECT 11'), SYNC],
      [query('EXECUTE s')],
      [query('PREPARE p (int) AS SELECT $1 + 1')],
      [bind('', 'p', ['21']), execute(''), SYNC],
    ]);
    expect(client.rows).toEqual(['11', '22']);
    expect(client.errors).toEqual([]);
    client.destroy();
  });

  it('52. a statement prepared before a harmless change of the search path still runs (P-21)', async () => {
    const client = await stage.guarded();
    await playTrips(client, [
      [parse('s', `SELECT length('abc')`), SYNC],
      [query('SET search_path = public')],
      [bind('', 's'), execute(''), SYNC],
    ]);
    expect(client.rows).toEqual(['3']);
    client.destroy();
  });
});

describe('59. a denied message in a pipeline (P-07)', () => {
  it('discards everything up to Sync, and the statement before it does not run again', async () => {
    const client = await stage.guarded();
    const once = `UPDATE customers SET notes = coalesce(notes, '') || 'x' WHERE id = 77`;
    await client.ask(parse('', once), bind('', ''), execute(''), SYNC);
    const answer = await client.ask(parse('', DELETE_ALL), bind('', ''), execute(''), SYNC);
    expect(answer.map(({ type }) => type)).toEqual(['E', 'Z']);
    const again = await client.ask(bind('', ''), execute(''), SYNC);
    expect(again.map(({ type }) => type)).toEqual(['E', 'Z']);
    expect(client.errors).toEqual(['42501', '26000']);
    client.destroy();
    const [row] = await stage.world.server.sql(
      'select notes from customers where id = 77',
      'guarded',
    );
    expect(row?.['notes']).toBe('x');
  });

  it('executes what stood before it in the pipeline and nothing behind it', async () => {
    const client = await stage.guarded();
    await client.ask(
      parse('', 'SELECT 1'),
      bind('', ''),
      execute(''),
      parse('', 'TRUNCATE payments'),
      bind('', ''),
      execute(''),
      parse('', 'SELECT 2'),
      bind('', ''),
      execute(''),
      SYNC,
    );
    expect(client.rows).toEqual(['1']);
    await client.ask(parse('', 'SELECT 3'), bind('', ''), execute(''), SYNC);
    expect(client.rows).toEqual(['1', '3']);
    client.destroy();
  });

  it('inside a transaction leaves it failed until it is rolled back', async () => {
    const client = await stage.guarded();
    await client.ask(query('BEGIN'));
    await client.ask(query(`UPDATE customers SET notes = 'never' WHERE id = 78`));
    await client.ask(parse('', DELETE_ALL), SYNC);
    expect(client.status).toBe('E');
    await client.ask(query('SELECT 1'));
    expect(client.errors).toEqual(['42501', '25P02']);
    await client.ask(query('COMMIT'));
    expect(client.status).toBe('I');
    client.destroy();
    const [row] = await stage.world.server.sql(
      'select notes from customers where id = 78',
      'guarded',
    );
    expect(row?.['notes']).toBeNull();
  });

  it('and a savepoint brings the transaction back, as after an error of the server', async () => {
    const client = await stage.guarded();
    await client.ask(query('BEGIN'));
    await client.ask(query('SAVEPOINT s'));
    await client.ask(query('DROP TABLE telemetry'));
    expect(client.status).toBe('E');
    await client.ask(query('ROLLBACK TO SAVEPOINT s'));
    expect(client.status).toBe('T');
    await client.ask(query('SELECT 5'));
    await client.ask(query('COMMIT'));
    expect(client.rows).toEqual(['5']);
    client.destroy();
  });
});
