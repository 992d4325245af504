import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openAuditLog } from './audit-log.ts';
import type { AuditLogHandle } from './audit-log.ts';
import { MAX_TAILS } from './limits.ts';
import type { FoundEntry } from './record-query.ts';
import { makeEvent, makeFolder, makeSigner } from './sample-log.ts';

// Real disks and processes, on machines that do other things as well.
vi.setConfig({ testTimeout: 60_000 });

let folder: ReturnType<typeof makeFolder>;
let log: AuditLogHandle;
let stop: AbortController;

beforeEach(async () => {
  folder = makeFolder();
  log = await openAuditLog({ folder: folder.path, signer: makeSigner() });
  stop = new AbortController();
});

afterEach(async () => {
  stop.abort();
  await log.close();
  folder.remove();
});

async function take(entries: AsyncIterable<FoundEntry>, count: number): Promise<readonly number[]> {
  const indices: number[] = [];
  for await (const { index } of entries) {
    indices.push(index);
    if (indices.length === count) break;
  }
  return indices;
}

async function append(count: number, name = 'e'): Promise<void> {
  const some = Array.from({ length: count }, () => log.append(makeEvent(name), 'written'));
  await Promise.all(some);
}

describe('a follower', () => {
  it('sees what is appended after it began, in order, each entry once', async () => {
    await append(3);
    const seen = take(log.tail({ signal: stop.signal }), 900);
    await append(1);
    for (let at = 0; at < 9; at += 1) await append(100);
    expect(await seen).toEqual(Array.from({ length: 900 }, (_, at) => at + 3));
  });

  it('can begin in the past', async () => {
    await append(5);
    expect(await take(log.tail({ after: 1, signal: stop.signal }), 3)).toEqual([2, 3, 4]);
  });

  it('sees only what it asked for', async () => {
    const seen = take(log.tail({ contains: 'wanted', signal: stop.signal }), 2);
    await append(300);
    await append(1, 'wanted');
    await append(300);
    await append(1, 'wanted');
    expect(await seen).toEqual([300, 601]);
  });

  it('that is slow misses nothing and holds nothing up', async () => {
    const slow = log.tail({ signal: stop.signal });
    const first = slow.next();
    await append(1);
    expect((await first).value?.index).toBe(0);
    await append(2000);
    expect(await take(slow, 2000)).toEqual(Array.from({ length: 2000 }, (_, at) => at + 1));
  });

  it('ends when its signal is aborted', async () => {
    const seen = take(log.tail({ signal: stop.signal }), 5);
    await append(2);
    setTimeout(() => {
      stop.abort();
    }, 60);
    expect(await seen).toEqual([0, 1]);
  });

  it('ends when the record is closed', async () => {
    const seen = take(log.tail({ signal: stop.signal }), 5);
    await append(2);
    await new Promise((resolve) => setTimeout(resolve, 60));
    await log.close();
    expect(await seen).toEqual([0, 1]);
  });

  it('too many are refused, and one that ends makes room', async () => {
    const all = Array.from({ length: MAX_TAILS }, () => log.tail({ signal: stop.signal }));
    const begun = all.map((one) => one.next());
    const more = log.tail({ signal: stop.signal });
    await expect(more.next()).rejects.toMatchObject({ code: 'AUDIT_UNREADABLE' });
    await append(1);
    await Promise.all(begun);
    await all[0]?.return();
    const next = log.tail({ signal: stop.signal }).next();
    await append(1);
    expect((await next).done).toBe(false);
  });
});
