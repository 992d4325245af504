/**
 * Real agents from the package registry, each in a folder of its own outside of the repository, fetched once.
 * They are large, and none of them is ours to keep.
 */

import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { skipLoudly } from './skip.ts';

/** An agent in the one version that its tests were written against. */
export interface AgentPackage {
  readonly name: string;
  readonly version: string;
  readonly program: string;
  /** The package's own script that puts its machine code in place; no other script of it is run. */
  readonly install: string | null;
}

export const CLAUDE_CODE: AgentPackage = {
  name: '@anthropic-ai/claude-code',
  version: '2.1.330',
  program: 'claude',
  install: 'install.cjs',
};

export const OPENCODE: AgentPackage = {
  name: 'opencode-ai',
  version: '1.18.33',
  program: 'opencode',
  install: 'postinstall.mjs',
};

export const CODEX: AgentPackage = {
  name: '@openai/codex',
  version: '0.169.0',
  program: 'codex',
  install: null,
};

export const GEMINI: AgentPackage = {
  name: '@google/gemini-cli',
  version: '0.61.0',
  program: 'gemini',
  install: null,
};

/** Four hundred megabytes over an ordinary line. */
const FETCH_TIMEOUT_MS = 240_000;

/** The program of an agent, fetched when it is not there yet; null, said loudly, when it cannot be had. */
export async function findAgent(agent: AgentPackage): Promise<string | null> {
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'agentguard-test');
  const folder = join(cache, `${agent.name.replaceAll(/[^a-z-]/g, '_')}-${agent.version}`);
  const program = join(folder, 'node_modules/.bin', agent.program);
  if (existsSync(program)) return program;
  try {
    await fetchInto(folder, agent);
    if (existsSync(program)) return program;
  } catch {
    // Said below: the cause is a line of the package manager that nobody needs.
  }
  skipLoudly(`${agent.name} ${agent.version}: it cannot be fetched from the package registry`);
  return null;
}

/** Into a folder beside it first, so that half a package is never taken for a whole one. */
async function fetchInto(folder: string, agent: AgentPackage): Promise<void> {
  const { name, version, install } = agent;
  const run = promisify(execFile);
  const work = `${folder}.${process.pid}`;
  mkdirSync(work, { recursive: true });
  try {
    await run(
      'npm',
      [
        'install',
        '--no-audit',
        '--no-fund',
        '--ignore-scripts',
        '--prefix',
        work,
        `${name}@${version}`,
      ],
      { timeout: FETCH_TIMEOUT_MS, cwd: work },
    );
    if (install !== null) {
      const cwd = join(work, 'node_modules', name);
      await run(process.execPath, [install], { timeout: FETCH_TIMEOUT_MS, cwd });
    }
    renameSync(work, folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
