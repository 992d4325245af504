import { expect, test } from 'vitest';
import { toInnerEnvironment } from './inner-environment.ts';

test.each([
  'SSH_AUTH_SOCK',
  'DBUS_SESSION_BUS_ADDRESS',
  'DISPLAY',
  'WAYLAND_DISPLAY',
  'TMUX',
  'DOCKER_HOST',
  'VSCODE_IPC_HOOK_CLI',
  'VSCODE_GIT_ASKPASS_NODE',
  'GIT_ASKPASS',
])('%s leads to something that is not there, and goes (P-50)', (name) => {
  expect(toInnerEnvironment({ [name]: 'x' })).not.toHaveProperty(name);
});

test('what names no way out stays as it is', () => {
  const plain = {
    PATH: '/bin',
    HOME: '/home/ana',
    DATABASE_URL: 'x',
    TERM: 'xterm',
    DISPLAYED: '1',
  };
  expect(toInnerEnvironment(plain)).toMatchObject(plain);
});

test('temporary files go to the folder of the sandbox', () => {
  expect(toInnerEnvironment({ TMPDIR: '/var/folders/x' })).toMatchObject({ TMPDIR: '/tmp' });
  expect(toInnerEnvironment({})).not.toHaveProperty('TMPDIR');
});

test('settings of git are added behind those that are there', () => {
  const env = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'user.name', GIT_CONFIG_VALUE_0: 'ana' };
  expect(toInnerEnvironment(env)).toMatchObject({
    GIT_CONFIG_COUNT: '4',
    GIT_CONFIG_KEY_0: 'user.name',
    GIT_CONFIG_KEY_1: 'commit.gpgSign',
    GIT_CONFIG_VALUE_1: 'false',
  });
  expect(toInnerEnvironment({})).toMatchObject({ GIT_CONFIG_COUNT: '3' });
});
