import { expect, test } from 'vitest';
import { describeUnhooked } from './unhooked.ts';

test('an agent of which no hook was seen is said to be unhooked', () => {
  expect(describeUnhooked('claude', null)).toContain('no hook of claude was seen');
  expect(describeUnhooked('claude', undefined)).toContain('agentguard agent install claude');
});

test('one that called its hook, and a program that has none, are not', () => {
  expect(describeUnhooked('claude', '2026-01-02T03:04:05.006Z')).toBeNull();
  expect(describeUnhooked('npm', null)).toBeNull();
});
