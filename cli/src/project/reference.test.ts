import { describe, expect, test } from 'vitest';
import { parseValue } from './reference.ts';

const ADDRESS = 'postgres://app:agentguard-placeholder@127.0.0.1:5433/shop';

describe('a reference', () => {
  test.each([
    ['agentguard:shop-KEY', '', { kind: 'secret', name: 'shop-KEY' }],
    ['Bearer agentguard:shop-KEY', 'Bearer ', { kind: 'secret', name: 'shop-KEY' }],
    [ADDRESS, '', { kind: 'resource', name: 'shop', scheme: 'postgres', query: '' }],
    [
      `${ADDRESS}?schema=x`,
      '',
      { kind: 'resource', name: 'shop', scheme: 'postgres', query: 'schema=x' },
    ],
    [
      `\${SHOP_DATABASE_URL:-${ADDRESS}}`,
      '',
      { kind: 'resource', name: 'shop', scheme: 'postgres', query: '' },
    ],
  ])('is %s', (value, prefix, reference) => {
    expect(parseValue(value)).toEqual({ prefix, reference });
  });

  test.each([
    '',
    'agentguard:',
    'agentguard:a b',
    'agentguard:resource:shop',
    'agentguard:record:signing-key',
    'x agentguard:shop',
    'agentguard:shop\n',
    ADDRESS.replace('agentguard-placeholder', 'real'),
    ADDRESS.replace('127.0.0.1', 'db.example'),
    ADDRESS.replace('/shop', '/Shop'),
    `${ADDRESS} x`,
  ])('is not %j', (value) => {
    expect(parseValue(value)).toBeNull();
  });
});
