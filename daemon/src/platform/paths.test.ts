import { describe, expect, test } from 'vitest';
import { MAX_SOCKET_PATH_BYTES, resolvePaths } from './paths.ts';
import type { PathSource } from './paths.ts';

const LINUX: PathSource = {
  platform: 'linux',
  env: {},
  homeFolder: '/home/ana',
  temporaryFolder: '/tmp',
  workingFolder: '/home/ana/shop',
  uid: 1000,
};

function on(changes: Partial<PathSource>): ReturnType<typeof resolvePaths> {
  return resolvePaths({ ...LINUX, ...changes });
}

describe('AGENTGUARD_HOME', () => {
  test('holds everything', () => {
    const paths = on({ env: { AGENTGUARD_HOME: '/srv/guard', XDG_STATE_HOME: '/elsewhere' } });
    const { home, ...rest } = paths;
    expect(home).toBe('/srv/guard');
    expect(Object.values(rest).filter((path) => !path.startsWith('/srv/guard/'))).toEqual([]);
    expect(paths.socket).toBe('/srv/guard/runtime/control.sock');
  });

  test('may be relative, and is then the same for a daemon that works elsewhere', () => {
    expect(on({ env: { AGENTGUARD_HOME: 'guard' } }).home).toBe('/home/ana/shop/guard');
  });

  test('counts as not set when it is empty', () => {
    expect(on({ env: { AGENTGUARD_HOME: '' } }).home).toBeNull();
  });
});

describe('without AGENTGUARD_HOME', () => {
  test.each([
    ['linux', {}, '/home/ana/.config/agentguard', '/home/ana/.local/state/agentguard'],
    ['linux', { XDG_CONFIG_HOME: '/c', XDG_STATE_HOME: '/s' }, '/c/agentguard', '/s/agentguard'],
    [
      'linux',
      { XDG_CONFIG_HOME: 'relative', XDG_STATE_HOME: '' },
      '/home/ana/.config/agentguard',
      '/home/ana/.local/state/agentguard',
    ],
    [
      'darwin',
      {},
      '/home/ana/Library/Application Support/agentguard/config',
      '/home/ana/Library/Application Support/agentguard/state',
    ],
  ] as const)('%s with %o uses the folders of the platform', (platform, env, config, state) => {
    expect(on({ platform, env })).toMatchObject({ config, state, home: null });
  });

  test('Windows uses its own folders and a named pipe', () => {
    const paths = on({
      platform: 'win32',
      homeFolder: 'C:\\Users\\ana',
      env: { APPDATA: 'C:\\R', LOCALAPPDATA: 'C:\\L' },
    });
    expect(paths).toMatchObject({
      config: 'C:\\R\\agentguard\\config',
      state: 'C:\\L\\agentguard\\state',
    });
    expect(paths.socket).toMatch(/^\\\\\.\\pipe\\agentguard-[0-9a-f]{16}$/);
  });

  test('the socket does not depend on XDG_RUNTIME_DIR, which only some shells have', () => {
    expect(on({ env: { XDG_RUNTIME_DIR: '/run/user/1000' } }).socket).toBe(on({}).socket);
  });
});

describe('a socket path that the kernel would cut', () => {
  const deep = `/${'d'.repeat(120)}`;

  test('gives way to a short one that differs per home', () => {
    const one = on({ env: { AGENTGUARD_HOME: deep } }).socket;
    const other = on({ env: { AGENTGUARD_HOME: `${deep}2` } }).socket;
    expect(one).toMatch(/^\/tmp\/agentguard-1000\/[0-9a-f]{16}\.sock$/);
    expect(other).not.toBe(one);
  });

  test('stays below the bound even when the temporary folder is deep', () => {
    const { socket } = on({ env: { AGENTGUARD_HOME: deep }, temporaryFolder: deep });
    expect(Buffer.byteLength(socket)).toBeLessThanOrEqual(MAX_SOCKET_PATH_BYTES);
  });

  test('is measured in bytes, not in letters', () => {
    const home = `/${'ü'.repeat(45)}`;
    expect(on({ env: { AGENTGUARD_HOME: home } }).socket).not.toContain('ü');
    expect(on({ env: { AGENTGUARD_HOME: `/${'u'.repeat(45)}` } }).socket).toContain('uuu');
  });
});
