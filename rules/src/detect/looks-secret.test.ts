import { describe, expect, test } from 'vitest';
import { PLACEHOLDER_PASSWORD } from './harmless-value.ts';
import { looksSecret } from './looks-secret.ts';

/** Put together here, so that no scanner takes this file for a leak. */
const of = (prefix: string, length: number): string =>
  prefix + 'a1B2c3D4e5'.repeat(9).slice(0, length);
const url = (scheme: string, rest: string): string => `${scheme}://${rest}`;

describe('a secret', () => {
  test.each([
    ['DATABASE_URL', url('postgres', 'app:hunter2@db.example/shop'), 'postgres url'],
    ['X', url('postgresql', 'db.example/shop'), 'postgres url'],
    ['SQLALCHEMY_URL', url('postgresql+asyncpg', 'a:b@h/d'), 'postgres url'],
    ['X', url('mysql', 'a:hunter2@h/d'), 'other url'],
    ['REDIS_URL', url('rediss', ':hunter2@h:6379'), 'other url'],
    ['X', url('mongodb+srv', 'a:hunter2@h/d'), 'other url'],
    ['PROXY', url('https', 'a:hunter2@h'), 'other url'],
    ['DB_PASSWORD', 'x', 'secret'],
    ['PGPASSWORD', 'x', 'secret'],
    ['smtpPass', 'x', 'secret'],
    ['STRIPE_SECRET', 'not-a-known-shape', 'secret'],
    ['OPENAI_API_KEY', 'not-a-known-shape', 'secret'],
    ['X-Api-Key', 'not-a-known-shape', 'secret'],
    ['Authorization', 'not-a-known-shape', 'secret'],
    ['JWT_SECRET', 'correct horse battery', 'secret'],
    ['RAILS_SECRET_KEY_BASE', 'f00f00f00f00', 'secret'],
    ['X', of('gh' + 'p_', 36), 'secret'],
    ['NEXT_PUBLIC_OOPS', of('sk_' + 'live_', 24), 'secret'],
    ['X', of('sk-' + 'ant-', 40), 'secret'],
    ['X', 'AKIA' + 'ABCDEFGHIJ234567', 'secret'],
    ['X', '-----BEGIN ' + 'RSA PRIVATE KEY-----\nabc\n', 'secret'],
    [
      'X',
      ['eyJ' + 'hbGciOiJIUzI1', 'eyJ' + 'zdWIiOiIxMjM0', 'SflKxwRJSMeKKF2QT4'].join('.'),
      'secret',
    ],
  ])('is %s', (name, value, kind) => {
    expect(looksSecret(name, value)).toMatchObject({ kind });
  });
});

describe('no secret', () => {
  test.each([
    ['PORT', '5432'],
    ['NODE_ENV', 'production'],
    ['DB_HOST', 'db.example'],
    ['API_URL', 'https://api.example/v1'],
    ['SENTRY_DSN', 'https://abcdef@sentry.example/1'],
    ['PASSWORD_MIN_LENGTH', '12'],
    ['TOKEN_TTL', '3600'],
    ['ACCESS_TOKEN', '3600'],
    ['TOKEN_URL', 'https://auth.example/token'],
    ['AUTH_TOKEN', 'https://auth.example/token'],
    ['GOOGLE_APPLICATION_CREDENTIALS', './key.json'],
    ['JWT_PUBLIC_KEY', 'abcdefghijklmnop'],
    ['NEXT_PUBLIC_API_KEY', 'abcdefghijklmnop'],
    ['STRIPE_API_KEY', 'pk_' + 'live_abcdefghijklmnop'],
    ['DB_PASSWORD', ''],
    ['DB_PASSWORD', '${OTHER}'],
    ['DB_PASSWORD', '$OTHER'],
    ['DB_PASSWORD', '{env:OTHER}'],
    ['DB_PASSWORD', '$(op read x)'],
    ['DB_PASSWORD', '<your password>'],
    ['API_KEY', 'your-api-key-here'],
    ['API_KEY', 'changeme'],
    ['API_KEY', 'agentguard:shop-api-key'],
    ['API_KEY', 'op://vault/item/field'],
    ['DATABASE_URL', url('postgres', `app:${PLACEHOLDER_PASSWORD}@127.0.0.1:1/shop`)],
    ['REDIS_URL', url('redis', 'localhost:6379')],
    ['MYSQL_URL', url('mysql', 'user:${PASSWORD}@h/d')],
    ['KEYBOARD', 'abcdefghijklmnop'],
    ['MONKEY', 'abcdefghijklmnop'],
  ])('is %s=%s', (name, value) => {
    expect(looksSecret(name, value)).toEqual({ kind: 'nothing' });
  });
});
