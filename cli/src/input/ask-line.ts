/** Asks for one line at a terminal. */

import { createInterface } from 'node:readline';

/** What was typed, without its line end; null when the input ended or was interrupted. */
export function askLine(prompt: string): Promise<string | null> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  return new Promise((resolve) => {
    lines.on('close', () => {
      resolve(null);
    });
    lines.on('SIGINT', () => {
      lines.close();
    });
    lines.question(prompt, (answer) => {
      resolve(answer);
      lines.close();
    });
  });
}
