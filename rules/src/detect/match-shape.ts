/** Walks a shape over bytes: forwards or backwards, once, with no second try. */

import type { ByteSet } from './byte-set.ts';
import type { ShapeItem } from './shape.ts';

/** The bytes at hand. `final` says that nothing follows them; nothing before `start` may be looked at. */
export interface ByteView {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly final: boolean;
  /**
   * Runs of sets that were walked before, so that a text of nothing but beginnings is walked once and not once for each.
   * Left out where one look is all.
   */
  readonly runs?: Map<ByteSet, Run>;
}

/** Bytes of one set side by side; `end` is the first that is none of it. */
export interface Run {
  from: number;
  end: number;
}

/** It does not match. */
export const NO_MATCH = -1;
/** It may match when more bytes have come. */
export const NEEDS_MORE = -2;

/** Matches forwards. @returns where the match ends, or one of the two answers above */
export function matchForward(items: readonly ShapeItem[], view: ByteView, from: number): number {
  let at = from;
  for (const item of items) {
    at = item.kind === 'set' ? takeForward(item, view, at) : chooseForward(item, view, at);
    if (at < 0) return at;
  }
  return at;
}

function takeForward(
  { set, min, max }: Extract<ShapeItem, { kind: 'set' }>,
  view: ByteView,
  from: number,
): number {
  const run = max < MIN_REMEMBERED ? walk(set, view, { from, max }) : endOfRun(set, view, from);
  const at = Math.min(run, from + max);
  if (at >= view.end && at < from + max && !view.final) return NEEDS_MORE;
  return at - from < min ? NO_MATCH : at;
}

/** Short repetitions are walked faster than remembered. */
const MIN_REMEMBERED = 32;

function walk(
  set: ByteSet,
  { bytes, end }: ByteView,
  { from, max }: { readonly from: number; readonly max: number },
): number {
  const limit = Math.min(end, from + max);
  let at = from;
  while (at < limit && set[bytes[at] ?? 0] === 1) at += 1;
  return at;
}

/** The first byte from a place on that is not in the set; the end of what is at hand where there is none. */
export function endOfRun(set: ByteSet, view: ByteView, from: number): number {
  const known = view.runs?.get(set);
  if (known !== undefined && known.from <= from && from <= known.end) return known.end;
  const end = walk(set, view, { from, max: Number.POSITIVE_INFINITY });
  if (known === undefined) view.runs?.set(set, { from, end });
  else [known.from, known.end] = [from, end];
  return end;
}

function chooseForward(
  { options, optional }: Extract<ShapeItem, { kind: 'choice' }>,
  view: ByteView,
  from: number,
): number {
  if (from >= view.end && !view.final) return NEEDS_MORE;
  const byte = view.bytes[from] ?? 0;
  const option = from < view.end ? options.find((one) => mayBegin(one, byte)) : undefined;
  if (option === undefined) return optional ? from : NO_MATCH;
  return matchForward(option, view, from);
}

function mayBegin(items: readonly ShapeItem[], byte: number): boolean {
  for (const item of items) {
    if (item.kind === 'set') {
      if (item.set[byte] === 1) return true;
      if (item.min > 0) return false;
    } else {
      if (item.options.some((option) => mayBegin(option, byte))) return true;
      if (!item.optional) return false;
    }
  }
  return false;
}

/**
 * Matches backwards.
 * @param items last one first, as a shape keeps what stands before its literal
 * @param to where the literal begins
 * @returns where the match begins, or NO_MATCH
 */
export function matchBackward(items: readonly ShapeItem[], view: ByteView, to: number): number {
  let at = to;
  for (const item of items) {
    at = item.kind === 'set' ? takeBackward(item, view, at) : chooseBackward(item, view, at);
    if (at < 0) return NO_MATCH;
  }
  return at;
}

function takeBackward(
  { set, min, max }: Extract<ShapeItem, { kind: 'set' }>,
  { bytes, start }: ByteView,
  to: number,
): number {
  let at = to;
  const limit = Math.max(start, to - max);
  while (at > limit && set[bytes[at - 1] ?? 0] === 1) at -= 1;
  return to - at < min ? NO_MATCH : at;
}

function chooseBackward(
  { options, optional }: Extract<ShapeItem, { kind: 'choice' }>,
  view: ByteView,
  to: number,
): number {
  const byte = to > view.start ? (view.bytes[to - 1] ?? 0) : null;
  const option = byte === null ? undefined : options.find((one) => mayBegin(one, byte));
  if (option === undefined) return optional ? to : NO_MATCH;
  return matchBackward(option, view, to);
}
