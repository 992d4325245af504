/**
 * What is masked before a text is shown or recorded, and what stays.
 */

import { beforeAll, describe, expect, it } from 'vitest';

import { loadSqlParser } from './parser.ts';
import type { SqlParser } from './parser.ts';
import { findSecrets, maskSecrets } from './redaction.ts';

let parser: SqlParser;

beforeAll(async () => {
  parser = await loadSqlParser();
});

function masked(text: string): string {
  return maskSecrets(text, findSecrets(text, parser));
}

describe('findSecrets', () => {
  it.each([
    "CREATE USER bob PASSWORD 'hunter2'",
    "CREATE ROLE bob LOGIN ENCRYPTED PASSWORD 'hunter2' VALID UNTIL 'infinity'",
    "ALTER ROLE bob WITH PASSWORD E'hunter2\\n'",
    'alter user bob password $$hunter2$$',
    "/* é */ ALTER USER bob PASSWORD 'hunter2'",
    "CREATE USER MAPPING FOR bob SERVER s OPTIONS (user 'u', password 'hunter2')",
    "ALTER USER MAPPING FOR bob SERVER s OPTIONS (SET password 'hunter2')",
    "CREATE SERVER s FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'h', passfile 'hunter2')",
    "CREATE SUBSCRIPTION s CONNECTION 'host=h password=hunter2' PUBLICATION p",
    "ALTER SUBSCRIPTION s CONNECTION 'password=hunter2'",
    "SELECT * FROM dblink('password=hunter2', 'SELECT 1') AS t(x int)",
    "SELECT dblink_connect('c', 'password=hunter2')",
    "SELECT set_config('app.api_token', 'hunter2', false)",
    "SET app.secret_key = 'hunter2'",
    "SET app.password TO 'hunter2'",
    "ALTER SYSTEM SET primary_conninfo = 'password=hunter2'",
    "UPDATE users SET password = 'hunter2' WHERE id = 1",
    "DO $$ BEGIN CREATE USER bob PASSWORD 'hunter2'; END $$",
    "DO 'BEGIN EXECUTE ''ALTER USER bob PASSWORD ''''hunter2''''''; END'",
    "CREATE USER bob PASSWORD 'hunter2",
    "ALTER USER bob PASSWORD 'hunter2' and this does not parse at all",
  ])('%s does not show the secret', (text) => {
    expect(masked(text)).not.toContain('hunter2');
  });

  it.each([
    "SELECT password FROM users WHERE name = 'bob'",
    "SELECT * FROM t WHERE note = 'password'",
    "INSERT INTO words VALUES ('password', 'token')",
    "SELECT set_config('app.tenant', '42', false)",
    'ALTER USER bob PASSWORD NULL',
    "SELECT 'x' AS options",
    "SELECT name FROM users WHERE token IS NOT NULL AND name = 'x'",
  ])('%s is shown as it is', (text) => {
    expect(masked(text)).toBe(text);
  });

  it('masks the literal and nothing around it', () => {
    expect(masked("ALTER USER é PASSWORD 'hunter2' VALID UNTIL 'tomorrow'")).toBe(
      "ALTER USER é PASSWORD '[masked]' VALID UNTIL 'tomorrow'",
    );
  });
});
