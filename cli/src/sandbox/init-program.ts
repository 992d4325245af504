/** Where the first program inside a sandbox lies: beside the bundle, or among the sources. */

import { join } from 'node:path';

/** What starts it. */
export interface InitProgram {
  readonly program: string;
  readonly script: readonly string[];
  /** What must be seen inside for that. */
  readonly files: readonly string[];
}

/** The Node that runs us runs it too. */
export function initProgram(): InitProgram {
  const isSource = import.meta.filename.endsWith('.ts');
  const file = join(import.meta.dirname, isSource ? 'init.ts' : 'sandbox-init.js');
  return {
    program: process.execPath,
    script: ['--disable-warning=ExperimentalWarning', file],
    files: [process.execPath, import.meta.dirname],
  };
}
