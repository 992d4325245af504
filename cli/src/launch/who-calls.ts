/**
 * Who starts what, for the record: the person's name in git, the branch, the version of the agent. Told by the person's own
 * files, so it says what they say and proves nothing; what cannot be found out quickly is left out.
 */

import { execFile } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { findProgram } from '../sandbox/find-program.ts';
import { findGit } from './find-git.ts';

/** What was found; null for what was not. */
export interface CallerDescription {
  readonly gitIdentity: string | null;
  readonly branch: string | null;
  readonly agentVersion: string | null;
}

/** git answers in 5 ms; nobody waits longer for a name. */
const GIT_TIMEOUT_MS = 500;

/** As much as the record takes of each. */
const MAX_LENGTH = 200;

/** Folders above a program in which its package may be described. */
const MAX_LEVELS = 6;

/** Finds out what can be found out, all at once. */
export async function describeCaller(
  command: string,
  folder: string,
  path: string | undefined,
): Promise<CallerDescription> {
  const [settings, branch] = await Promise.all([
    askGit(folder, ['config', '-z', '--get-regexp', '^user\\.(name|email)$']),
    askGit(folder, ['symbolic-ref', '--short', '-q', 'HEAD']),
  ]);
  return {
    gitIdentity: settings === null ? null : toIdentity(settings),
    branch: branch === null ? null : toLine(branch),
    agentVersion: findVersion(command, path),
  };
}

/** What `git config -z` answers: `key LF value NUL`, the one that counts last. */
function toIdentity(settings: string): string | null {
  const values = new Map<string, string>();
  for (const setting of settings.split('\0')) {
    const end = setting.indexOf('\n');
    if (end !== -1) values.set(setting.slice(0, end), setting.slice(end + 1));
  }
  const name = toLine(values.get('user.name') ?? '');
  const email = toLine(values.get('user.email') ?? '');
  const parts = [name, email === null ? null : `<${email}>`].filter((part) => part !== null);
  return parts.length === 0 ? null : parts.join(' ').slice(0, MAX_LENGTH);
}

/** The first line, as far as the record takes it; null when there is nothing in it. */
function toLine(text: string): string | null {
  const [line = ''] = text.split('\n');
  return line.trim() === '' ? null : line.trim().slice(0, MAX_LENGTH);
}

async function askGit(folder: string, args: readonly string[]): Promise<string | null> {
  const git = findGit();
  if (git === null) return null;
  try {
    // Optional locks would write into a repository that is only looked at.
    const { stdout } = await promisify(execFile)(git, ['--no-optional-locks', ...args], {
      cwd: folder,
      timeout: GIT_TIMEOUT_MS,
    });
    return stdout;
  } catch {
    // No git, no repository, no such setting.
    return null;
  }
}

/** The version in the package that a program belongs to. Asking the program itself would start it unguarded. */
function findVersion(command: string, path: string | undefined): string | null {
  const found = findProgram(command, path);
  if (found.kind !== 'found') return null;
  try {
    return versionAbove(dirname(realpathSync(found.path)));
  } catch {
    return null;
  }
}

function versionAbove(start: string): string | null {
  let folder = start;
  for (let level = 0; level < MAX_LEVELS; level += 1) {
    const version = versionIn(folder);
    if (version !== null) return version;
    folder = dirname(folder);
  }
  return null;
}

function versionIn(folder: string): string | null {
  try {
    const described: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const version: unknown =
      typeof described === 'object' && described !== null && 'version' in described
        ? described.version
        : null;
    return typeof version === 'string' ? version.slice(0, MAX_LENGTH) : null;
  } catch {
    return null;
  }
}
