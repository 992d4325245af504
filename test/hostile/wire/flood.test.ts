import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  bind,
  close,
  COPY_DONE,
  copyData,
  describe as describeMessage,
  execute,
  FLUSH,
  functionCall,
  message,
  parse,
  query,
  SYNC,
} from './frames.ts';
import { HARM, startHostileStage, type HostileStage } from './hostile-stage.ts';

let stage: HostileStage;

beforeAll(async () => {
  stage = await startHostileStage();
});
afterAll(() => stage.stop());

/** What a flood of this size may cost the daemon for good. */
const MAX_GROWTH_KIB = 192 * 1024;

describe('floods (P-17)', () => {
  it('ten thousand queries in one write are answered in order, and the denied ones denied', async () => {
    const client = await stage.login();
    const frames = Array.from({ length: 10_000 }, (_, at) =>
      at % 1000 === 999 ? HARM : query(`SELECT ${at}`),
    );
    client.send(...frames);
    expect(await client.until(() => client.count('Z') >= 10_001, 50_000)).toBe('found');
    const expected = Array.from({ length: 10_000 }, (_, at) => String(at)).filter(
      (_, at) => at % 1000 !== 999,
    );
    expect(client.rows).toEqual(expected);
    expect(client.errors).toEqual(Array.from({ length: 10 }, () => '42501'));
    client.destroy();
  });

  it('statements that are never closed reach a bound and an error, not the end of memory', async () => {
    const pid = await stage.guard.pid();
    const before = residentKib(pid);
    const client = await stage.login();
    client.keepNothing();
    const filler = 'x'.repeat(2000);
    for (let block = 0; block < 60; block += 1) {
      const frames = Array.from({ length: 100 }, (_, at) =>
        parse(`s${block}_${at}`, `SELECT '${filler}', ${block * 100 + at}`),
      );
      const ready = client.count('Z');
      client.send(...frames, SYNC);
      if ((await client.until(() => client.count('Z') > ready, 30_000)) !== 'found') break;
    }
    expect(client.errors).toContain('54000');
    expect(residentKib(pid) - before).toBeLessThan(MAX_GROWTH_KIB);
    client.destroy();
    await stage.expectUnharmed();
  });

  it('a client that sends and never reads is held back, and others are served', async () => {
    const pid = await stage.guard.pid();
    const before = residentKib(pid);
    const greedy = await stage.login();
    greedy.pause();
    for (let at = 0; at < 200; at += 1) {
      greedy.send(query(`SELECT repeat('z', 1000000)`));
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
    await stage.expectUnharmed();
    expect(residentKib(pid) - before).toBeLessThan(MAX_GROWTH_KIB);
    greedy.destroy();
    await stage.expectUnharmed();
  });
});

/** Pieces of conversations, honest and not, none of which may empty the table. */
const PIECES: readonly Buffer[] = [
  HARM,
  query('BEGIN'),
  query('ROLLBACK'),
  query('COMMIT; DELETE FROM users'),
  query('SELECT 1; TRUNCATE users'),
  query('SAVEPOINT a'),
  query('COPY bookings (n) FROM STDIN'),
  query('COPY users TO STDOUT'),
  query('DEALLOCATE ALL'),
  query(`PREPARE a AS DELETE FROM users`),
  query('EXECUTE a'),
  query('DECLARE c CURSOR FOR SELECT * FROM users'),
  parse('', 'SELECT 1'),
  parse('', 'DELETE FROM users'),
  parse('a', 'SELECT $1::int'),
  parse('a', 'TRUNCATE users'),
  parse('a', 'EXECUTE a'),
  bind('', ''),
  bind('', 'a'),
  bind('', 'a', ['1']),
  bind('p', 'a', ['1']),
  execute(''),
  execute('p'),
  execute('c'),
  describeMessage('S', 'a'),
  describeMessage('P', ''),
  close('S', 'a'),
  close('P', ''),
  FLUSH,
  SYNC,
  copyData('77\n'),
  COPY_DONE,
  message('f', Buffer.from('no\0')),
  functionCall(964, ['1']),
];

describe('conversations at random (P-02)', () => {
  it('in any order and cut anywhere never empty the table, and leave the guard serving', async () => {
    const piece = fc.constantFrom(...PIECES);
    const conversation = fc.array(piece, { minLength: 1, maxLength: 14 });
    await fc.assert(
      fc.asyncProperty(conversation, fc.nat(), async (frames, cut) => {
        const client = await stage.login();
        const bytes = Buffer.concat([...frames, SYNC]);
        const at = cut % bytes.length;
        await client.sendInPieces(
          [bytes.subarray(0, at), bytes.subarray(at)].filter((b) => b.length > 0),
        );
        client.halfClose();
        await client.until(() => client.closed, 4000);
        client.destroy();
        return (await stage.users()) === 10;
      }),
      {
        numRuns: Number(process.env['AGENTGUARD_TEST_FUZZ'] ?? 60),
        interruptAfterTimeLimit: 30_000,
      },
    );
    await stage.expectUnharmed();
  });
});

/** Memory of a process that is in RAM; 0 where the system does not say. */
function residentKib(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0);
  } catch {
    return 0;
  }
}
