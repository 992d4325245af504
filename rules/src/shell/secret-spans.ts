/** Secrets that stand in a command line itself, so that it can be shown and recorded without them. */

import { looksSecret } from '../detect/looks-secret.ts';
import type { TextSpan } from '../facts/sql-facts.ts';

/** A user and a password in front of a host. */
const URL_PASSWORD = /\b[a-z][a-z0-9+.-]{0,30}:\/\/[^\s/?#@:'"]{0,200}:([^\s/?#@'"]{1,500})@/gi;

/** `NAME=value`, `--password=value`, `"name": "value"`, `Header: value`. */
const ASSIGNED =
  /(?<![\w-])([A-Za-z][\w-]{1,60})["']?\s{0,5}[=:]\s{0,5}["']?((?:Bearer |Basic |token )?[^\s"';&|(){},]{6,})/g;

/** `--token value`. */
const OPTION =
  /(?<![\w-])--([A-Za-z][\w-]{1,60})\s{1,5}["']?([^\s"';&|(){},-][^\s"';&|(){},]{5,})/g;

/** Keys by their shape alone, wherever they stand. */
const SHAPES =
  /\b(?:gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w.-]{15,}|sk-[\w-]{20,}|[sr]k_(?:live|test)_\w{10,}|xox[abeprs]-[\w-]{10,}|(?:AKIA|ASIA)[A-Z2-7]{16}|AIza[\w-]{30,}|npm_\w{30,}|eyJ[\w-]{10,2000}\.eyJ[\w-]{10,2000}\.[\w-]{10,2000}|hf_\w{20,}|sbp_[a-f0-9]{20,})/g;

/** `curl -u user:password`, `redis-cli -a password`, `mysql -ppassword`. */
const SHORT =
  /\s(?:-u\s*["']?[^\s:"']+:|(?<=redis-cli[^|;&]{0,200}\s)-a\s*["']?|(?<=mysql[^|;&]{0,200}\s)-p)([^\s"']+)/g;

/** Ranges to mask, in order, none over another. Masks too much rather than too little. */
export function findLineSecrets(text: string): readonly TextSpan[] {
  const spans: TextSpan[] = [];
  for (const pattern of [URL_PASSWORD, SHORT]) {
    for (const match of text.matchAll(pattern)) spans.push(spanOf(match, match[1] ?? ''));
  }
  for (const match of text.matchAll(SHAPES)) spans.push(spanOf(match, match[0]));
  for (const match of [...text.matchAll(ASSIGNED), ...text.matchAll(OPTION)]) {
    const value = match[2] ?? '';
    const bare = value.replace(/^(?:Bearer|Basic|token) /, '');
    if (looksSecret(match[1] ?? '', bare).kind === 'secret') spans.push(spanOf(match, value));
  }
  return withoutOverlap(spans);
}

function spanOf(match: RegExpMatchArray, value: string): TextSpan {
  const start = (match.index ?? 0) + match[0].length - value.length;
  const at = match[0].lastIndexOf(value);
  const from = at === -1 ? start : (match.index ?? 0) + at;
  return { start: from, end: from + value.length };
}

function withoutOverlap(spans: readonly TextSpan[]): readonly TextSpan[] {
  const kept: TextSpan[] = [];
  for (const span of [...spans].sort((a, b) => a.start - b.start || b.end - a.end)) {
    const last = kept.at(-1);
    if (last === undefined || span.start >= last.end) kept.push(span);
    else if (span.end > last.end) kept[kept.length - 1] = { start: last.start, end: span.end };
  }
  return kept;
}
