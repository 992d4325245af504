/** Signals that are sent to `run` and meant for the command. */

import { constants } from 'node:os';

/** Sent to us, meant for the command. SIGUSR1 is here also because Node would open a debugger on it. */
const FORWARDED = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const;

/** A terminal sends these to the whole group, the command included; ours is only not to die of them. */
const FROM_TERMINAL = ['SIGINT', 'SIGQUIT'] as const;

/** POSIX shells, section 2.8.2. */
const SIGNAL_BASE = 128;

/**
 * Takes over what is sent to this process.
 * @param send passes a signal on to the command
 * @returns gives the signals back
 */
export function takeOverSignals(send: (signal: NodeJS.Signals) => void): () => void {
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

/** How a shell says that a process ended. */
export function toShellCode(code: number | null, signal: NodeJS.Signals | null): number {
  return code ?? SIGNAL_BASE + (signal === null ? 0 : constants.signals[signal]);
}
