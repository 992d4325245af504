/** Puts new text in the place of some pieces of a text. Everything else stays, byte for byte. */

/** A piece of a text and what comes in its place. Offsets count UTF-16 units. */
export interface SpanEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * Applies edits that do not overlap, in any order.
 * @throws RangeError when two overlap or one reaches out of the text: the result would be nobody's intention
 */
export function replaceSpans(text: string, edits: readonly SpanEdit[]): string {
  const pieces: string[] = [];
  let at = 0;
  for (const edit of [...edits].sort((left, right) => left.start - right.start)) {
    if (edit.start < at || edit.end < edit.start || edit.end > text.length) {
      throw new RangeError('edits overlap or reach out of the text');
    }
    pieces.push(text.slice(at, edit.start), edit.text);
    at = edit.end;
  }
  return [...pieces, text.slice(at)].join('');
}
