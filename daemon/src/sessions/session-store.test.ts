import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { ProcessIdentity } from '../platform/processes.ts';
import { HandClock } from './fixtures/hand-clock.ts';
import { DEFAULT_LIFETIME_MS, HOLD_WITHIN_MS, SessionStore } from './session-store.ts';
import type { SessionRequest } from './session.ts';

const ROOT: ProcessIdentity = { pid: 100, startedAt: 5 };
const REQUEST: SessionRequest = {
  person: 'ana',
  agent: 'claude',
  label: null,
  resources: ['db'],
  workspace: '/home/ana/shop',
  askTimeoutMs: 1000,
  attended: true,
  root: ROOT,
  held: false,
};

let clock: HandClock;
let store: SessionStore<string>;
let outlived: readonly ProcessIdentity[];

beforeEach(() => {
  clock = new HandClock();
  outlived = [];
  store = new SessionStore({
    clock,
    makeVerifier: (token) => `verifier of ${token.length}`,
    processesOf: () => outlived,
  });
});

describe('a token (P-20)', () => {
  test('opens its own session and has 256 random bits', () => {
    const one = store.create(REQUEST);
    const other = store.create(REQUEST);
    expect(one.token).toMatch(/^agt_[A-Za-z0-9_-]{43}$/);
    expect(one.token).not.toBe(other.token);
    expect(store.findByToken(one.token)?.id).toBe(one.session.id);
    expect(store.verifier(one.session.id)).toBe('verifier of 47');
  });

  test.each([
    ['the empty string', ''],
    ['another token of the right form', `agt_${'A'.repeat(43)}`],
    ['the prefix', 'agt_'],
    ['its digest', 'a'.repeat(64)],
    ['a name of the language', '__proto__'],
  ])('is not %s', (_name, text) => {
    store.create(REQUEST);
    expect(store.findByToken(text)).toBeUndefined();
  });

  test('is not kept: nothing in the store holds it', () => {
    const { token } = store.create(REQUEST);
    const shown = JSON.stringify(store.listAll()) + JSON.stringify(store);
    expect(shown).not.toContain(token.slice(4));
  });

  test.each([
    ['ended', (id: string) => store.end(id, 'ended')],
    ['revoked with all others', () => store.endAll('revoked')],
    ['expired by its timer', () => clock.turn(DEFAULT_LIFETIME_MS)],
    ['expired while the machine slept, timers and all', () => (clock.time += DEFAULT_LIFETIME_MS)],
    ['expired by a clock that went back', () => (clock.time -= 60_000)],
  ])('opens nothing once its session has %s', (_name, happens) => {
    const { session, token } = store.create(REQUEST);
    happens(session.id);
    expect(store.findByToken(token)).toBeUndefined();
    expect(store.verifier(session.id)).toBeUndefined();
    expect(store.asking(session.id)).toBeUndefined();
    expect(store.claims(session.id)).toBeUndefined();
    expect(store.show(session.id).endedAt).not.toBeNull();
  });
});

describe('the life of a session', () => {
  test('ends at its own time when that is shorter, never later than the default', () => {
    const short = store.create({ ...REQUEST, lifetimeMs: 1000 });
    const long = store.create({ ...REQUEST, lifetimeMs: 10 * DEFAULT_LIFETIME_MS });
    clock.turn(999);
    expect(store.find(short.session.id)).toBeDefined();
    clock.turn(1);
    expect(store.show(short.session.id).endReason).toBe('expired');
    expect(long.session.expiresAt - long.session.startedAt).toBe(DEFAULT_LIFETIME_MS);
  });

  test('survives the small steps back that a time service makes, yet not many of them', () => {
    const { session } = store.create(REQUEST);
    clock.time -= 500;
    expect(store.find(session.id)).toBeDefined();
    for (let step = 0; step < 10; step += 1) {
      clock.time -= 500;
      store.find(session.id);
    }
    expect(store.find(session.id)).toBeUndefined();
  });

  test('that should be held ends when nobody holds it in time', () => {
    const { session } = store.create({ ...REQUEST, held: true });
    clock.turn(HOLD_WITHIN_MS - 1);
    expect(store.find(session.id)).toBeDefined();
    clock.turn(1);
    expect(store.show(session.id).endReason).toBe('left');
  });

  test('that is held ends when it is let go, and not before', () => {
    const { session } = store.create({ ...REQUEST, held: true });
    const release = store.hold(session.id);
    clock.turn(HOLD_WITHIN_MS * 2);
    expect(store.find(session.id)).toBeDefined();
    release();
    expect(store.show(session.id).endReason).toBe('left');
  });

  test('keeps the reason it ended for first', () => {
    const { session } = store.create(REQUEST);
    const release = store.hold(session.id);
    store.end(session.id, 'ended');
    release();
    expect(store.show(session.id).endReason).toBe('ended');
  });

  test('tells of its end exactly once, and at once to who comes late', () => {
    const { session } = store.create(REQUEST);
    const told = vi.fn();
    const stopped = vi.fn();
    const everyEnd = vi.fn();
    store.onEnd(session.id, told);
    store.onEnd(session.id, stopped)();
    store.onEveryEnd(everyEnd);
    store.end(session.id, 'ended');
    store.end(session.id, 'revoked');
    const late = vi.fn();
    store.onEnd(session.id, late);
    expect(told).toHaveBeenCalledTimes(1);
    expect(everyEnd).toHaveBeenCalledTimes(1);
    expect(late).toHaveBeenCalledTimes(1);
    expect(stopped).not.toHaveBeenCalled();
  });

  test('of an unknown id is an error that names the id', () => {
    expect(() => store.show('ses-none')).toThrow(/`ses-none`/);
    expect(() => store.hold('ses-none')).toThrow(/`ses-none`/);
    expect(() => store.end('ses-none', 'ended')).toThrow(/`ses-none`/);
  });
});

describe('the tally', () => {
  test('counts what happened, the outcome that comes after the end included', () => {
    const { session } = store.create(REQUEST);
    store.tally(session.id, { kind: 'ruling', verdict: 'allowed' });
    store.tally(session.id, { kind: 'ruling', verdict: 'asked' });
    store.tally(session.id, { kind: 'ruling', verdict: 'denied' });
    store.tally(session.id, { kind: 'outcome', rowsChanged: 3, rowsReturned: 0 });
    store.end(session.id, 'ended');
    store.tally(session.id, { kind: 'outcome', rowsChanged: 1, rowsReturned: 7 });
    expect(store.show(session.id).tally).toEqual({
      allowed: 1,
      asked: 1,
      denied: 1,
      rowsChanged: 4,
      rowsReturned: 7,
    });
  });

  test('of one session is not that of another', () => {
    const one = store.create(REQUEST);
    const other = store.create(REQUEST);
    store.tally(one.session.id, { kind: 'ruling', verdict: 'denied' });
    expect(store.show(other.session.id).tally.denied).toBe(0);
  });
});

describe('guarded processes', () => {
  const HELD = { ...REQUEST, held: true };

  test('are none for a session that nobody holds: its maker only asked for a token', () => {
    store.create(REQUEST);
    expect(store.guardedRoots()).toEqual([]);
  });

  test('are those below a starter while the session runs; the starter itself is not', () => {
    const { session } = store.create(HELD);
    expect(store.guardedRoots()).toEqual([{ ...ROOT, itself: false }]);
    store.end(session.id, 'ended');
    expect(store.guardedRoots()).toEqual([]);
  });

  test('stay guarded, themselves included, when they outlive the session', () => {
    const { session } = store.create(HELD);
    outlived = [{ pid: 200, startedAt: 9 }];
    store.end(session.id, 'left');
    expect(store.guardedRoots()).toEqual([{ pid: 200, startedAt: 9, itself: true }]);
  });

  test('are forgotten when they have ended', () => {
    const alive = new Set([200]);
    store = new SessionStore({
      clock,
      makeVerifier: () => '',
      processesOf: () => [
        { pid: 200, startedAt: 9 },
        { pid: 201, startedAt: 9 },
      ],
      isAlive: ({ pid }) => alive.has(pid),
    });
    store.end(store.create(HELD).session.id, 'ended');
    expect(store.guardedRoots().map(({ pid }) => pid)).toEqual([200]);
    alive.clear();
    expect(store.guardedRoots()).toEqual([]);
  });
});

test('an ended session stays in the list of all, a live one is in both', () => {
  const ended = store.create(REQUEST).session.id;
  clock.turn(1);
  const live = store.create(REQUEST).session.id;
  store.end(ended, 'ended');
  expect(store.list().map(({ id }) => id)).toEqual([live]);
  expect(store.listAll().map(({ id }) => id)).toEqual([ended, live]);
});
