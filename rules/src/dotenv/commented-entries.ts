/**
 * Assignments that are commented out: `# DATABASE_URL=postgres://...`. No program reads them; whoever reads the file
 * does, so a secret in one is as open as in a live one.
 */

import type { DotenvDocument, DotenvEntry } from './dotenv-document.ts';
import { makeLineCounter } from './line-counter.ts';
import { parseDotenv } from './parse-dotenv.ts';

const COMMENT_LINE = /^[^\S\r\n]*#+[^\S\r\n]*([^\r\n]*)/gm;

/** Entries of comment lines, with offsets and lines of the whole text. */
export function readCommentedEntries(document: DotenvDocument): readonly DotenvEntry[] {
  const found: DotenvEntry[] = [];
  const lines = makeLineCounter(document.text);
  const isInsideValue = makeValueFinder(document);
  for (const match of document.text.matchAll(COMMENT_LINE)) {
    const body = match[1] ?? '';
    const from = match.index + match[0].length - body.length;
    if (isInsideValue(from)) continue;
    const parsed = parseDotenv(body);
    const entry = parsed.ok ? parsed.document.entries[0] : undefined;
    if (entry === undefined) continue;
    found.push({
      ...entry,
      start: entry.start + from,
      end: entry.end + from,
      line: lines(from),
    });
  }
  return found;
}

/** Whether an offset is inside a value: a line of a multi-line value may begin with `#`. Offsets only go up. */
function makeValueFinder({ entries }: DotenvDocument): (at: number) => boolean {
  let next = 0;
  return (at) => {
    while ((entries[next]?.end ?? Infinity) < at) next += 1;
    const entry = entries[next];
    return entry !== undefined && entry.start <= at;
  };
}
