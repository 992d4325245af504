/**
 * The guarded command as a child that feels as if it had been started by the shell itself:
 * the same terminal, the same process group, its own exit code.
 */

import { spawn } from 'node:child_process';
import { constants } from 'node:os';

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
const SIGNAL_BASE = 128;

/** Sent to us, meant for the command. SIGUSR1 is here also because Node would open a debugger on it. */
const FORWARDED = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const;

/** A terminal sends these to the whole group, the command included; ours is only not to die of them. */
const FROM_TERMINAL = ['SIGINT', 'SIGQUIT'] as const;

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
      if (child.pid === undefined) resolve(toStartFailure(command, error));
    });
    child.on('exit', (code, signal) => {
      resolve({ code: code ?? SIGNAL_BASE + signalNumber(signal), problem: null });
    });
  });
  return { pid: child.pid, end: end.finally(release) };
}

function takeOverSignals(send: (signal: NodeJS.Signals) => void): () => void {
  // With no terminal anywhere near, an interrupt was sent to us alone and is passed on.
  const detached = ![process.stdin, process.stdout, process.stderr].some((stream) => stream.isTTY);
  const forwarded: readonly NodeJS.Signals[] = detached
    ? [...FORWARDED, ...FROM_TERMINAL]
    : FORWARDED;
  const ignored: readonly NodeJS.Signals[] = detached ? [] : FROM_TERMINAL;
  const ignore = (): void => undefined;
  for (const signal of forwarded) process.on(signal, send);
  for (const signal of ignored) process.on(signal, ignore);
  return () => {
    for (const signal of forwarded) process.removeListener(signal, send);
    for (const signal of ignored) process.removeListener(signal, ignore);
  };
}

function toStartFailure(command: string, error: NodeJS.ErrnoException): ChildEnd {
  if (error.code === 'ENOENT') {
    return { code: NOT_FOUND, problem: `\`${command}\` is not a command here` };
  }
  return { code: NOT_EXECUTABLE, problem: `\`${command}\` cannot be executed` };
}

function signalNumber(signal: NodeJS.Signals | null): number {
  return signal === null ? 0 : constants.signals[signal];
}
