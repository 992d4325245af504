/** Reads answers at a terminal, a line each: `approve ID WORD` or `deny ID note`. Nothing shorter is an answer. */

import { createInterface } from 'node:readline';
import { printNote } from '../output/print.ts';

/** A line that is an answer. */
export interface TypedAnswer {
  readonly verdict: 'approve' | 'deny';
  readonly id: string;
  /** The confirming word or the note; null when nothing follows. */
  readonly rest: string | null;
}

/** Takes a line apart; null for everything that is no answer. */
export function parseAnswer(line: string): TypedAnswer | null {
  const match = /^\s*(approve|deny)\s+(\S+)(?:\s+(\S.*?))?\s*$/.exec(line);
  if (match?.[2] === undefined) return null;
  return {
    verdict: match[1] === 'approve' ? 'approve' : 'deny',
    id: match[2],
    rest: match[3] ?? null,
  };
}

/** Tells of each answer that is typed, until the terminal ends. */
export function watchAnswers(take: (answer: TypedAnswer) => void): void {
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    if (line.trim() === '') return;
    const answer = parseAnswer(line);
    if (answer === null) printNote('type approve or deny, the id, and the word where one is asked');
    else take(answer);
  });
}
