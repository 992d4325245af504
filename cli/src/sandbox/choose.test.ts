import { describe, expect, test } from 'vitest';
import { chooseSandbox } from './choose.ts';

const NONE = { kind: 'none', why: 'bubblewrap is not installed', help: 'install it' } as const;
const READY = { kind: 'ready' } as const;

describe('a run says in one line which guarantee it has', () => {
  test.each([
    ['auto', READY, true, /^sandbox: no way out but the guard/],
    ['require', READY, true, /^sandbox: no way out but the guard/],
    ['auto', NONE, false, /^no sandbox \(bubblewrap is not installed\): what this account can/],
    ['off', READY, false, /^no sandbox: what this account can read or reach/],
  ] as const)('%s', (mode, offer, sandboxed, line) => {
    const choice = chooseSandbox(mode, offer);
    expect(choice.sandboxed).toBe(sandboxed);
    expect(choice.line).toMatch(line);
    expect(choice.line).not.toContain('\n');
  });
});

test('what is required and cannot be had ends the run, and says how to get it (P-54)', () => {
  expect(() => chooseSandbox('require', NONE)).toThrow(
    expect.objectContaining({
      message: 'no sandbox: bubblewrap is not installed',
      help: 'install it',
    }),
  );
});
