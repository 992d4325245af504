import type { TokenClaims } from '@agentguard/rules';
import { importJWK, jwtVerify } from 'jose';
import { describe, expect, test } from 'vitest';
import { readToken, signToken, TokenKey } from './scoped-token.ts';
import { digestOfToken } from './session-token.ts';

const KEY = new TokenKey(TokenKey.generate());
const CLAIMS: TokenClaims = {
  id: 'tok-1',
  role: 'agent_support',
  values: { tenant_id: 'acme-rentals' },
  resources: ['reservations-db'],
  person: 'ana',
  onBehalfOf: 'bo',
  agent: null,
  label: 'cursor-2026-04-29',
  issuedAt: 1_700_000_000_000,
  expiresAt: 1_700_003_600_000,
};

/** The three parts of a token. */
function cut(token: string): readonly [string, string, string] {
  const [header = '', payload = '', signature = ''] = token.slice(4).split('.');
  return [header, payload, signature];
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function decode(part: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as Record<string, unknown>;
}

test('a token is read back as it was signed, and fits where passwords go', () => {
  const token = signToken(CLAIMS, KEY);
  expect(readToken(token, KEY)).toEqual(CLAIMS);
  expect(token).toMatch(/^agt_[\w.-]+$/);
  expect(token.length).toBeLessThan(700);
  expect(digestOfToken(token)).toMatch(/^[0-9a-f]{64}$/);
});

test('any JOSE library verifies it with the public key', async () => {
  const token = signToken(CLAIMS, KEY).slice(4);
  const key = await importJWK({ ...KEY.publicJwk, alg: 'EdDSA' });
  const { payload, protectedHeader } = await jwtVerify(token, key, {
    issuer: 'agentguard',
    typ: 'agt+jwt',
    currentDate: new Date(CLAIMS.issuedAt + 1000),
  });
  expect(protectedHeader.alg).toBe('EdDSA');
  expect(payload).toMatchObject({ sub: 'ana', jti: 'tok-1', role: 'agent_support' });
  await expect(
    jwtVerify(token, key, { currentDate: new Date(CLAIMS.expiresAt + 1000) }),
  ).rejects.toThrow(/exp/);
});

describe('a token that its holder changed opens nothing (P-72)', () => {
  const token = signToken(CLAIMS, KEY);
  const [header, payload, signature] = cut(token);
  const later = encode({ ...decode(payload), exp: 9_999_999_999 });
  const wider = encode({ ...decode(payload), role: 'admin', val: { tenant_id: 'other' } });
  const none = encode({ alg: 'none', typ: 'agt+jwt' });
  const hmac = encode({ alg: 'HS256', typ: 'agt+jwt' });
  test.each([
    ['a later expiry', `agt_${header}.${later}.${signature}`],
    ['a wider scope', `agt_${header}.${wider}.${signature}`],
    ['no algorithm', `agt_${none}.${payload}.`],
    ['no algorithm and the signature', `agt_${none}.${payload}.${signature}`],
    ['another algorithm', `agt_${hmac}.${payload}.${signature}`],
    ['no signature', `agt_${header}.${payload}.`],
    ['a signature cut short', token.slice(0, -1)],
    ['a signature spelled otherwise', `${token}=`],
    ['a fourth part', `${token}.x`],
    ['no prefix', token.slice(4)],
    ['another key', signToken(CLAIMS, new TokenKey(TokenKey.generate()))],
    ['nothing', ''],
    ['only the prefix', 'agt_'],
    ['a megabyte', `agt_${'x'.repeat(1_000_000)}`],
  ])('%s', (_what, changed) => {
    expect(readToken(changed, KEY)).toBeNull();
  });

  test('any one character', () => {
    for (let at = 4; at < token.length; at += 7) {
      const other = token[at] === 'A' ? 'B' : 'A';
      const changed = token.slice(0, at) + other + token.slice(at + 1);
      const read = readToken(changed, KEY);
      // The last bits of a base64url text may mean nothing; then it is the same token.
      if (read !== null) expect(read).toEqual(CLAIMS);
    }
  });
});

test('a scope whose words do not fit is an error, not a token that is cut', () => {
  const values = Object.fromEntries(
    Array.from({ length: 20 }, (_, index) => [`value_${index}`, 'x'.repeat(90)]),
  );
  expect(() => signToken({ ...CLAIMS, values }, KEY)).toThrow(/longer/);
});

test('a key never shows its private half', () => {
  expect(JSON.stringify(KEY) + String(TokenKey.generate())).not.toMatch(/[A-Za-z0-9+/]{40}/);
});
