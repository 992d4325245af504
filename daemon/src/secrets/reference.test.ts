import { describe, expect, test } from 'vitest';
import { SecretError } from '../errors.ts';
import { findReference, looksStored, parseReference, toStored } from './reference.ts';
import type { Reference } from './reference.ts';
import { SecretValue } from './secret-value.ts';

describe('a reference', () => {
  test.each<[string, Reference]>([
    ['op://vault/item/field', { kind: 'op', uri: 'op://vault/item/field' }],
    ['op://My Vault/db prod/api/url', { kind: 'op', uri: 'op://My Vault/db prod/api/url' }],
    ['op://v/i/f?attribute=otp', { kind: 'op', uri: 'op://v/i/f?attribute=otp' }],
    ['env:AGENTGUARD_SECRET_DB', { kind: 'env', variable: 'AGENTGUARD_SECRET_DB' }],
    ['command:pass show db/prod', { kind: 'command', argv: ['pass', 'show', 'db/prod'] }],
    ['command:/usr/bin/pass  show', { kind: 'command', argv: ['/usr/bin/pass', 'show'] }],
    ['command:["sh","-c","a | b"]', { kind: 'command', argv: ['sh', '-c', 'a | b'] }],
  ])('%s is read', (text, expected) => {
    expect(parseReference(text)).toEqual(expected);
    expect(findReference(toStored(text))).toEqual(expected);
  });

  test.each([
    '',
    'vault:x',
    'postgres://u:canary@h/d',
    'op://vault/item',
    'op://vault//field',
    'op://vault/item/field\n--account x',
    'op://v/i/f?x=y',
    'env:',
    'env:A-B',
    'env:A=canary',
    'command:',
    'command:a "b"',
    'command:a | b',
    'command:a $(b)',
    'command:a\nb',
    'command:./canary',
    'command:tools/canary',
    'command:["tools/canary"]',
    'command:[]',
    'command:["a",1]',
    'command:["a\0b"]',
    `command:${'a'.repeat(3000)}`,
  ])('%j is refused without being repeated', (text) => {
    let error: unknown;
    try {
      parseReference(text);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(SecretError);
    expect(String(error)).not.toContain('canary');
  });
});

test('a value that only looks like a reference stays a value (P-61)', () => {
  for (const text of ['op://vault/item/field', 'command:ls', 'env:HOME', 'x']) {
    expect(findReference(new SecretValue(text))).toBeNull();
    expect(looksStored(new SecretValue(text))).toBe(false);
  }
});
