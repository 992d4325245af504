/** Prints tables that can be pasted into a document. Nothing here measures. */

import type { Spread } from './statistics.ts';

/** Prints rows as a Markdown table; the first row is its head. */
export function printTable(rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const [head = [], ...body] = rows.map((row) =>
    row.map((cell, at) => cell.padEnd(widths[at] ?? 0)),
  );
  const rule = widths.map((width) => '-'.repeat(width));
  const lines = [head, rule, ...body].map((row) => `| ${row.join(' | ')} |`);
  print(`${lines.join('\n')}\n`);
}

/** Prints a line. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** `median (min to max)` with so many digits behind the point. */
export function showSpread(spread: Spread, digits: number): string {
  const [min, median, max] = [spread.min, spread.median, spread.max].map((value) =>
    value.toFixed(digits),
  );
  return `${median ?? ''} (${min ?? ''} to ${max ?? ''})`;
}

/** Whole numbers with blanks between thousands. */
export function showCount(count: number): string {
  return Math.round(count)
    .toString()
    .replaceAll(/\B(?=(\d{3})+$)/g, ' ');
}
