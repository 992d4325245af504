/**
 * Other places in a project where a moved value stands: source files, compose files, notes. They are named and never
 * changed: what a value means there is not known here. Bounded, and says when a bound was reached.
 */

import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { SKIPPED_FOLDERS } from './find-env-files.ts';
import { readProjectFile } from './read-project-file.ts';
import type { LeftAlone, Site } from './site.ts';

/** Shorter values stand in files by chance. */
const MIN_LENGTH = 8;

/** Text files that people write are shorter; what is longer is data. */
const MAX_FILE_BYTES = 1024 * 1024;

/** Bounds of a look that takes seconds at most. */
const MAX_FILES = 20_000;
const MAX_TOTAL_BYTES = 128 * 1024 * 1024;
const MAX_DEPTH = 12;

/** A password between the user and the host of an address. */
const PASSWORD_IN_ADDRESS = /^[a-z][a-z0-9+.-]*:\/\/[^\s/?#@:]*:([^\s/?#@]+)@/i;

interface Needle {
  readonly text: string;
  readonly name: string;
}

/** Looks for the values of sites in the files of a project that hold none of the sites. */
export function findCopies(root: string, sites: readonly Site[]): readonly LeftAlone[] {
  const needles = toNeedles(sites);
  if (needles.length === 0) return [];
  const own = new Set(sites.map(({ file }) => file.path));
  const found: LeftAlone[] = [];
  let files = 0;
  let bytes = 0;
  for (const path of walk(root, 0)) {
    if (own.has(path)) continue;
    if (files >= MAX_FILES || bytes >= MAX_TOTAL_BYTES) {
      const why = 'not every file was searched for copies of the values';
      return [...found, { path: '.', line: null, name: null, why }];
    }
    const read = readProjectFile(path, relative(root, path), MAX_FILE_BYTES);
    files += 1;
    if (read.kind !== 'file') continue;
    const text = read.file.content.unsafeReveal();
    bytes += text.length;
    found.push(...findIn(text, read.file.shown, needles));
  }
  return found;
}

function toNeedles(sites: readonly Site[]): readonly Needle[] {
  const needles = sites.map(({ name, value }) => {
    const text = value.unsafeReveal();
    return { name, text: PASSWORD_IN_ADDRESS.exec(text)?.[1] ?? text };
  });
  const long = needles.filter(({ text }) => text.length >= MIN_LENGTH);
  // The first name of a value is the one that is said.
  return [...new Map(long.toReversed().map((needle) => [needle.text, needle])).values()];
}

function findIn(text: string, shown: string, needles: readonly Needle[]): readonly LeftAlone[] {
  return needles.flatMap(({ text: value, name }) => {
    const at = text.indexOf(value);
    if (at === -1) return [];
    const line = text.slice(0, at).split(/\r\n|\r|\n/).length;
    return [{ path: shown, line, name, why: 'its value stands here too; take it out by hand' }];
  });
}

function* walk(folder: string, depth: number): Generator<string> {
  for (const entry of readFolder(folder)) {
    const path = join(folder, entry.name);
    if (entry.isFile()) yield path;
    else if (entry.isDirectory() && depth < MAX_DEPTH && !SKIPPED_FOLDERS.has(entry.name)) {
      yield* walk(path, depth + 1);
    }
  }
}

function readFolder(folder: string): ReturnType<typeof readEntries> {
  try {
    return readEntries(folder);
  } catch {
    // Named already by the search for files of settings.
    return [];
  }
}

function readEntries(folder: string): readonly {
  readonly name: string;
  isFile(): boolean;
  isDirectory(): boolean;
}[] {
  return readdirSync(folder, { withFileTypes: true });
}
