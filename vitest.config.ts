import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { projects: ['rules', 'daemon', 'cli', 'test'] },
});
