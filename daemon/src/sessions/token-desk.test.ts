import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { HandClock } from './fixtures/hand-clock.ts';
import { TokenKey } from './scoped-token.ts';
import { SessionStore } from './session-store.ts';
import { MAX_TOKEN_LIFETIME_MS, TokenDesk } from './token-desk.ts';
import type { TokenRequest } from './token-desk.ts';
import { readTokenFile } from './token-file.ts';

const HOUR_MS = 60 * 60_000;
const KEY = new TokenKey(TokenKey.generate());
const REQUEST: TokenRequest = {
  role: 'agent_support',
  values: { tenant_id: 'acme' },
  resources: ['db'],
  person: 'ana',
  onBehalfOf: null,
  agent: 'cursor',
  label: 'night',
  workspace: '/shop',
  lifetimeMs: HOUR_MS,
};

let folder: string;
let clock: HandClock;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tokens-'));
  clock = new HandClock();
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

interface Stage {
  readonly desk: TokenDesk<string>;
  readonly sessions: SessionStore<string>;
  readonly refused: number;
}

/** A daemon that starts: whatever stood in the file is there again. */
function start(): Stage {
  const path = join(folder, 'tokens.json');
  const file = readTokenFile(path, KEY);
  const sessions = new SessionStore<string>({ clock, makeVerifier: (token) => `of ${token}` });
  const desk = new TokenDesk<string>({
    path,
    key: KEY,
    clock,
    file,
    sessions,
    makeVerifier: (token) => `verifier of ${token.length}`,
    toText: (verifier) => verifier,
    fromText: (text) => text,
    onProblem: (error) => {
      throw error;
    },
  });
  return { desk, sessions, refused: file.refused };
}

describe('an issued token', () => {
  test('has a session with its scope, for as long as it lives', () => {
    const { desk, sessions } = start();
    const { token, claims } = desk.create(REQUEST);
    const session = sessions.findByToken(token);
    expect(session?.principal).toMatchObject({ person: 'ana', agent: 'cursor' });
    expect(session?.resources).toEqual(['db']);
    expect(session?.claims).toEqual(claims);
    expect(claims.expiresAt - claims.issuedAt).toBe(HOUR_MS);
  });

  test('is nowhere on disk, and its file is for its owner alone', () => {
    const { token } = start().desk.create(REQUEST);
    const path = join(folder, 'tokens.json');
    const text = readFileSync(path, 'utf8');
    expect(text).not.toContain(token.slice(4));
    for (const part of token.slice(4).split('.')) expect(text).not.toContain(part);
    expect(statSync(path).mode & 0o077).toBe(0);
  });

  test('outlives the daemon', () => {
    const first = start();
    const { token, claims } = first.desk.create(REQUEST);
    first.sessions.endAll('daemon stopped');
    expect(first.sessions.findByToken(token)).toBeUndefined();
    expect(start().sessions.findByToken(token)?.claims).toEqual(claims);
  });
});

describe('a token is over for good (P-72)', () => {
  test('at its expiry, and its connections are told', () => {
    const { desk, sessions } = start();
    const { token } = desk.create(REQUEST);
    const ended = vi.fn();
    sessions.onEnd(sessions.findByToken(token)?.id ?? '', ended);
    clock.turn(HOUR_MS - 1);
    expect(ended).not.toHaveBeenCalled();
    clock.turn(1);
    expect(ended).toHaveBeenCalledTimes(1);
    expect(sessions.findByToken(token)).toBeUndefined();
    expect(desk.list()[0]?.over).toMatchObject({ why: 'expired', by: null });
    expect(start().sessions.findByToken(token)).toBeUndefined();
  });

  test('when it is revoked, at once and by name', () => {
    const { desk, sessions } = start();
    const { token, claims } = desk.create(REQUEST);
    const session = sessions.findByToken(token)?.id ?? '';
    const ended = vi.fn();
    sessions.onEnd(session, ended);
    expect(desk.revoke(claims.id, 'ana')).toBe(true);
    expect(ended).toHaveBeenCalledTimes(1);
    expect(sessions.findByToken(token)).toBeUndefined();
    expect(desk.whyOver(session)).toEqual({ why: 'revoked', at: clock.now(), by: 'ana' });
    expect(desk.revoke(claims.id, 'bo')).toBe(false);
    expect(start().desk.whyOver(session)).toMatchObject({ by: 'ana' });
  });

  test('when everything is stopped', () => {
    const { desk, sessions } = start();
    const { token } = desk.create(REQUEST);
    sessions.endAll('revoked');
    expect(start().sessions.findByToken(token)).toBeUndefined();
    expect(desk.list()[0]?.over?.why).toBe('revoked');
  });

  test('when the clock went back, also while the daemon was not there', () => {
    const first = start();
    const { token } = first.desk.create(REQUEST);
    first.sessions.endAll('daemon stopped');
    clock.time -= 60_000;
    expect(start().sessions.findByToken(token)).toBeUndefined();
    clock.time += 60_000;
    expect(start().sessions.findByToken(token)).toBeUndefined();
  });

  test('and proves to whoever presents it which one it was, nothing more', () => {
    const { desk, sessions } = start();
    const { claims } = desk.create(REQUEST);
    expect([...desk.overVerifiers()]).toEqual([]);
    desk.revoke(claims.id, 'ana');
    expect([...desk.overVerifiers()].map(([id]) => id)).toEqual([`ses-${claims.id}`]);
    expect(sessions.find(`ses-${claims.id}`)).toBeUndefined();
  });
});

describe('what somebody else wrote into the file is not used (P-72)', () => {
  const CHANGES: readonly [string, (text: string) => string][] = [
    ['a later expiry', (text) => text.replace(/"expiresAt": \d+/, '"expiresAt": 9999999999999')],
    ['another role', (text) => text.replace('agent_support', 'admin')],
    ['another tenant', (text) => text.replace('"acme"', '"other"')],
    ['another resource', (text) => text.replace('"db"', '"payroll"')],
    ['another verifier', (text) => text.replace('verifier of', 'my own')],
  ];
  test.each(CHANGES)('%s', (_what, change) => {
    const { token } = start().desk.create(REQUEST);
    const path = join(folder, 'tokens.json');
    const text = readFileSync(path, 'utf8');
    const changed = change(text);
    expect(changed).not.toBe(text);
    writeFileSync(path, changed, { mode: 0o600 });
    const again = start();
    expect(again.refused).toBe(1);
    expect(again.sessions.findByToken(token)).toBeUndefined();
  });

  test('a revocation that was taken out', () => {
    const { desk } = start();
    const { token, claims } = desk.create(REQUEST);
    desk.revoke(claims.id, 'ana');
    const path = join(folder, 'tokens.json');
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace(/"over": \{[^}]*\}/, '"over": null'));
    expect(start().sessions.findByToken(token)).toBeUndefined();
  });

  test.each(['', '{', '[]', '{"version":2}'])('a file that is none: %j', (text) => {
    writeFileSync(join(folder, 'tokens.json'), text, { mode: 0o600 });
    expect(start().desk.list()).toEqual([]);
  });
});

test.each([0, 999, MAX_TOKEN_LIFETIME_MS + 1])('a life of %i ms is refused', (lifetimeMs) => {
  expect(() => start().desk.create({ ...REQUEST, lifetimeMs })).toThrow(/seven days/);
});

test('a token that nobody knows cannot be revoked', () => {
  expect(() => start().desk.revoke('tok-none', 'ana')).toThrow(/tok-none/);
});
