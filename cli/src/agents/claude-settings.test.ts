import { expect, test } from 'vitest';
import { claudeManagedPolicy, claudeSessionSettings } from './claude-settings.ts';

const ADDRESS = { host: '127.0.0.1', port: 4300 };

test('the policy of a session blocks when a hook fails and cannot be switched off', () => {
  const [file, ...more] = claudeManagedPolicy(ADDRESS);
  expect(more).toEqual([]);
  expect(file?.path).toBe('/etc/claude-code/managed-settings.json');
  const policy: unknown = JSON.parse(file?.content ?? '');
  expect(policy).toMatchObject({ disableAllHooks: false, sandbox: { enabled: false } });
  expect(policy).toHaveProperty('hooks.PreToolUse.0.hooks.0.onFailure', 'block');
});

test('a mention of a file with secrets, which no hook sees, is denied by a rule', () => {
  expect(JSON.parse(claudeSessionSettings(ADDRESS))).toMatchObject({
    permissions: { deny: expect.arrayContaining(['Read(./.env)']) as unknown },
  });
});

test('reports after a tool never block it', () => {
  const settings: unknown = JSON.parse(claudeSessionSettings(ADDRESS));
  expect(settings).toHaveProperty('hooks.PostToolUse.0.hooks.0.onFailure', 'continue');
});
