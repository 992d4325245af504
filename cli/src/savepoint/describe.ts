/** Save points and their differences as a person reads them. */

import { makeVisible } from '../output/visible.ts';
import { entryOf } from './compare.ts';
import type { Counts, Difference } from './compare.ts';
import { toPathText, unsafeRawPath } from './raw-path.ts';
import type { RefChange } from './restore-repository.ts';
import type { Miss, SavePoint } from './save-point.ts';

/** What could not be saved although it may be somebody's work; ignored folders are left out on purpose. */
export function seriousMisses(point: SavePoint): number {
  return point.misses.filter(isSerious).length + point.moreMisses;
}

export function isSerious({ reason }: Miss): boolean {
  return reason !== 'an ignored folder' && reason !== 'a rebuildable folder';
}

/** A path on one line, with nothing in it that a terminal would act on. */
export function showPath(path: string): string {
  return makeVisible(toPathText(unsafeRawPath(path))).text.replaceAll('\n', '<LF>');
}

/** `2 missing, 1 changed`; `nothing` when all is as it was. */
export function describeCounts(counts: Counts): string {
  const parts = [
    [counts.missing, 'missing'],
    [counts.changed, 'changed'],
    [counts.mode, 'with other permissions'],
    [counts.new, 'new'],
  ] as const;
  const said = parts.filter(([number]) => number > 0).map(([number, what]) => `${number} ${what}`);
  return said.length === 0 ? 'nothing' : said.join(', ');
}

/** A line per difference. Folders are named only when they hold nothing that is. */
export function describeDifferences(differences: readonly Difference[]): readonly string[] {
  const files = differences.filter((one) => entryOf(one).kind !== 'folder');
  const folders = differences.filter((one) => {
    const { kind, path } = entryOf(one);
    return kind === 'folder' && !files.some((file) => entryOf(file).path.startsWith(`${path}/`));
  });
  return [...files, ...folders].map((one) => describeOne(one));
}

function describeOne(one: Difference): string {
  const entry = entryOf(one);
  const path = `${showPath(entry.path)}${entry.kind === 'folder' ? '/' : ''}`;
  switch (one.kind) {
    case 'missing':
      return `missing  ${path}`;
    case 'changed':
      return `changed  ${path}  (${describeChange(one)})`;
    case 'mode':
      return `mode     ${path}  (${octal(one.saved.mode)}, now ${octal(one.now.mode)})`;
    case 'new':
      return `new      ${path}`;
  }
}

function describeChange(one: Extract<Difference, { kind: 'changed' }>): string {
  const { saved, now } = one;
  if (saved.kind !== now.kind) return `a ${saved.kind}, now a ${now.kind}`;
  return `${saved.size} bytes, now ${now.size}`;
}

function octal(mode: number): string {
  return mode.toString(8).padStart(3, '0');
}

/** A line per ref. */
export function describeRefs(changes: readonly RefChange[]): readonly string[] {
  return changes.map(({ name, now, saved }) => {
    const there = now === null ? 'gone' : `now ${shorten(now)}`;
    return `ref      ${makeVisible(name).text}  (${shorten(saved)}, ${there})`;
  });
}

function shorten(id: string): string {
  const text = /^[0-9a-f]{40,}$/.test(id) ? id.slice(0, 12) : id.replace(/^ref: /, '');
  return makeVisible(text).text;
}

/** A line per thing that is not in the save point. */
export function describeMisses(point: SavePoint): readonly string[] {
  const lines = point.misses.map(({ path, reason, size }) => {
    const bytes = size === null ? '' : `, ${size} bytes`;
    return `not saved  ${showPath(path)}  (${reason}${bytes})`;
  });
  return point.moreMisses === 0 ? lines : [...lines, `not saved  ${point.moreMisses} more`];
}
