import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openAuditLog } from './audit-log.ts';
import type { AuditLogHandle } from './audit-log.ts';
import type { AuditQuery } from './record-query.ts';
import {
  makeApproval,
  makeEvent,
  makeFolder,
  makeIntent,
  makeOutcome,
  makeSigner,
} from './sample-log.ts';

// Real disks and processes, on machines that do other things as well.
vi.setConfig({ testTimeout: 60_000 });

const folder = makeFolder();
let log: AuditLogHandle;

const at = (second: number) => `2026-01-02T03:04:0${second}.000Z`;
const principal = (session: string) => ({ person: 'ada', agent: 'claude', session });

beforeAll(async () => {
  log = await openAuditLog({ folder: folder.path, signer: makeSigner() });
  const entries = [
    makeEvent('daemon started', { time: at(0) }),
    makeIntent('a', { time: at(1), principal: principal('s1') }),
    makeOutcome('a', { time: at(2) }),
    makeIntent('b', {
      time: at(3),
      principal: principal('s2'),
      verdict: 'ask',
      statement: 'TRUNCATE "users"',
    }),
    makeApproval('b', { time: at(4), answer: 'denied', note: '100%_sure' }),
    makeIntent('c', {
      time: at(5),
      principal: principal('s1'),
      verdict: 'deny',
      statement: 'DROP TABLE users\n',
    }),
    makeEvent('refused', {
      time: at(6),
      session: 's2',
      details: { decision: 'd', resource: 'bikes' },
    }),
    makeIntent('e', {
      time: at(7),
      principal: principal('s3'),
      resource: { name: 'bikes', kind: 'postgres', environment: 'development' },
    }),
    makeOutcome('e', { time: at(8), result: 'failed', errorCode: '57014' }),
  ];
  for (const entry of entries) await log.append(entry, 'written');
});

afterAll(async () => {
  await log.close();
  folder.remove();
});

const CASES: readonly (readonly [string, AuditQuery, readonly number[]])[] = [
  ['everything', {}, [0, 1, 2, 3, 4, 5, 6, 7, 8]],
  ['newest first', { newestFirst: true, limit: 3 }, [8, 7, 6]],
  ['after an index', { after: 6 }, [7, 8]],
  ['before an index', { before: 2 }, [0, 1]],
  ['between', { after: 2, before: 6, newestFirst: true }, [5, 4, 3]],
  ['a type', { type: 'outcome' }, [2, 8]],
  ['a decision', { decision: 'b' }, [3, 4]],
  ['a refusal by its decision', { decision: 'd' }, [6]],
  ['a session with the outcomes of its operations', { session: 's1' }, [1, 2, 5]],
  ['a session with its approvals and refusals', { session: 's2' }, [3, 4, 6]],
  ['a resource', { resource: 'bikes' }, [6, 7, 8]],
  ['a verdict', { verdict: 'deny' }, [5]],
  ['from a time on', { since: at(7) }, [7, 8]],
  ['up to a time', { until: at(1) }, [0]],
  ['a text in any case', { contains: 'drop table' }, [5]],
  ['a text with quotes', { contains: '"users"' }, [3]],
  ['a text with a line break', { contains: 'users\n' }, [5]],
  ['a text with wildcards, which are none', { contains: '100%_sure' }, [4]],
  ['wildcards alone', { contains: '%' }, [4]],
  ['several conditions', { session: 's1', type: 'intent', verdict: 'allow' }, [1]],
  ['SQL in a value is a value', { session: "s1' OR 1 = 1 --" }, []],
  ['nothing', { decision: 'nowhere' }, []],
  ['a limit of nothing gives one', { limit: 0 }, [0]],
];

describe('a query finds', () => {
  it.each(CASES)('%s', async (_name, query, indices) => {
    expect((await log.query(query)).map(({ index }) => index)).toEqual(indices);
  });

  it.each(CASES.filter(([, query]) => query.limit === undefined))(
    'and counts %s',
    async (_name, query, indices) => {
      expect(await log.count(query)).toBe(indices.length);
    },
  );

  it('the entry, its columns and the bytes of its leaf', async () => {
    const [found] = await log.query({ decision: 'e', type: 'outcome' });
    expect(found).toMatchObject({
      index: 8,
      columns: { type: 'outcome', decision: 'e', time: at(8) },
      entry: { result: 'failed', errorCode: '57014' },
    });
    expect(JSON.parse(found?.body ?? '')).toMatchObject({ index: 8, entry: { decision: 'e' } });
  });

  it('the entries of a decision in order', async () => {
    const found = await log.entriesOfDecision('b');
    expect(found.map(({ entry }) => entry.type)).toEqual(['intent', 'approval']);
  });
});

describe('a large record', () => {
  it('is looked through in turns, so that an append is not held up, and can be given up', async () => {
    const large = makeFolder();
    const other = await openAuditLog({ folder: large.path, signer: makeSigner() });
    const some = Array.from({ length: 9000 }, (_, n) =>
      other.append(makeIntent(`d${n}`, { time: at(1) }), 'written'),
    );
    await Promise.all(some);
    let turns = 0;
    const counting = setInterval(() => undefined, 1);
    const count = () => {
      turns += 1;
      immediate = setImmediate(count);
    };
    let immediate = setImmediate(count);
    expect(await other.query({ contains: 'no such text' })).toEqual([]);
    clearImmediate(immediate);
    clearInterval(counting);
    expect(turns).toBeGreaterThanOrEqual(2);
    expect((await other.query({ decision: 'd8999' })).map(({ index }) => index)).toEqual([8999]);
    const given = other.query({ contains: 'no such text', signal: AbortSignal.abort() });
    await expect(given).rejects.toThrow();
    await other.close();
    large.remove();
  });
});
