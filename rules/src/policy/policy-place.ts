/** Where in the text of a policy file a thing stands, and what is wrong with it. */

import { isMap, isScalar } from 'yaml';
import type { Document, LineCounter } from 'yaml';

/** The place of a problem counts lines and columns from 1. */
export interface PolicyProblem {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** A file's tree and its lines. */
export interface PolicyText {
  readonly document: Document;
  readonly lines: LineCounter;
}

/** What a problem is about: the value at a path, or a key of the map there. */
export interface Spot {
  readonly path: readonly PropertyKey[];
  /** The key that is wrong in that map. */
  readonly key?: string | undefined;
  /** How far into the text at that path, when it is text. */
  readonly offset?: number | undefined;
}

/** A problem with the place of its spot; of the nearest thing around it when it has no place of its own. */
export function problemAt(text: PolicyText, spot: Spot, message: string): PolicyProblem {
  const { line, col } = text.lines.linePos(offsetOf(text.document, spot) + within(text, spot));
  return { line, column: col, message };
}

/** A text in one line stands as it is read, after its quote; of one that was folded only the beginning is known. */
function within({ document }: PolicyText, { path, offset }: Spot): number {
  const node = document.getIn(path, true);
  if (offset === undefined || !isScalar(node) || typeof node.source !== 'string') return 0;
  const plain = node.type === 'PLAIN' && !/[\r\n]/.test(node.source);
  const quoted = node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE';
  if (plain) return offset;
  return quoted && node.source === node.value ? offset + 1 : 0;
}

function offsetOf(document: Document, { path, key }: Spot): number {
  const node = path.length === 0 ? document.contents : document.getIn(path, true);
  if (key !== undefined && isMap(node)) {
    const pair = node.items.find((item) => isScalar(item.key) && item.key.value === key);
    if (pair !== undefined && isScalar(pair.key)) return pair.key.range?.[0] ?? 0;
  }
  if (node !== null && typeof node === 'object' && 'range' in node) {
    const { range } = node as { range?: readonly number[] | null };
    if (range?.[0] !== undefined) return range[0];
  }
  return path.length === 0 ? 0 : offsetOf(document, { path: path.slice(0, -1) });
}
