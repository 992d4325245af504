/**
 * The guarded command as a child that feels as if it had been started by the shell itself:
 * the same terminal, the same process group, its own exit code.
 */

import { spawn } from 'node:child_process';
import { takeOverSignals, toShellCode } from './signals.ts';

/** How the command ended, as a shell would say it. */
export interface ChildEnd {
  /** Its exit code; 128 + n for signal n; 127 not found, 126 not executable. */
  readonly code: number;
  /** Why it did not start; null when it did. */
  readonly problem: string | null;
}

/** POSIX shells, section 2.8.2: what a command that cannot be run exits with. */
const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;

/** A command that was started, or could not be. */
export interface Child {
  readonly pid: number | undefined;
  readonly end: Promise<ChildEnd>;
}

/** Starts the command. Signals are taken over from here until its end. */
export function startChild(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Child {
  // Taken over first: a signal that came between the two would end us and leave the command behind.
  const release = takeOverSignals((signal) => child.kill(signal));
  const child = spawn(command, args, { stdio: 'inherit', env });
  const end = new Promise<ChildEnd>((resolve) => {
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (child.pid === undefined) resolve(startFailure(command, error.code === 'ENOENT'));
    });
    child.on('exit', (code, signal) => {
      resolve({ code: toShellCode(code, signal), problem: null });
    });
  });
  return { pid: child.pid, end: end.finally(release) };
}

/** The end of a command that could not be started. */
export function startFailure(command: string, isMissing: boolean): ChildEnd {
  return isMissing
    ? { code: NOT_FOUND, problem: `\`${command}\` is not a command here` }
    : { code: NOT_EXECUTABLE, problem: `\`${command}\` cannot be executed` };
}
