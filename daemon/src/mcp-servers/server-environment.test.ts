import { expect, test } from 'vitest';
import { SecretValue } from '../secrets/secret-value.ts';
import { environmentHere, PASSED_TO_SERVERS } from './server-environment.ts';
import type { StoredServer } from './server-file.ts';

const SERVER: StoredServer = {
  argv: ['x'],
  cwd: null,
  place: 'here',
  env: { MODE: 'quiet' },
  passes: ['EDITOR'],
  secrets: { API_TOKEN: 'shop-token' },
  database: null,
  path: '/usr/bin',
  clientBudgetMs: null,
  legacy: false,
  programs: [],
  acceptedAt: '',
  acceptedBy: '',
  pins: [],
};

test('P-93: a server gets what is on the list, what a person named for it and its own secret, and nothing else', async () => {
  const inherited = {
    HOME: '/home/ana',
    PATH: '/elsewhere',
    EDITOR: 'vi',
    AWS_SECRET_ACCESS_KEY: 'x',
    OTHER: 'y',
  };
  const asked: string[] = [];
  const env = await environmentHere(SERVER, inherited, (name) => {
    asked.push(name);
    return Promise.resolve(new SecretValue('value'));
  });
  expect(env).toEqual({
    HOME: '/home/ana',
    PATH: '/usr/bin',
    EDITOR: 'vi',
    MODE: 'quiet',
    API_TOKEN: 'value',
  });
  expect(asked).toEqual(['shop-token']);
});

test('the list holds no name of a secret', () => {
  expect(
    PASSED_TO_SERVERS.filter((name) => /KEY|TOKEN|SECRET|PASS|AUTH|AGENTGUARD/.test(name)),
  ).toEqual([]);
});
