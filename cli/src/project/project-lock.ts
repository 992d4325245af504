/** One change of a project at a time. A lock whose holder is gone is nobody's. */

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureOwnerFolder, resolvePaths } from '@agentguard/daemon/control';
import { projectId } from './journal.ts';
import { ProjectError } from './project-error.ts';
import { codeOf } from './read-project-file.ts';

/**
 * Runs something while nobody else changes the project.
 * @throws ProjectError when somebody does
 */
export async function whileLocked<Result>(
  root: string,
  work: () => Promise<Result>,
): Promise<Result> {
  const state = resolvePaths().state;
  ensureOwnerFolder(state);
  const folder = join(state, 'project-locks');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, projectId(root));
  take(path);
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

function take(path: string): void {
  for (let tries = 0; tries < 2; tries += 1) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx', mode: 0o600 });
      return;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
      if (holderLives(path)) break;
      rmSync(path, { force: true });
    }
  }
  throw new ProjectError('another agentguard changes this project right now', 'wait for it to end');
}

function holderLives(path: string): boolean {
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    // Zero would ask about our own group.
    if (!Number.isInteger(pid) || pid <= 0) return false;
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}
