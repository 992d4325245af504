import { ControlError } from '@agentguard/daemon/control';
import { expect, test } from 'vitest';
import { EXIT, toExitCode, UsageError } from './exit-code.ts';

test('the numbers are those that scripts rely on', () => {
  expect(EXIT).toEqual({ done: 0, failed: 1, usage: 2, denied: 3, unreachable: 4, unverified: 5 });
});

test.each([
  ['CONTROL_UNREACHABLE', 4],
  ['CONTROL_VERSION', 4],
  ['CONTROL_FORBIDDEN', 3],
  ['INPUT_INVALID', 2],
  ['AUDIT_VERIFICATION_FAILED', 5],
  ['RESOURCE_NOT_FOUND', 1],
  ['APPROVAL_STALE', 1],
] as const)('%s ends in %i', (code, exit) => {
  expect(toExitCode(new ControlError(code, 'x'))).toBe(exit);
});

test('what was typed wrongly ends in 2, and whatever nobody foresaw in 1', () => {
  expect(toExitCode(new UsageError('x'))).toBe(2);
  expect(toExitCode(new Error('x'))).toBe(1);
  expect(toExitCode('x')).toBe(1);
});
