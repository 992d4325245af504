/**
 * Puts the folder of small scripts in front of the path that say early what a tool will run into. A courtesy: a session
 * is held by its gate and its sandbox, and a tool called by its full path meets them without these words.
 */

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Seen from the source and from the bundle. */
const CANDIDATES = ['../../shims', '../shims'];

/** The environment with the scripts in front; unchanged where they are not to be found. */
export function withShims(env: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const folder = findShims();
  if (folder === null || process.platform === 'win32') return env;
  const path = env['PATH'];
  return { ...env, PATH: path === undefined || path === '' ? folder : `${folder}:${path}` };
}

function findShims(): string | null {
  for (const candidate of CANDIDATES) {
    const folder = fileURLToPath(new URL(candidate, import.meta.url));
    if (existsSync(`${folder}/guarded-tool`)) return folder;
  }
  return null;
}
