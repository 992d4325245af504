/** SASLprep as PostgreSQL applies it: the server stores what it prepared, we prove what we prepared. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CANARY_PASSWORD, startPostgres, type TestPostgres } from '../servers/postgres.ts';
import { hasPsql, runPsql } from '../servers/psql.ts';
import { skipLoudly } from '../servers/skip.ts';
import { whoAmI } from './open.ts';

if (!hasPsql()) skipLoudly('psql is not installed: passwords are not compared with it');

describe('a password beyond ASCII', () => {
  let server: TestPostgres;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.stop());

  it.each([
    CANARY_PASSWORD,
    'p\u00e4ssw\u00f6rd',
    'I\u00adX',
    '\u2168',
    'e\u0301',
    '\u00aa\u00b5',
    'a\u00a0b\u3000c',
    '\u0627\u0031',
    '\u0627\u0644\u0628',
    '\u00ad',
    '\u{1f511}\u{1f980}',
    '\u1e9b\u0323',
    'x\u0007y',
    '\ufb01nger',
    '\u2028',
  ])('%j proves itself as it does for psql', async (password) => {
    const quoted = `'${password.replaceAll(/['\\]/g, '\\$&')}'`;
    await server.sql(`drop role if exists u; create role u login password '${password}'`);
    const text = `host=localhost port=${server.port} user=u dbname=postgres password=${quoted}`;
    expect(await whoAmI(text)).toBe('u tls=false');
    if (hasPsql()) expect((await runPsql(text, 'select 1')).ok).toBe(true);
  });
});
