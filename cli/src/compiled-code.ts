/**
 * Keeps the compiled form of our own programs, so that a command need not compile them again at each start.
 * SECURITY: the folder belongs to the guard and only its owner can write there, since what lies in it is run.
 */

import { existsSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { resolvePaths } from '@agentguard/daemon/control/paths';

/** Turns it on where the guard has its folders already; a first start goes without. Never fails. */
export function keepCompiledCode(): void {
  const { state, compiled } = resolvePaths();
  if (existsSync(state)) enableCompileCache(compiled);
}
