import { beforeEach, describe, expect, test } from 'vitest';
import { ApprovalQueue } from './approval-queue.ts';
import type { PersonAnswer } from './approval-queue.ts';
import { GRANT_LIFETIME_MS } from './grants.ts';
import type { Approval, Question } from './question.ts';

const QUESTION: Question = {
  decision: 'dec_1',
  session: 's1',
  principal: { person: 'ana', agent: 'claude' },
  workspace: '/home/ana/shop',
  resource: { name: 'db', kind: 'postgres', environment: 'production' },
  headline: 'TRUNCATE public.users on production',
  reasons: [{ rule: 'builtin/truncate', reason: 'removes every row' }],
  statement: 'TRUNCATE users',
  during: [],
  effects: ['truncate public.users'],
  reversible: false,
  critical: true,
  confirm: 'users',
  measured: null,
  notMeasured: null,
  samples: [],
  undo: null,
  digest: 'd1',
};

/** A clock that a test turns by hand. */
class HandClock {
  time = 1_000_000;
  #timers: { at: number; run: () => void }[] = [];

  now(): number {
    return this.time;
  }

  after(ms: number, run: () => void): { cancel(): void } {
    const timer = { at: this.time + ms, run };
    this.#timers.push(timer);
    return {
      cancel: () => {
        this.#timers = this.#timers.filter((other) => other !== timer);
      },
    };
  }

  turn(ms: number): void {
    this.time += ms;
    for (const timer of this.#timers.filter((due) => due.at <= this.time)) timer.run();
  }
}

let clock: HandClock;
let queue: ApprovalQueue;
let stop: AbortController;

beforeEach(() => {
  clock = new HandClock();
  queue = new ApprovalQueue(clock);
  stop = new AbortController();
});

function only(): Approval {
  const [approval] = queue.list();
  if (approval === undefined) throw new Error('no question');
  return approval;
}

function say(verdict: 'approve' | 'deny', changes: Partial<PersonAnswer> = {}): string {
  const { id, digest, generation, confirm } = only();
  const given = { id, digest, generation, verdict, confirm, note: null };
  return queue.answer({ ...given, by: 'ana', surface: 'terminal', ...changes });
}

describe('a question', () => {
  test('is approved only by an answer that carries its digest, generation and confirming word', async () => {
    const answer = queue.ask(QUESTION, { waitMs: 1000, signal: stop.signal });
    expect(() => say('approve', { digest: 'other' })).toThrow(/changed since/);
    expect(() => say('approve', { generation: 2 })).toThrow(/changed since/);
    expect(() => say('approve', { confirm: 'user' })).toThrow(/needs the word/);
    expect(() => say('approve', { confirm: null })).toThrow(/needs the word/);
    expect(only().state).toBe('pending');
    say('approve');
    expect(await answer).toMatchObject({ kind: 'approved', approval: { answeredBy: 'ana' } });
  });

  test('is denied without the confirming word', async () => {
    const answer = queue.ask(QUESTION, { waitMs: 1000, signal: stop.signal });
    say('deny', { confirm: null, note: 'use the archive' });
    expect(await answer).toMatchObject({ kind: 'denied', approval: { note: 'use the archive' } });
  });

  test('cannot be answered twice', async () => {
    const answer = queue.ask(QUESTION, { waitMs: 1000, signal: stop.signal });
    say('deny');
    expect(() => say('approve')).toThrow(/denied already/);
    expect((await answer).kind).toBe('denied');
  });

  test.each([
    ['nobody answers in time', () => clock.turn(1000), 'expired', 'parked'],
    ['the client goes', () => stop.abort(), 'cancelled', 'cancelled'],
    ['the daemon stops', () => queue.close(), 'cancelled', 'cancelled'],
  ])('is never approved when %s', async (_name, happens, kind, state) => {
    const answer = queue.ask(QUESTION, { waitMs: 1000, signal: stop.signal });
    happens();
    expect((await answer).kind).toBe(kind);
    expect(only().state).toBe(state);
  });

  test('asked after the daemon began to stop is cancelled at once', async () => {
    queue.close();
    expect((await queue.ask(QUESTION, { waitMs: 1000, signal: stop.signal })).kind).toBe(
      'cancelled',
    );
  });

  test('asked again under the same id refuses an answer to its older content', async () => {
    const first = queue.ask(QUESTION, { waitMs: 1000, signal: stop.signal });
    const seen = only();
    say('approve');
    const again = await first;
    const second = queue.ask(
      { ...QUESTION, digest: 'd2' },
      { waitMs: 1000, signal: stop.signal, again: again.approval },
    );
    expect(() => say('approve', { digest: seen.digest, generation: seen.generation })).toThrow(
      /changed since/,
    );
    say('deny');
    expect((await second).kind).toBe('denied');
  });
});

describe('a late approval', () => {
  beforeEach(async () => {
    const answer = queue.ask(QUESTION, { waitMs: 1000, signal: stop.signal });
    clock.turn(1000);
    await answer;
  });

  test('leaves a grant that lets one identical operation pass, and no second', () => {
    expect(say('approve')).toBe('granted');
    expect(queue.grants.take('d2')).toBeNull();
    expect(queue.grants.take('d1')).toMatchObject({ by: 'ana' });
    expect(queue.grants.take('d1')).toBeNull();
  });

  test('expires', () => {
    say('approve');
    clock.turn(GRANT_LIFETIME_MS);
    expect(queue.grants.take('d1')).toBeNull();
  });

  test('is worthless when the clock went backwards', () => {
    say('approve');
    clock.time -= 1;
    expect(queue.grants.take('d1')).toBeNull();
  });
});

test('a surface sees every change and is counted while it watches', async () => {
  const seen: string[] = [];
  const leave = queue.watch((approval) => seen.push(approval.state));
  expect(queue.surfaces).toBe(1);
  const answer = queue.ask(QUESTION, { waitMs: 1000, signal: stop.signal });
  say('approve');
  await answer;
  leave();
  expect(seen).toEqual(['pending', 'approved']);
  expect(queue.surfaces).toBe(0);
});
