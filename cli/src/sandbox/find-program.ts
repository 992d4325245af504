/** Which file a command means, as execvp(3) finds it. Part of the program inside a sandbox: loads nothing but `fs`. */

import { accessSync, closeSync, constants, openSync, readSync, statSync } from 'node:fs';

/** A file to run, or why there is none. */
export type FoundProgram =
  | {
      readonly kind: 'found';
      readonly path: string;
      /** Whether the shell has to read it: neither a program of the kernel's nor one that names its reader. */
      readonly script: boolean;
    }
  | { readonly kind: 'not-found' }
  | { readonly kind: 'not-executable' };

/** execvp(3): where is looked without a PATH. */
const DEFAULT_PATH = '/bin:/usr/bin';

/**
 * Finds the file.
 * @param path the variable PATH of the command; an empty part of it is the current folder
 */
export function findProgram(command: string, path: string | undefined): FoundProgram {
  if (command === '') return { kind: 'not-found' };
  if (command.includes('/')) return judge(command);
  let refused = false;
  for (const folder of (path ?? DEFAULT_PATH).split(':')) {
    const found = judge(`${folder === '' ? '.' : folder}/${command}`);
    if (found.kind === 'found') return found;
    if (found.kind === 'not-executable') refused = true;
  }
  return refused ? { kind: 'not-executable' } : { kind: 'not-found' };
}

function judge(path: string): FoundProgram {
  try {
    if (!statSync(path).isFile()) return { kind: 'not-executable' };
  } catch {
    return { kind: 'not-found' };
  }
  try {
    accessSync(path, constants.X_OK);
  } catch {
    return { kind: 'not-executable' };
  }
  return judgeStart(path, readStart(path));
}

/** The first bytes; empty for a program that may be run and not read, which only the kernel can judge. */
function readStart(path: string): Buffer {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return Buffer.alloc(0);
  }
  try {
    // BINPRM_BUF_SIZE of the kernel: longer first lines are cut there as well.
    const start = Buffer.alloc(256);
    return start.subarray(0, readSync(file, start, 0, start.length, 0));
  } finally {
    closeSync(file);
  }
}

function judgeStart(path: string, start: Buffer): FoundProgram {
  if (start.length === 0 || start.subarray(0, 4).equals(ELF)) {
    return { kind: 'found', path, script: start.length === 0 && isEmpty(path) };
  }
  const line = start.toString('latin1').split('\n')[0] ?? '';
  const reader = /^#![ \t]*([^ \t]+)/.exec(line)?.[1];
  if (reader === undefined) return { kind: 'found', path, script: true };
  return exists(reader) ? { kind: 'found', path, script: false } : { kind: 'not-found' };
}

/** elf(5). */
const ELF = Buffer.from([0x7f, 0x45, 0x4c, 0x46]);

function isEmpty(path: string): boolean {
  return statSync(path).size === 0;
}

function exists(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
