/** Where PostgreSQL's programs are: major 18 comes with us, others as the system has them. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { EMBEDDED_MAJOR, embeddedBinaries } from '@agentguard/cli/demo-server';
import type { RunAs } from '@agentguard/cli/demo-server';

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
  if (major === EMBEDDED_MAJOR) return embeddedBinaries(runAs);
  const folder = systemFolder(major);
  if (folder === undefined) throw new Error(`PostgreSQL ${major} is not installed`);
  return folder;
}

function systemFolder(major: number): string | undefined {
  return SYSTEM_FOLDERS.map((folder) => folder(major)).find((folder) =>
    existsSync(join(folder, 'initdb')),
  );
}
