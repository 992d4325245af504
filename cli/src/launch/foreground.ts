/**
 * Keeps the terminal for whoever had it. A shell with job control gives the terminal back at its end, and inside a
 * sandbox it cannot: the process group it should give it to has no number there.
 */

import { constants } from 'node:os';

/** signal(2): SIG_DFL and SIG_IGN. */
const DEFAULT = 0;
const IGNORE = 1;

const STDIN = 0;

/** Remembers who is in the foreground. The returned function puts them there again; it does nothing without need. */
export async function rememberForeground(): Promise<() => void> {
  if (!process.stdin.isTTY || process.platform === 'win32') return () => undefined;
  // Loaded here, since it takes milliseconds that a pipe does not need.
  const { default: koffi } = await import('koffi');
  const library = koffi.load(null);
  const tcgetpgrp = library.func('int tcgetpgrp(int)');
  const tcsetpgrp = library.func('int tcsetpgrp(int, int)');
  const signal = library.func('intptr_t signal(int, intptr_t)');
  const before: unknown = tcgetpgrp(STDIN);
  return () => {
    if (tcgetpgrp(STDIN) === before) return;
    // From the background, asking for the terminal stops whoever does not ignore this.
    signal(constants.signals.SIGTTOU, IGNORE);
    tcsetpgrp(STDIN, before);
    signal(constants.signals.SIGTTOU, DEFAULT);
  };
}
