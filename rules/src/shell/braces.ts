/** Brace expressions of a shell: `{a,b}` and `{1..3}`, on text that holds no quotes and no expansions. */

import { MAX_BRACE_WORDS } from './limits.ts';

/**
 * The words that one brace expression becomes.
 * @param text with its braces
 * @returns null when it cannot be told, or would be too many
 */
export function expandBraces(text: string): readonly string[] | null {
  if (/['"`$\\]/.test(text)) return null;
  const words = expand(text, 0);
  return words === null || words.length > MAX_BRACE_WORDS ? null : words;
}

function expand(text: string, depth: number): readonly string[] | null {
  if (depth > 8) return null;
  const open = text.indexOf('{');
  if (open === -1) return [text];
  const close = findClose(text, open);
  if (close === -1) return [text];
  const choices = splitChoices(text.slice(open + 1, close));
  if (choices === null) return null;
  const words: string[] = [];
  for (const choice of choices) {
    const rest = expand(text.slice(0, open) + choice + text.slice(close + 1), depth + 1);
    if (rest === null || words.length + rest.length > MAX_BRACE_WORDS) return null;
    words.push(...rest);
  }
  return words;
}

function findClose(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at += 1) {
    if (text[at] === '{') depth += 1;
    if (text[at] === '}') depth -= 1;
    if (depth === 0) return at;
  }
  return -1;
}

function splitChoices(inner: string): readonly string[] | null {
  const range = /^(-?\d{1,4})\.\.(-?\d{1,4})$/.exec(inner);
  if (range !== null) return countRange(Number(range[1]), Number(range[2]));
  const choices: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < inner.length; at += 1) {
    if (inner[at] === '{') depth += 1;
    if (inner[at] === '}') depth -= 1;
    if (inner[at] !== ',' || depth > 0) continue;
    choices.push(inner.slice(start, at));
    start = at + 1;
  }
  choices.push(inner.slice(start));
  return choices.length > 1 ? choices : null;
}

function countRange(from: number, to: number): readonly string[] | null {
  const length = Math.abs(to - from) + 1;
  if (length > MAX_BRACE_WORDS) return null;
  return Array.from({ length }, (_, index) => String(from + (to < from ? -index : index)));
}
