/** The schema that editors complete by is the one that the file is read by. UPDATE_CORPUS=1 writes it anew. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { toPolicyJsonSchema, wordsAt } from './schema-words.ts';

const PATH = join(import.meta.dirname, '../../schema/agentguard.schema.json');

test('the shipped JSON Schema is that of the file', () => {
  const schema = { title: 'agentguard.yaml', ...(toPolicyJsonSchema() as object) };
  if (process.env['UPDATE_CORPUS'] === '1') {
    writeFileSync(PATH, `${JSON.stringify(schema, null, 2)}\n`);
  }
  expect(JSON.parse(readFileSync(PATH, 'utf8'))).toEqual(schema);
});

test.each([
  [[], 'roles'],
  [['resources', 'db'], 'limits'],
  [['resources', 'db', 'limits'], 'rows_changed'],
  [['roles', 'a'], 'forbidden_operations'],
  [['roles', 'a', 'columns', 't'], 'UPDATE'],
  [['rules', 0], 'when'],
  [['egress'], 'hosts'],
])('at %j the word %s is known', (path, word) => {
  expect(wordsAt(path).keys).toContain(word);
});

test.each([
  [['resources', 'db', 'kind'], 'postgres'],
  [['resources', 'db', 'environment'], 'staging'],
  [['roles', 'a', 'tables', 't', 0], 'SELECT'],
  [['roles', 'a', 'masks', 't', 'c'], 'last4'],
  [['rules', 0, 'effect'], 'deny'],
])('at %j the value %s is known', (path, word) => {
  expect(wordsAt(path).values).toContain(word);
});
