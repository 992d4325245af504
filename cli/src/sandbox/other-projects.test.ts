import { describe, expect, test } from 'vitest';
import { memoryView } from './fixtures/memory-view.ts';
import type { Tree } from './fixtures/memory-view.ts';
import { isSecretName, otherProjectsSecrets } from './other-projects.ts';

const HOME = '/home/ana';
const SHOP = `${HOME}/code/acme/shop`;

function found(tree: Tree): readonly string[] {
  const view = memoryView({ [SHOP]: null, ...tree });
  return otherProjectsSecrets(SHOP, HOME, view).map(({ path }) => path);
}

describe('the secrets of other projects are found (P-51)', () => {
  test.each([
    `${HOME}/code/acme/crm/.env`,
    `${HOME}/code/acme/crm/apps/web/.env.local`,
    `${HOME}/code/other/terraform.tfstate`,
    `${HOME}/Documents/server.pem`,
  ])('%s', (path) => {
    expect(found({ [path]: 'x' })).toEqual([path]);
  });

  test.each([
    [`${SHOP}/.env`, 'it is the own project'],
    [`${HOME}/code/acme/crm/.env.example`, 'it is there to be read'],
    [`${HOME}/code/acme/crm/node_modules/x/.env`, 'it is no project'],
    [`${HOME}/code/acme/crm/src/index.ts`, 'it holds no secret by its name'],
  ])('%s is not, since %s', (path) => {
    expect(found({ [path]: 'x' })).toEqual([]);
  });

  test('what is too much to look through is hidden whole', () => {
    const many = Object.fromEntries(
      Array.from({ length: 2100 }, (_, index) => [`${HOME}/code/acme/p${index}/.env`, 'x']),
    );
    expect(found(many)).toHaveLength(2100);
    expect(found(many)).toContain(`${HOME}/code/acme/p2099`);
  });

  test('projects with many of them are hidden whole', () => {
    const many = Object.fromEntries(
      Array.from({ length: 70 }, (_, index) => [`${HOME}/code/acme/crm/.env.${index}`, 'x']),
    );
    expect(found(many)).toEqual([`${HOME}/code/acme/crm`]);
  });

  test('outside of the home folder only neighbours are looked at', () => {
    const view = memoryView({ '/srv/shop': null, '/srv/crm/.env': 'x', '/opt/tool/.env': 'x' });
    expect(otherProjectsSecrets('/srv/shop', HOME, view)).toEqual([
      { path: '/srv/crm/.env', kind: 'file' },
    ]);
  });
});

test.each([
  ['.env', true],
  ['.env.production', true],
  ['prod.env', true],
  ['.env.sample', false],
  ['.environment', false],
  ['id_rsa', true],
  ['keyboard.ts', false],
])('%s counts as a secret: %s', (name, secret) => {
  expect(isSecretName(name)).toBe(secret);
});
