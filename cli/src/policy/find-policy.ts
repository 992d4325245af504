/** Which policy file a person means: the one they name, the project's, or their own. */

import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { resolvePaths } from '@agentguard/daemon/control';
import { UsageError } from '../exit-code.ts';

const NAME = 'agentguard.yaml';

/** A policy file and its text. */
export interface FoundPolicy {
  /** Full path. */
  readonly path: string;
  readonly text: string;
  /** `person`: the file in the person's own config folder, which counts as it is. */
  readonly kind: 'person' | 'project';
}

/** Where the person's own file is. */
export function ownPolicyPath(): string {
  return join(resolvePaths().config, NAME);
}

/**
 * Finds and reads a file.
 * @param named what was typed; null looks in the working folder, in those above, and then for the person's own
 * @throws UsageError when there is none
 */
export function findPolicy(named: string | null): FoundPolicy {
  const path = named === null ? search(process.cwd()) : resolve(named);
  if (path === null || !existsSync(path)) {
    throw new UsageError(
      path === null ? `there is no ${NAME} here or above` : `there is no file ${path}`,
    );
  }
  const real = realpathSync(path);
  const own = ownPolicyPath();
  const isOwn = existsSync(own) && realpathSync(own) === real;
  return { path: real, text: readFileSync(real, 'utf8'), kind: isOwn ? 'person' : 'project' };
}

/** The file of the project that the working folder lies in; null when it has none. */
export function findProjectPolicy(): FoundPolicy | null {
  const path = searchAbove(process.cwd());
  if (path === null) return null;
  const found = findPolicy(path);
  return found.kind === 'project' ? found : null;
}

function search(folder: string): string | null {
  return searchAbove(folder) ?? (existsSync(ownPolicyPath()) ? ownPolicyPath() : null);
}

function searchAbove(folder: string): string | null {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, NAME))) return join(at, NAME);
    if (dirname(at) === at) return null;
  }
}
