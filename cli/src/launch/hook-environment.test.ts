import { expect, test } from 'vitest';
import { withHookVariables } from './hook-environment.ts';

const OUTER = { PATH: '/bin', AGENTGUARD_HOOK_URL: 'http://x', AGENTGUARD_TOKEN: 'outer' };

test('hooks find the daemon and prove their own session, never an outer one', () => {
  const hooks = { host: '127.0.0.1', port: 4300 };
  expect(withHookVariables(OUTER, { hooks, token: 'inner' })).toEqual({
    PATH: '/bin',
    AGENTGUARD_HOOK_URL: 'http://127.0.0.1:4300',
    AGENTGUARD_TOKEN: 'inner',
  });
});

test('a daemon without hooks leaves none of an outer session', () => {
  expect(withHookVariables(OUTER, { token: 'inner' })).toEqual({ PATH: '/bin' });
});
