import { describe, expect, test } from 'vitest';
import { freeName, resourceName, secretName } from './names.ts';
import { guessEnvironment } from './plan.ts';

/** As the daemon takes them. */
const RESOURCE = /^[a-z][a-z0-9_-]{0,62}$/;
const SECRET = /^[A-Za-z_][A-Za-z0-9_.-]{0,127}$/;

describe('the name of a database', () => {
  test.each([
    ['shop', 'reservations', 'production', 'reservations'],
    ['shop', 'reservations', 'development', 'reservations-development'],
    ['shop', 'postgres', 'production', 'shop'],
    ['shop', 'neondb', 'staging', 'shop-staging'],
    ['My Shop!', 'postgres', 'production', 'my-shop'],
    ['shop', 'Big%20Data', 'production', 'big-data'],
    ['2048', 'app', 'production', 'p-2048'],
    ['äöü', '', 'production', 'database'],
    ['shop', 'shop-development', 'development', 'shop-development'],
    ['x'.repeat(200), 'y'.repeat(200), 'development', `${'y'.repeat(48)}-development`],
  ] as const)('of %s with %s in %s is %s', (project, database, environment, name) => {
    expect(resourceName(project, database, environment)).toBe(name);
    expect(name).toMatch(RESOURCE);
  });
});

describe('the name of a secret', () => {
  test.each([
    ['shop', 'STRIPE_KEY', 'shop-STRIPE_KEY'],
    ['My Shop', 'X-Api-Key', 'my-shop-X-Api-Key'],
    ['shop', 'a b/c', 'shop-a_b_c'],
    ['', 'KEY', 'project-KEY'],
    ['x'.repeat(99), 'Y'.repeat(999), `${'x'.repeat(24)}-${'Y'.repeat(100)}`],
  ])('of %s and %s is %s', (project, variable, name) => {
    expect(secretName(project, variable)).toBe(name);
    expect(name).toMatch(SECRET);
  });

  test('is counted up when it is taken', () => {
    const taken = new Set(['a', 'a-2']);
    expect(freeName('a', (name) => taken.has(name))).toBe('a-3');
    expect(freeName('b', (name) => taken.has(name))).toBe('b');
  });
});

describe('how dear a database is, by the name of its file', () => {
  test.each([
    ['.env', 'production'],
    ['.env.production', 'production'],
    ['.env.production.local', 'production'],
    ['.env.local', 'development'],
    ['.env.development', 'development'],
    ['.env.dev', 'development'],
    ['.env.test', 'development'],
    ['dev.env', 'development'],
    ['.env.staging', 'staging'],
    ['.env.devices', 'production'],
    ['.env.latest', 'production'],
    ['/home/ana/dev/shop/.env', 'production'],
    ['.mcp.json', 'production'],
  ])('%s counts as %s', (file, environment) => {
    expect(guessEnvironment(file)).toBe(environment);
  });
});
