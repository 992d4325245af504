import { describe, expect, test } from 'vitest';
import { judgeHead } from './request-head.ts';
import type { RawHead } from './request-head.ts';

const HEADERS: readonly (readonly [string, string])[] = [
  ['Host', 'agentguard'],
  ['Content-Type', 'application/json'],
  ['agentguard-control-version', '1'],
];

interface Changes {
  readonly verb?: string;
  readonly url?: string;
  readonly without?: string;
  readonly more?: readonly (readonly [string, string])[];
}

function head(changes: Changes = {}): RawHead {
  const kept = HEADERS.filter(([name]) => name.toLowerCase() !== changes.without);
  return {
    verb: changes.verb ?? 'POST',
    url: changes.url ?? '/control/status',
    rawHeaders: [...kept, ...(changes.more ?? [])].flat(),
  };
}

function status(changes: Changes): number {
  const judged = judgeHead(head(changes));
  return judged.ok ? 200 : judged.refusal.status;
}

test('a plain request is understood, in whatever case its headers are written', () => {
  const plain = { method: 'status', token: null, operatorKey: null };
  expect(judgeHead(head())).toEqual({ ok: true, head: plain });
  const loud = head();
  const upper = loud.rawHeaders.map((text, at) => (at % 2 === 0 ? text.toUpperCase() : text));
  expect(judgeHead({ ...loud, rawHeaders: upper })).toEqual({ ok: true, head: plain });
});

describe('a request that a browser could have sent is refused (P-13)', () => {
  test.each([
    ['Origin', 'http://localhost:3000'],
    ['Origin', 'null'],
    ['origin', ''],
    ['Referer', 'http://agentguard/'],
    ['REFERER', 'x'],
    ['Sec-Fetch-Site', 'same-origin'],
    ['Sec-WebSocket-Key', 'x'],
    ['Cookie', 'a=b'],
    ['Access-Control-Request-Method', 'POST'],
    ['Upgrade', 'websocket'],
  ])('with %s: %s', (name, value) => {
    expect(status({ more: [[name, value]] })).toBe(403);
  });

  test.each([
    'localhost',
    '127.0.0.1',
    'agentguard:80',
    'AGENTGUARD',
    'agentguard.',
    '',
    'evil.example',
  ])('with the host `%s`', (host) => {
    expect(status({ without: 'host', more: [['Host', host]] })).toBe(421);
  });

  test('with no host at all', () => {
    expect(status({ without: 'host' })).toBe(421);
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', ''])(
    'with the simple content type `%s`',
    (type) => {
      expect(status({ without: 'content-type', more: [['Content-Type', type]] })).toBe(415);
    },
  );

  test.each(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'CONNECT', 'post', ''])(
    'with %s',
    (verb) => {
      expect(status({ verb })).toBe(405);
    },
  );

  test('even when it says Origin beside everything that is right', () => {
    expect(status({ url: '/control/whoami', more: [['Origin', 'null']] })).toBe(403);
  });
});

describe('a request with two meanings is refused', () => {
  test.each([
    ['Host', 'agentguard'],
    ['Content-Type', 'application/json'],
    ['agentguard-control-version', '1'],
  ])('%s twice', (name, value) => {
    expect(status({ more: [[name, value]] })).toBe(400);
  });

  test.each(['Authorization', 'agentguard-operator-key'])('%s twice', (name) => {
    const one: readonly [string, string] = [name, 'Bearer agt_x'];
    expect(status({ more: [one, one] })).toBe(400);
  });
});

describe('a method', () => {
  test.each([
    '/control/',
    '/control/nothing',
    '/control/__proto__',
    '/control/constructor',
    '/control/status/',
    '/control/status?x=1',
    '/control/../control/status',
    '//control/status',
    '/status',
    'http://agentguard/control/status',
    '',
  ])('that is not in the table is not there: `%s`', (url) => {
    expect(status({ url })).toBe(404);
  });

  test.each(['/control/session.create', '/control/approval.watch'])(
    'in the table is: `%s`',
    (url) => {
      expect(status({ url })).toBe(200);
    },
  );
});

describe('the version', () => {
  const version = (value: string): Changes => ({
    without: 'agentguard-control-version',
    more: [['agentguard-control-version', value]],
  });

  test.each(['0', '2', '01', '1.0', 'x', ''])(
    '`%s` is refused with the command that mends it',
    (value) => {
      const judged = judgeHead(head(version(value)));
      expect(judged).toMatchObject({
        ok: false,
        refusal: { status: 426, code: 'CONTROL_VERSION', help: 'agentguard daemon stop' },
      });
    },
  );

  test.each(['whoami', 'daemon.stop'])('does not matter to %s, which end a mismatch', (method) => {
    expect(status({ ...version('2'), url: `/control/${method}` })).toBe(200);
  });

  test('must be there', () => {
    expect(status({ without: 'agentguard-control-version' })).toBe(400);
  });
});

describe('a token', () => {
  test('is taken out of its header', () => {
    const judged = judgeHead(head({ more: [['Authorization', 'Bearer agt_abc']] }));
    expect(judged).toMatchObject({ ok: true, head: { token: 'agt_abc' } });
  });

  test.each(['agt_abc', 'Basic agt_abc', 'bearer agt_abc', 'Bearer ', 'Bearer', 'Bearer a b', ''])(
    'that cannot be read (`%s`) is refused, never left out',
    (value) => {
      expect(status({ more: [['Authorization', value]] })).toBe(401);
    },
  );
});
