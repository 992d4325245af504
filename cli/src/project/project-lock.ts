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
      writeFileSync(path, `${process.pid} ${startOf(process.pid)}`, { flag: 'wx', mode: 0o600 });
      return;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
      if (holderLives(path)) break;
      rmSync(path, { force: true });
    }
  }
  throw new ProjectError('another agentguard changes this project right now', 'wait for it to end');
}

/** A number that another process has by now is nobody's lock. */
function holderLives(path: string): boolean {
  try {
    const [pid = '', started = ''] = readFileSync(path, 'utf8').split(' ');
    // Zero would ask about our own group.
    if (!/^[1-9]\d*$/.test(pid)) return false;
    process.kill(Number(pid), 0);
    return startOf(Number(pid)) === started;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** When a process began, in ticks since the start of the machine (proc(5), field 22); empty where that is not told. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name in parentheses may hold anything; what comes behind the last one has a fixed place.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
