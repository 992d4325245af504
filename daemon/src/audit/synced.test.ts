import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { makeFolder } from './sample-log.ts';

// Real disks and processes, on machines that do other things as well.
vi.setConfig({ testTimeout: 60_000 });

/** Appends one entry after the other, then signs, and writes a mark when each has been done. */
const SCRIPT = `
  import { writeSync } from 'node:fs';
  const { openAuditLog } = await import('${import.meta.dirname}/audit-log.ts');
  const { makeEvent, makeSigner } = await import('${import.meta.dirname}/sample-log.ts');
  const log = await openAuditLog({ folder: process.argv[1], signer: makeSigner() });
  writeSync(1, 'MARK opened');
  for (const durability of ['written', 'synced', 'written', 'synced', 'synced']) {
    await log.append(makeEvent('x'), durability);
    writeSync(1, 'MARK ' + durability);
  }
  const some = ['written', 'synced', 'written'].map((one) => log.append(makeEvent('x'), one));
  await Promise.all(some);
  writeSync(1, 'MARK mixed');
  log.checkpoint();
  writeSync(1, 'MARK signed');
  process.exit(0);`;

function whyNotTraceable(): string | null {
  if (process.platform !== 'linux') return 'there is no strace on this system';
  const tried = spawnSync('strace', ['-o', '/dev/null', 'true']);
  return tried.status === 0 ? null : 'strace is not installed or may not trace';
}

/** The system calls that lead up to each mark, by the name of the mark. */
function traceSteps(): readonly (readonly [string, readonly string[]])[] {
  const folder = makeFolder();
  const trace = join(folder.path, 'trace');
  execFileSync('strace', [
    ...['-f', '-y', '-s', '40', '-e', 'trace=pwrite64,write,fsync,fdatasync', '-o', trace],
    ...[process.execPath, '--input-type=module', '-e', SCRIPT, folder.path],
  ]);
  const lines = readFileSync(trace, 'utf8').split('\n');
  folder.remove();
  const steps: (readonly [string, readonly string[]])[] = [];
  let from = 0;
  lines.forEach((line, at) => {
    const mark = /"MARK (\w+)"/.exec(line)?.[1];
    if (mark === undefined) return;
    steps.push([mark, lines.slice(from, at)]);
    from = at + 1;
  });
  return steps;
}

/** Where a call on a file stands last among others; -1 when it is not there. */
function lastOf(calls: readonly string[], call: RegExp, file: string): number {
  return calls.findLastIndex(
    (line) => call.test(line) && line.includes(`${file}>`) && !/ = -1 /.test(line),
  );
}

describe('on the disk', () => {
  it('P-05: a synced append resolves after its bytes were synced; a written one waits for no disk', ({
    skip,
  }) => {
    const why = whyNotTraceable();
    if (why !== null) {
      console.warn(`SKIPPED: the order of write and sync was not watched: ${why}`);
      skip(why);
    }
    const steps = traceSteps();
    const appends = steps.slice(1, -1).map(([mark, calls]) => {
      const wrote = lastOf(calls, /pwrite64\(/, 'audit.db-wal');
      const synced = lastOf(calls, /f(data)?sync\(/, 'audit.db-wal');
      return { mark, wrote: wrote >= 0, syncedAfterwards: synced > wrote };
    });
    expect(appends).toEqual([
      { mark: 'written', wrote: true, syncedAfterwards: false },
      { mark: 'synced', wrote: true, syncedAfterwards: true },
      { mark: 'written', wrote: true, syncedAfterwards: false },
      { mark: 'synced', wrote: true, syncedAfterwards: true },
      { mark: 'synced', wrote: true, syncedAfterwards: true },
      { mark: 'mixed', wrote: true, syncedAfterwards: true },
    ]);
    const [mark, signing = []] = steps.at(-1) ?? [];
    expect(mark).toBe('signed');
    // INVARIANT: first the database, synced, then the file, synced.
    const order = [
      lastOf(signing, /pwrite64\(/, 'audit.db-wal'),
      lastOf(signing, /f(data)?sync\(/, 'audit.db-wal'),
      lastOf(signing, /write\(/, 'checkpoints.log'),
      lastOf(signing, /f(data)?sync\(/, 'checkpoints.log'),
    ];
    expect(order.every((at) => at >= 0)).toBe(true);
    expect(order).toEqual(order.toSorted((one, other) => one - other));
  });
});
