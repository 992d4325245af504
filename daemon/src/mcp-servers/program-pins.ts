/**
 * The files that a command line runs: the program, and the script that is its first argument. Hashed when a person
 * accepts them, and compared before every start. What an installer fetches at start-up is beyond this.
 */

import { createHash } from 'node:crypto';
import { accessSync, constants, createReadStream, realpathSync, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import type { ProgramPin } from './server-file.ts';

/** Arguments that are looked at for a script; options stand before it. */
const MAX_SCRIPT_POSITION = 8;

/** Where a program is; null when there is none. */
export function findExecutable(name: string, path: string, cwd: string): string | null {
  const candidates = name.includes('/')
    ? [resolve(cwd, name)]
    : path
        .split(delimiter)
        .filter((folder) => isAbsolute(folder))
        .map((folder) => join(folder, name));
  return candidates.find(isExecutable) ?? null;
}

/** Hashes what a command line runs. */
export async function pinPrograms(
  argv: readonly string[],
  { path, cwd }: { readonly path: string; readonly cwd: string },
): Promise<readonly ProgramPin[]> {
  const [name = '', ...args] = argv;
  const program = findExecutable(name, path, cwd);
  const script = args
    .slice(0, MAX_SCRIPT_POSITION)
    .map((arg) => resolve(cwd, arg))
    .find(isFile);
  const files = [program, script].flatMap((file) => (file == null ? [] : [realpathSync(file)]));
  return Promise.all([...new Set(files)].map(pinOf));
}

/** The first file that is not what was accepted; null when all are. */
export async function findChanged(pins: readonly ProgramPin[]): Promise<string | null> {
  for (const pin of pins) {
    if (stampOf(pin.path) === pin.stamp) continue;
    if ((await digestOf(pin.path)) !== pin.digest) return pin.path;
  }
  return null;
}

async function pinOf(path: string): Promise<ProgramPin> {
  const stamp = stampOf(path) ?? '';
  return { path, digest: (await digestOf(path)) ?? '', stamp };
}

/** Time of the last change of the inode: no program of the account can set it back. */
function stampOf(path: string): string | null {
  const stat = statSync(path, { throwIfNoEntry: false, bigint: true });
  return stat === undefined ? null : [stat.dev, stat.ino, stat.size, stat.ctimeNs].join(':');
}

async function digestOf(path: string): Promise<string | null> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
    return hash.digest('hex');
  } catch {
    return null;
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
