/**
 * The golden folders under `rules/corpus/roles`: statements, one per paragraph, and what is decided on each under the
 * role that the folder's name begins with. The policy is the example of the reference; it is read as it stands there.
 * UPDATE_CORPUS=1 writes what is decided, for a person to read.
 */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decide } from '../decide/decide.ts';
import type { Decision } from '../decide/decision.ts';
import type { Policy } from '../decide/policy-state.ts';
import { classOfFacts } from '../facts/sql-facts.ts';
import type { OperationFacts } from '../facts/operation.ts';
import { parsePolicy } from '../policy/parse-policy.ts';
import { analyzeSql } from '../sql/analyze.ts';
import { loadSqlParser } from '../sql/parser.ts';
import { buildCatalog, buildShop, plainContext } from '../sql/testing/build-catalog.ts';
import { CATALOG_SPEC } from '../sql/testing/catalog-spec.ts';
import type { TokenClaims } from './token-claims.ts';

const ROOT = join(import.meta.dirname, '../../corpus/roles');
const SQL_ROOT = join(import.meta.dirname, '../../corpus/sql');
const UPDATES = process.env['UPDATE_CORPUS'] === '1';
const FOLDERS = readdirSync(ROOT, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

const PARSER = await loadSqlParser();
const CATALOG = buildCatalog(
  CATALOG_SPEC.partial().parse(JSON.parse(readFileSync(join(ROOT, 'catalog.json'), 'utf8'))),
);

/** Everything that a decision under the example needs. */
const CLAIMS: TokenClaims = {
  id: 'tok-1',
  role: null,
  values: { tenant_id: 'acme' },
  resources: null,
  person: 'ana',
  onBehalfOf: null,
  agent: null,
  label: null,
  issuedAt: 0,
  expiresAt: 1,
};

function toPolicy(text: string): Policy {
  const parsed = parsePolicy(text, PARSER);
  if (!parsed.ok) throw new Error(`${parsed.problem.line}: ${parsed.problem.message}`);
  return parsed.file;
}

const EXAMPLE = toPolicy(readFileSync(join(ROOT, 'policy.yaml'), 'utf8'));

function decideUnder(policy: Policy, role: string, facts: OperationFacts['action']): Decision {
  const operation: OperationFacts = {
    principal: { person: 'ana', agent: 'a', session: 's' },
    token: { ...CLAIMS, role },
    resource: { name: 'reservations-db', kind: 'postgres', environment: 'production' },
    action: facts,
    context: { now: 0, windowOpen: false, inTransaction: false },
  };
  return decide(operation, { kind: 'in force', policy }, 'd');
}

function actionOf(sql: string): OperationFacts['action'] {
  return { protocol: 'postgres', sql: analyzeSql(sql, plainContext(CATALOG), PARSER) };
}

test('the example of the reference is accepted as it stands', () => {
  expect([...EXAMPLE.roles.keys()]).toEqual(['agent_readonly', 'agent_support']);
  expect(EXAMPLE.rules.map(({ id }) => id)).toEqual(['ddl-outside-window']);
  expect(EXAMPLE.resources.get('reservations-db')).toEqual({
    kind: 'postgres',
    environment: 'production',
    role: 'agent_support',
    limits: { rowsChanged: 500, rowsReturned: 10_000 },
    credential: 'reservations-db',
    packs: [],
    onBehalfOfRequired: false,
  });
  expect(EXAMPLE.resources.get('railway')).toMatchObject({ kind: 'http', packs: ['railway'] });
});

describe('golden folders', () => {
  test.each(FOLDERS)('%s is decided as it is', (name) => {
    const role = `agent_${name.split('.')[0] ?? ''}`;
    const statements = readFileSync(join(ROOT, name, 'input.sql'), 'utf8')
      .trimEnd()
      .split('\n\n');
    const outcome = statements.map((sql) => {
      const { verdict, rules, obligations } = decideUnder(EXAMPLE, role, actionOf(sql));
      const because = rules.map(({ rule, reason }) => `${rule}: ${reason}`);
      return { sql, verdict, because, obligations: obligations.map(({ kind }) => kind) };
    });
    const path = join(ROOT, name, 'expected.json');
    if (UPDATES) writeFileSync(path, `${JSON.stringify(outcome, null, 2)}\n`);
    expect(outcome).toEqual(JSON.parse(readFileSync(path, 'utf8')));
  });
});

/** A role that may read every table of the shop and change none (P-70). */
const READER = toPolicy(`version: 1
roles:
  reader:
    tables: { ${buildShop()
      .relations.map(({ schema, name }) => `${schema}.${name}: [SELECT]`)
      .join(', ')} }
`);

describe('a role that only reads (P-70)', () => {
  test.each(readdirSync(SQL_ROOT))('is not got past by %s', (name) => {
    const folder = join(SQL_ROOT, name);
    const additions = readdirSync(folder).includes('catalog.json')
      ? CATALOG_SPEC.partial().parse(JSON.parse(readFileSync(join(folder, 'catalog.json'), 'utf8')))
      : {};
    const text = readFileSync(join(folder, 'input.sql'), 'utf8').trimEnd();
    const sql = analyzeSql(text, plainContext(buildShop(additions)), PARSER);
    const { verdict } = decideUnder(READER, 'reader', { protocol: 'postgres', sql });
    const changes = !['nothing', 'read', 'session'].includes(classOfFacts(sql));
    // What it may do is read and look after its connection; what it may not is never a question.
    if (changes || name.endsWith('.harm')) expect(verdict).toBe('deny');
    else expect(verdict).not.toBe('ask');
  });
});
