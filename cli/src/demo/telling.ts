/** How the demo says what it saw. */

import { printAnswer } from '../output/print.ts';
import { makeVisible } from '../output/visible.ts';
import type { Finished } from './own-command.ts';

/** A command of the demo that fails ends it: nothing after it would mean anything. */
export function succeed({ code, stderr }: Finished): void {
  if (code !== 0) throw new Error(`a command of the demo failed: ${stderr.trim()}`);
}

export function printIndented(text: string): void {
  for (const line of text.trimEnd().split('\n')) printAnswer(`  ${makeVisible(line).text}`);
}

export function describeCounts(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([table, rows]) => `${rows} ${table}`)
    .join(', ');
}
