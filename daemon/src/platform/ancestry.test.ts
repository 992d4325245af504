import { describe, expect, test } from 'vitest';
import { judgeDescent } from './ancestry.ts';
import type { GuardedRoot, ProcessReader } from './ancestry.ts';
import type { ProcessRecord } from './processes.ts';

/** init 1 <- shell 10 <- run 20 <- agent 30 <- tool 40, each started after its parent. */
const TREE: readonly ProcessRecord[] = [
  { pid: 1, parent: 0, startedAt: 1 },
  { pid: 10, parent: 1, startedAt: 10 },
  { pid: 20, parent: 10, startedAt: 20 },
  { pid: 30, parent: 20, startedAt: 30 },
  { pid: 40, parent: 30, startedAt: 40 },
];
const RUN: GuardedRoot = { pid: 20, startedAt: 20, itself: false };

function reader(tree: readonly ProcessRecord[], marked: readonly number[] = []): ProcessReader {
  return {
    read: (pid) => tree.find((process) => process.pid === pid) ?? null,
    carries: (pid) => marked.includes(pid),
  };
}

function judge(pid: number, roots: readonly GuardedRoot[], from = reader(TREE)): string {
  const startedAt = from.read(pid)?.startedAt ?? pid;
  return judgeDescent({ pid, startedAt }, roots, from).kind;
}

describe('a process', () => {
  test.each([
    ['below the starter of a session', 40, 'guarded'],
    ['right below it', 30, 'guarded'],
    ['that started the session itself', 20, 'free'],
    ['above it', 10, 'free'],
  ])('%s is %s', (_name, pid, kind) => {
    expect(judge(pid, [RUN])).toBe(kind);
  });

  test('that outlived its session is guarded itself, and so is what it starts', () => {
    const left = { pid: 30, startedAt: 30, itself: true };
    expect(judge(30, [left])).toBe('guarded');
    expect(judge(40, [left])).toBe('guarded');
    expect(judge(20, [left])).toBe('free');
  });

  test('is free below another process that got the number of a starter', () => {
    expect(judge(40, [{ ...RUN, startedAt: 19 }])).toBe('free');
  });

  test.each([30, 40])(
    'with the marker in its line (process %i) is guarded without any session',
    (marked) => {
      expect(judge(40, [], reader(TREE, [marked]))).toBe('guarded');
      expect(judge(20, [], reader(TREE, [marked]))).toBe('free');
    },
  );
});

describe('an ancestry is unknown', () => {
  const without = (pid: number): readonly ProcessRecord[] => TREE.filter((one) => one.pid !== pid);

  test('when a parent cannot be read', () => {
    expect(judge(40, [RUN], reader(without(10)))).toBe('unknown');
  });

  test('when the caller is gone, or another process has its number', () => {
    expect(judge(50, [RUN])).toBe('unknown');
    expect(judgeDescent({ pid: 40, startedAt: 39 }, [RUN], reader(TREE)).kind).toBe('unknown');
  });

  test('when a parent is younger than its child: the number was given away', () => {
    const reused = [...without(30), { pid: 30, parent: 1, startedAt: 99 }];
    expect(judge(40, [RUN], reader(reused))).toBe('unknown');
  });

  test('when parents go round in a circle', () => {
    const circle = [
      { pid: 5, parent: 6, startedAt: 1 },
      { pid: 6, parent: 5, startedAt: 1 },
    ];
    expect(judge(5, [], reader(circle))).toBe('unknown');
  });

  test('when its own environment cannot be read; that of its ancestors may be hidden', () => {
    const hidden = (pids: readonly number[]): ProcessReader => ({
      ...reader(TREE),
      carries: (pid) => (pids.includes(pid) ? null : false),
    });
    expect(judge(40, [], hidden([40]))).toBe('unknown');
    expect(judge(40, [], hidden([1, 10]))).toBe('free');
  });
});

test('a parent that vanishes between two reads is looked at again', () => {
  let reads = 0;
  const racing: ProcessReader = {
    ...reader(TREE),
    read: (pid) => {
      reads += 1;
      // At the first walk the child still names a parent that is gone.
      if (pid === 40 && reads === 1) return { pid: 40, parent: 35, startedAt: 40 };
      return TREE.find((process) => process.pid === pid) ?? null;
    },
  };
  expect(judgeDescent({ pid: 40, startedAt: 40 }, [RUN], racing).kind).toBe('guarded');
});
