import { describe, expect, test } from 'vitest';
import { buildEnvironment, leadsToDatabase, toVariableName } from './environment.ts';

const TOKEN = `agt_${'t'.repeat(43)}`;
const SESSION = {
  session: 'ses-1',
  token: TOKEN,
  askTimeoutMs: 1000,
  resources: [
    {
      name: 'shop-db',
      kind: 'postgres' as const,
      environment: 'production' as const,
      host: '127.0.0.1',
      port: 6543,
      database: 'shop-db',
      user: 'agent',
      sslmode: 'disable' as const,
    },
    {
      name: 'logs',
      kind: 'postgres' as const,
      environment: 'development' as const,
      host: '::1',
      port: 6543,
      database: 'logs',
      user: 'agent',
      sslmode: 'require' as const,
    },
  ],
};
const REAL = 'postgres://ana:hunter2@db.example:5432/shop';

function build(inherited: Record<string, string | undefined>): ReturnType<typeof buildEnvironment> {
  return buildEnvironment(inherited, SESSION, {
    noFile: '/run/no-such-file',
    agent: 'claude',
    passed: new Set(['GITHUB_TOKEN']),
  });
}

describe('a guarded environment (P-01)', () => {
  test('leads to the guard, with the token in the place of the password', () => {
    expect(build({}).env).toEqual({
      DATABASE_URL: `postgres://agent:${TOKEN}@127.0.0.1:6543/shop-db`,
      PGHOST: '127.0.0.1',
      PGPORT: '6543',
      PGUSER: 'agent',
      PGPASSWORD: TOKEN,
      PGDATABASE: 'shop-db',
      PGSSLMODE: 'disable',
      PGPASSFILE: '/run/no-such-file',
      PGSERVICEFILE: '/run/no-such-file',
      SHOP_DB_DATABASE_URL: `postgres://agent:${TOKEN}@127.0.0.1:6543/shop-db`,
      LOGS_DATABASE_URL: `postgres://agent:${TOKEN}@[::1]:6543/logs?sslmode=require`,
      AGENTGUARD_SESSION: 'ses-1',
    });
  });

  test('keeps what has nothing to do with databases', () => {
    const plain = {
      PATH: '/bin',
      HOME: '/home/ana',
      ANTHROPIC_API_KEY: 'sk-ant-x',
      GITHUB_TOKEN: 'ghp_x',
      AGENTGUARD_HOME: '/srv/guard',
      PORT: '3000',
      EDITOR: 'vi',
      EMPTY: '',
      DBUS_SESSION_BUS_ADDRESS: 'unix:path=/run/user/1000/bus',
      KEYBOARD: 'de',
      PAGER: 'less',
    };
    expect(build(plain).env).toMatchObject(plain);
    expect(build(plain).removed).toEqual([]);
  });

  test('loses what looks like a secret, and keeps what is let through by name (P-42)', () => {
    const { env, removed } = build({
      GITHUB_TOKEN: 'ghp_x',
      GH_TOKEN: 'ghp_x',
      BLOB: 'x'.repeat(40),
    });
    expect(env).toMatchObject({ GITHUB_TOKEN: 'ghp_x' });
    expect(removed).toEqual(['BLOB', 'GH_TOKEN']);
  });

  test('names what it took away, not what it set anew', () => {
    const { removed, env } = build({ PGHOST: 'real', PGOPTIONS: '-c x=1', REPLICA: REAL });
    expect(removed).toEqual(['PGOPTIONS', 'REPLICA']);
    expect(env['PGHOST']).toBe('127.0.0.1');
  });

  test('holds the real password nowhere, wherever it stood', () => {
    const { env } = build({
      DATABASE_URL: REAL,
      POSTGRES_URL: REAL,
      SOMETHING: REAL,
      LIST: `a,${REAL},b`,
      JSON_CONFIG: JSON.stringify({ db: REAL }),
      PGPASSWORD: 'hunter2',
      DB_PASSWORD: 'hunter2',
      AGENTGUARD_SECRET_PAYMENT: 'hunter2',
      AGENTGUARD_VAULT_PASSPHRASE_FILE: '/home/ana/hunter2',
    });
    expect(JSON.stringify(env)).not.toContain('hunter2');
  });

  test('without a database has no address at all, not even the old one', () => {
    const { env } = buildEnvironment(
      { DATABASE_URL: REAL },
      { ...SESSION, resources: [] },
      { noFile: '/x', agent: 'sh', passed: new Set(['DATABASE_URL']) },
    );
    expect(env['DATABASE_URL']).toBeUndefined();
    expect(env['AGENTGUARD_SESSION']).toBe('ses-1');
  });
});

describe('a variable that leads to a database', () => {
  test.each([
    ['PGPASSFILE', '/home/ana/.pgpass'],
    ['PGSERVICE', 'prod'],
    ['PGSERVICEFILE', 'x'],
    ['PGSSLKEY', 'x'],
    ['pghost', 'x'],
    ['DATABASE_URL', 'mysql://x'],
    ['SHADOW_DATABASE_URL', 'x'],
    ['DATABASE_URL_UNPOOLED', 'x'],
    ['POSTGRES_PRISMA_URL', 'x'],
    ['POSTGRES_URL_NON_POOLING', 'x'],
    ['SQLALCHEMY_DATABASE_URI', 'x'],
    ['DB_DSN', 'x'],
    ['DB_CONNECTION_STRING', 'x'],
    ['DB_PASS', 'x'],
    ['POSTGRES_PASSWORD', 'x'],
    ['MY_DATABASE_PASSWORD', 'x'],
    ['SUPABASE_SERVICE_ROLE_KEY', 'x'],
    ['NEON_API_KEY', 'x'],
    ['MYSQL_ROOT_PASSWORD', 'x'],
    ['REDIS_PASSWORD', 'x'],
    ['ANY', REAL],
    ['ANY', 'postgresql://localhost/shop'],
    ['ANY', '  "postgres://x"'],
    ['ANY', 'postgresql+asyncpg://u:p@h/d'],
    ['ANY', 'jdbc:postgresql://h/d?user=u&password=p'],
    ['ANY', 'host=h user=u password=p dbname=d'],
    ['ANY', 'see mysql://u:p@h/d'],
    ['AGENTGUARD_SESSION', 'ses-0'],
  ])('is %s=%s', (name, value) => {
    expect(leadsToDatabase(name, value)).toBe(true);
  });

  test.each([
    ['DATABASE', 'x'],
    ['DB_HOST_COUNT', '3'],
    ['URL', 'https://example.com'],
    ['HOMEPAGE', 'https://example.com/postgres'],
    ['NOTE', 'password = 12'],
    ['BADGE', 'x'],
    ['GITHUB_TOKEN', 'x'],
    ['DEBUG', 'pg:*'],
    ['UPGRADE_URL', 'https://x'],
  ])('is not %s=%s', (name, value) => {
    expect(leadsToDatabase(name, value)).toBe(false);
  });
});

test('a resource names its own variable', () => {
  expect(toVariableName('reservations-db')).toBe('RESERVATIONS_DB_DATABASE_URL');
});
