import { describe, expect, test } from 'vitest';
import { readHead } from './request-head.ts';

const GOOD = {
  method: 'POST',
  target: '/hook/claude',
  headers: { host: '127.0.0.1:4300', authorization: 'Bearer abc' },
};

test('a hook with its token is read', () => {
  expect(readHead(GOOD, 4300)).toEqual({ ok: true, agent: 'claude', form: 'http', token: 'abc' });
  expect(readHead({ ...GOOD, target: '/command/codex' }, 4300)).toMatchObject({ form: 'command' });
  const named = { ...GOOD.headers, host: 'localhost:4300' };
  expect(readHead({ ...GOOD, headers: named }, 4300).ok).toBe(true);
});

describe('everything else is refused', () => {
  test.each<[string, Partial<typeof GOOD>, Record<string, string>, number]>([
    ['another host', {}, { host: 'evil.example:4300' }, 403],
    ['another port', {}, { host: '127.0.0.1:4301' }, 403],
    ['no host', {}, { host: '' }, 403],
    ['a page', {}, { origin: 'http://127.0.0.1:4300' }, 403],
    ['a link', {}, { referer: 'http://x' }, 403],
    ['a browser', {}, { 'sec-fetch-site': 'none' }, 403],
    ['an unknown agent', { target: '/hook/other' }, {}, 404],
    ['a longer path', { target: '/hook/claude/x' }, {}, 404],
    ['a query', { target: '/hook/claude?x' }, {}, 404],
    ['another method', { method: 'GET' }, {}, 405],
    ['no token', {}, { authorization: '' }, 401],
    ['an empty token', {}, { authorization: 'Bearer ' }, 401],
    ['a password', {}, { authorization: 'Basic abc' }, 401],
  ])('%s', (_name, head, headers, status) => {
    const read = readHead({ ...GOOD, ...head, headers: { ...GOOD.headers, ...headers } }, 4300);
    expect(read).toMatchObject({ ok: false, status });
  });
});
