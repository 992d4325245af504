import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  cancelRequest,
  COPY_DONE,
  copyData,
  FLUSH,
  functionCall,
  query,
  SYNC,
} from '../../hostile/wire/frames.ts';
import { RawClient } from '../../hostile/wire/raw-client.ts';
import { startWireStage, type WireStage } from './wire-stage.ts';

let stage: WireStage;

beforeAll(async () => {
  stage = await startWireStage();
});
afterAll(() => stage.stop());

/** lo_unlink(oid), by its number in pg_proc. */
const LO_UNLINK = 964;

describe('55. FunctionCall (P-14)', () => {
  it('removes a large object without any SQL on the server, and is refused by the guard', async () => {
    const direct = await stage.changes('direct', async () => {
      const client = await stage.direct();
      await client.ask(functionCall(LO_UNLINK, ['4242']));
      client.destroy();
    });
    expect(direct).toContain('large objects');
    const guarded = await stage.changes('guarded', async () => {
      const client = await stage.guarded();
      await client.ask(functionCall(LO_UNLINK, ['4242']));
      expect(client.errors).toEqual(['42501']);
      expect(client.status).toBe('I');
      await client.ask(query('SELECT 1'));
      expect(client.rows).toEqual(['1']);
      client.destroy();
    });
    expect(guarded).toEqual([]);
  });

  it('inside a transaction fails the transaction', async () => {
    const client = await stage.guarded();
    await client.ask(query('BEGIN READ ONLY'));
    await client.ask(functionCall(LO_UNLINK, ['4242']));
    expect(client.status).toBe('E');
    await client.ask(query('ROLLBACK'));
    expect(client.status).toBe('I');
    client.destroy();
  });
});

describe('60. framing', () => {
  it('decides on two Query messages in one segment one by one (P-02)', async () => {
    const changed = await stage.changes('guarded', async () => {
      const client = await stage.guarded();
      client.send(query('SELECT 1'), query('DELETE FROM payments'), query('SELECT 2'));
      await client.until(() => client.count('Z') >= 4);
      expect(client.rows).toEqual(['1', '2']);
      expect(client.errors).toEqual(['42501']);
      client.destroy();
    });
    expect(changed).toEqual([]);
  });

  it('reads a message cut at every byte as the same message', async () => {
    const bad = query('DELETE FROM payments');
    const good = query('SELECT 7');
    const client = await stage.guarded();
    const changed = await stage.changes('guarded', async () => {
      for (let cut = 1; cut < bad.length; cut += 1) {
        const ready = client.count('Z');
        await client.sendInPieces([bad.subarray(0, cut), bad.subarray(cut)]);
        await client.until(() => client.count('Z') > ready);
      }
      for (let cut = 1; cut < good.length; cut += 1) {
        const ready = client.count('Z');
        await client.sendInPieces([good.subarray(0, cut), good.subarray(cut)]);
        await client.until(() => client.count('Z') > ready);
      }
    });
    expect(changed).toEqual([]);
    expect(client.errors).toEqual(Array.from({ length: bad.length - 1 }, () => '42501'));
    expect(client.rows).toEqual(Array.from({ length: good.length - 1 }, () => '7'));
    client.destroy();
  });
});

describe('62. CancelRequest with the key of another connection', () => {
  it('cancels nothing; the key that was handed out does', async () => {
    const { port } = stage.session;
    const sleeper = await stage.guarded();
    const other = await stage.guarded();
    const key = keyOf(sleeper);
    const strange = keyOf(other);
    sleeper.send(query('SELECT pg_sleep(20)'));
    await untilAsleep();
    const wrong = Buffer.from(key.secret);
    wrong[0]! ^= 1;
    for (const attempt of [
      cancelRequest(key.processId, wrong),
      cancelRequest(key.processId + 1, key.secret),
      cancelRequest(key.processId, strange.secret),
      cancelRequest(strange.processId, key.secret),
      cancelRequest(strange.processId, strange.secret),
    ]) {
      const canceller = await RawClient.open(port);
      canceller.send(attempt);
      expect(await canceller.until(() => canceller.closed)).not.toBe('silent');
    }
    expect(await sleeper.until(() => sleeper.errors.length > 0, 300)).toBe('silent');
    const readies = sleeper.count('Z');
    const canceller = await RawClient.open(port);
    canceller.send(cancelRequest(key.processId, key.secret));
    await sleeper.untilCount('E', 1);
    expect(sleeper.errors).toEqual(['57014']);
    // The answer of the statement ends here; what is asked next has an end of its own.
    await sleeper.untilCount('Z', readies + 1);
    await sleeper.ask(query('SELECT 1'));
    expect(sleeper.rows.at(-1)).toBe('1');
    for (const client of [sleeper, other, canceller]) client.destroy();
  });

  it('hands out keys of its own, not those of the server (P-01)', async () => {
    const client = await stage.guarded();
    await client.ask(query('SELECT pg_backend_pid()'));
    expect(client.rows[0]).not.toBe(String(keyOf(client).processId));
    client.destroy();
  });
});

describe('63. state confusion', () => {
  it.each([
    ['a Query in the middle of a COPY', [copyData('1\tx\n'), query('DELETE FROM payments')]],
    ['data that looks like SQL', [copyData('\\.\nDELETE FROM payments;\n'), COPY_DONE]],
    [
      'CopyDone twice',
      [copyData('9001\tx\n'), COPY_DONE, COPY_DONE, query('DELETE FROM payments')],
    ],
    [
      'Sync and Flush in a COPY',
      [FLUSH, SYNC, copyData('9002\ty\n'), COPY_DONE, query('TRUNCATE payments')],
    ],
  ])('%s runs nothing that was not judged (P-02)', async (_name, frames) => {
    const client = await stage.guarded();
    const changed = await stage.changes('guarded', async () => {
      client.send(query('COPY imported_reservations (id, status) FROM STDIN'), ...frames);
      await client.until(() => client.count('Z') >= 3, 1500);
      client.destroy();
    });
    expect(changed).not.toContain('rows public.payments');
    expect(changed).not.toContain('catalog pg_class');
  });

  it('CopyData and CopyDone without a COPY change nothing and keep the connection (P-21)', async () => {
    const client = await stage.guarded();
    await client.ask(copyData('x'), COPY_DONE, query('SELECT 4'));
    expect(client.rows).toEqual(['4']);
    client.destroy();
  });

  it('a COPY that was refused takes no data', async () => {
    const client = await stage.guarded();
    const changed = await stage.changes('guarded', async () => {
      client.send(query('COPY drop_box (body) FROM STDIN'), copyData('x\n'), COPY_DONE);
      await client.until(() => client.errors.length > 0);
      await client.ask(query('SELECT 6'));
    });
    expect(changed).toEqual([]);
    expect(client.errors).toEqual(['42501']);
    expect(client.rows).toEqual(['6']);
    client.destroy();
  });

  it('34. COPY FROM STDIN fires triggers on the server, which is why it is refused above', async () => {
    const changed = await stage.changes('direct', async () => {
      const client = await stage.direct();
      await client.ask(query('COPY drop_box (body) FROM STDIN'), copyData('x\n'), COPY_DONE);
      client.destroy();
    });
    expect(changed).toContain('rows public.payments');
  });

  it('a COPY that is allowed takes its data (P-21)', async () => {
    const client = await stage.guarded();
    const changed = await stage.changes('guarded', async () => {
      await client.ask(
        query('COPY imported_reservations (id, status) FROM STDIN'),
        copyData('7001\ta\n7002\tb\n'),
        COPY_DONE,
      );
    });
    expect(changed).toEqual(['rows public.imported_reservations']);
    client.destroy();
  });
});

describe('64. an embedded NUL', () => {
  it.each(['SELECT 1\0; DELETE FROM payments', '\0DELETE FROM payments', 'SELECT 1\0'])(
    'in %j is rejected and runs nothing',
    async (text) => {
      const changed = await stage.changes('guarded', async () => {
        const client = await stage.guarded();
        client.send(query(Buffer.from(text, 'latin1')));
        await client.until(() => client.errors.length > 0);
        expect(client.rows).toEqual([]);
        expect(client.errors[0]).toMatch(/^(08P01|42501)$/);
        client.destroy();
      });
      expect(changed).toEqual([]);
    },
  );
});

describe('14. bytes that are not UTF-8', () => {
  it('mean another statement under SJIS on the server, and are rejected by the guard', async () => {
    // 0x95 0x5C is one character in SJIS; read byte by byte its second half escapes the quote.
    const bytes = Buffer.concat([
      Buffer.from(`SELECT E'`),
      Buffer.of(0x95, 0x5c),
      Buffer.from(`'; DELETE FROM payments; --'`),
    ]);
    const act = async (client: RawClient): Promise<readonly string[]> => {
      await client.ask(query(`SET client_encoding = 'SJIS'`));
      client.send(query(bytes));
      await client.until(() => client.count('Z') >= 3 || client.errors.length > 1);
      client.destroy();
      return client.errors;
    };
    const direct = await stage.changes('direct', async () => {
      await act(await stage.direct());
    });
    expect(direct).toContain('rows public.payments');
    let errors: readonly string[] = [];
    const guarded = await stage.changes('guarded', async () => {
      errors = await act(await stage.guarded());
    });
    expect(guarded).toEqual([]);
    expect(errors).toHaveLength(2);
  });
});

describe('65. several statements in one Query are one implicit transaction', () => {
  it('none of them runs when one is denied (P-02)', async () => {
    const changed = await stage.changes('guarded', async () => {
      const client = await stage.guarded();
      await client.ask(
        query(`UPDATE customers SET notes = 'x' WHERE id = 5; DELETE FROM payments; SELECT 1`),
      );
      expect(client.errors).toEqual(['42501']);
      client.destroy();
    });
    expect(changed).toEqual([]);
  });

  it('a later error undoes the earlier ones, and the outcome on record says so', async () => {
    const text = `UPDATE customers SET notes = 'undone' WHERE id = 6; SELECT 1 / 0`;
    const changed = await stage.changes('guarded', async () => {
      const client = await stage.guarded();
      await client.ask(query(text));
      expect(client.errors).toEqual(['22012']);
      client.destroy();
    });
    expect(changed).toEqual([]);
    const [intent] = await stage.guard.audit({ type: 'intent', text: 'undone' });
    const decision = intent?.entry.type === 'intent' ? intent.entry.decision : '';
    const [outcome] = await stage.guard.audit({ type: 'outcome', decision });
    expect(outcome?.entry).toMatchObject({ result: 'failed', errorCode: '22012' });
  });
});

/** What BackendKeyData handed out. */
function keyOf(client: RawClient): { readonly processId: number; readonly secret: Buffer } {
  const body = client.received.find(({ type }) => type === 'K')!.body;
  return { processId: body.readInt32BE(0), secret: body.subarray(4) };
}

async function untilAsleep(): Promise<void> {
  await expect
    .poll(async () => {
      const rows = await stage.world.server.sql(
        `select 1 from pg_stat_activity where wait_event = 'PgSleep'`,
      );
      return rows.length;
    })
    .toBeGreaterThan(0);
}
