import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findAddresses, ownDatabaseFirst, toGuardedVariables } from './guarded-addresses.ts';

type Session = Parameters<typeof ownDatabaseFirst>[0];

const TOKEN = `agt_${'t'.repeat(43)}`;
const resource = (name: string): Session['resources'][number] => ({
  name,
  kind: 'postgres',
  environment: 'production',
  host: '127.0.0.1',
  port: 6543,
  database: name,
  user: 'agent',
  sslmode: 'disable',
});
const SESSION: Session = {
  session: 'ses-1',
  token: TOKEN,
  askTimeoutMs: 1000,
  resources: [resource('archive'), resource('shop')],
};
const reference = (name: string, query = ''): string =>
  `postgresql://app:agentguard-placeholder@127.0.0.1:1/${name}${query}`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'addresses-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function set(text: string): Readonly<Record<string, string>> {
  writeFileSync(join(folder, '.env'), text);
  return toGuardedVariables(findAddresses(folder, null), SESSION);
}

describe('the variables of a project in a guarded command (P-01)', () => {
  test('lead through the guard, with the token and what only the driver knows', () => {
    expect(
      set(`DATABASE_URL="${reference('shop', '?schema=public')}"\nOLD=${reference('archive')}`),
    ).toEqual({
      DATABASE_URL: `postgresql://agent:${TOKEN}@127.0.0.1:6543/shop?schema=public`,
      OLD: `postgresql://agent:${TOKEN}@127.0.0.1:6543/archive`,
    });
  });

  test('are left out for a database that the session may not reach, and for everything else', () => {
    const real = ['postgres:', '', 'app:real@db.example/shop'].join('/');
    expect(set(`A=${reference('other')}\nB=${real}\nC=agentguard:shop-KEY\nD=1`)).toEqual({});
  });

  test('put the database of the project before the others', () => {
    writeFileSync(join(folder, '.env'), `DATABASE_URL=${reference('shop')}`);
    const names = (session: Session): readonly string[] =>
      session.resources.map(({ name }) => name);
    expect(names(ownDatabaseFirst(SESSION, findAddresses(folder, null)))).toEqual([
      'shop',
      'archive',
    ]);
    expect(names(ownDatabaseFirst(SESSION, new Map()))).toEqual(['archive', 'shop']);
  });

  test('keep no command from starting when files cannot be read', () => {
    writeFileSync(join(folder, '.env'), Buffer.from([0xff, 0xfe, 0]));
    expect(findAddresses(folder, null).size).toBe(0);
    expect(findAddresses(join(folder, 'none'), null).size).toBe(0);
  });
});
