/**
 * A command line to its tree, by a parser that is kept for this: splitting by hand is how such layers are fooled.
 * Bounded before the parser sees it, because its time grows with the square of the nesting.
 */

import { parse } from 'unbash';
import type { ParsedScript } from 'unbash';
import { MAX_COMMAND_CHARACTERS, MAX_NESTING, MAX_OPENERS } from './limits.ts';

/** The tree, or why there is none. */
export type ParsedLine =
  | { readonly ok: true; readonly script: ParsedScript }
  | { readonly ok: false; readonly why: string };

/** Parses a line as bash reads it. Never throws. */
export function parseLine(text: string): ParsedLine {
  if (text.length > MAX_COMMAND_CHARACTERS) return { ok: false, why: 'it is too long' };
  const { deepest, openers } = countOpeners(text);
  if (deepest > MAX_NESTING || openers > MAX_OPENERS) {
    return { ok: false, why: 'it is nested too deeply' };
  }
  try {
    const script = parse(text);
    const [problem] = script.errors ?? [];
    if (problem !== undefined) return { ok: false, why: `bash cannot read it: ${problem.message}` };
    return { ok: true, script };
  } catch {
    // The parser says that it recovers from everything; one that does not is no reason to pass anything.
    return { ok: false, why: 'it cannot be read' };
  }
}

/** Counts what makes the parser start anew, quoted or not: too many is a reason to ask, not to be exact. */
function countOpeners(text: string): { readonly deepest: number; readonly openers: number } {
  let depth = 0;
  let deepest = 0;
  let openers = 0;
  for (const [found] of text.matchAll(/\$\(|\$\{|[<>]\(|<<|`|[()}]/g)) {
    if (found === ')' || found === '}') depth = Math.max(0, depth - 1);
    else if (found === '<<' || found === '`') openers += 1;
    else {
      depth += 1;
      openers += found === '(' ? 0 : 1;
      deepest = Math.max(deepest, depth);
    }
  }
  return { deepest, openers };
}
