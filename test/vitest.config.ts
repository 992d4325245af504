import { defineProject } from 'vitest/config';

export default defineProject({
  test: {
    name: 'test',
    include: ['**/*.test.ts'],
    // Real servers start and stop in these; a slow machine must not fail them.
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
