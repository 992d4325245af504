/** Reads the settings of a scan from the root of a project. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ScanError } from './scan-error.ts';

/** Gives a file of the root as text; null when it is not there. */
export type ReadRoot = (name: string) => string | null;

/** Reads the files of a folder as they lie there. */
export function readFolder(root: string): ReadRoot {
  return (name) => {
    try {
      return readFileSync(join(root, name), 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
      throw new ScanError(`\`${name}\` cannot be read`, undefined, error);
    }
  };
}
