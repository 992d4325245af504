/** Rows of words under headings, as wide as they need to be. Cuts nothing. */

import { makeVisible } from './visible.ts';

/** Lays out rows under headings. Line breaks inside a cell become visible, so that a row stays a row. */
export function toTable(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const cells = [headings, ...rows.map((row) => row.map(toCell))];
  const widths = headings.map((_, column) =>
    Math.max(...cells.map((row) => (row[column] ?? '').length)),
  );
  return cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function toCell(text: string): string {
  return makeVisible(text).text.replaceAll('\n', '<LF>');
}
