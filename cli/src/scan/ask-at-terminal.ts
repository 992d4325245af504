/** Asks the person at the terminal of a hook, whose standard input is not theirs. */

import { closeSync, openSync, readSync, writeSync } from 'node:fs';

const MAX_ANSWER_BYTES = 500;

/** A terminal that can be asked. */
export interface Terminal {
  ask(question: string): string;
  close(): void;
}

/** Null where nobody sits: in CI, in an editor, in a pipe. */
export function openTerminal(): Terminal | null {
  if (process.platform === 'win32' || process.env['CI'] !== undefined) return null;
  let handle: number;
  try {
    handle = openSync('/dev/tty', 'r+');
  } catch {
    // No terminal belongs to this process.
    return null;
  }
  return {
    ask: (question) => {
      writeSync(handle, question);
      const answer = Buffer.alloc(MAX_ANSWER_BYTES);
      const count = readSync(handle, answer, 0, answer.length, null);
      return answer.toString('utf8', 0, count).trim();
    },
    close: () => {
      closeSync(handle);
    },
  };
}
