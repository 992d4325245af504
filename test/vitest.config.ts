import { defineProject } from 'vitest/config';

export default defineProject({
  test: {
    name: 'test',
    include: ['**/*.test.ts'],
    // Real servers start and stop in these; a slow machine must not fail them.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // What a daemon does by itself is waited for, and the wait must not fail on a slow machine either.
    expect: { poll: { timeout: 10_000 } },
  },
});
