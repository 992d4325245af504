import { describe, expect, test } from 'vitest';
import { SecretValue } from '../../secrets/secret-value.ts';
import { findCredential, injectCredential } from './credentials.ts';
import type { Placeholder } from './credentials.ts';

const REAL = 'real$&/+1234567890';
const STAND_IN = 'ghp_standin0123456789';
const PLACEHOLDER: Placeholder = {
  text: STAND_IN,
  places: { headers: ['x-api-key'], query: ['access_token'] },
};
const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

function inject(fields: readonly string[], path = '/'): ReturnType<typeof injectCredential> {
  return injectCredential({ fields, path }, PLACEHOLDER, new SecretValue(REAL));
}

describe('a placeholder is exchanged', () => {
  test.each([
    ['a bearer', 'Authorization', `Bearer ${STAND_IN}`, `Bearer ${REAL}`],
    ['an own scheme', 'authorization', `token ${STAND_IN}`, `token ${REAL}`],
    ['a password of Basic', 'Authorization', basic(`x:${STAND_IN}`), basic(`x:${REAL}`)],
    ['a user of Basic', 'Authorization', basic(`${STAND_IN}:`), basic(`${REAL}:`)],
    ['a field of the API', 'X-Api-Key', STAND_IN, REAL],
  ])('as %s', (_how, name, before, after) => {
    expect(findCredential([name, before], '/', PLACEHOLDER)).toEqual({ kind: 'placeholder' });
    expect(inject([name, before]).fields).toEqual([name, after]);
  });

  test('as a parameter of the query, encoded as it has to be', () => {
    const path = `/v1?a=1&access_token=${STAND_IN}&b=2`;
    expect(findCredential([], path, PLACEHOLDER)).toEqual({ kind: 'placeholder' });
    expect(inject([], path).path).toBe(`/v1?a=1&access_token=${encodeURIComponent(REAL)}&b=2`);
  });
});

describe('a placeholder stays what it is (P-35)', () => {
  test.each([
    ['in another field', ['X-Note', STAND_IN], '/'],
    ['in a cookie', ['Cookie', `a=${STAND_IN}`], '/'],
    ['in the path', [], `/v1/${STAND_IN}`],
    ['in another parameter', [], `/v1?note=${STAND_IN}`],
  ])('%s, so that the real value cannot be carried to where it is read', (_where, fields, path) => {
    const injected = inject(fields, path);
    expect(injected).toEqual({ fields, path });
  });
});

describe('a credential that the guard did not hand out', () => {
  test.each([
    ['a bearer', ['Authorization', 'Bearer ghp_found0123456789'], '/'],
    ['Basic', ['Authorization', basic('me:found')], '/'],
    [
      'one beside the placeholder',
      ['Authorization', `Bearer ${STAND_IN}`, 'authorization', 'Bearer x'],
      '/',
    ],
    ['a field of the API', ['x-api-key', 'found'], '/'],
    ['a parameter', [], '/v1?access_token=found'],
    ['a parameter in disguise', [], '/v1?access%5Ftoken=found'],
  ])('is seen as %s', (_how, fields, path) => {
    expect(findCredential(fields, path, PLACEHOLDER).kind).toBe('foreign');
  });

  test('is not seen where there is none', () => {
    expect(findCredential(['Accept', '*/*'], '/v1?x=1', PLACEHOLDER)).toEqual({ kind: 'none' });
  });
});
