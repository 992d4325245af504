/**
 * Keeps a second copy of a repository's objects outside of the workspace, by copying its object files: no git runs in
 * the repository, and `rm -rf .git` leaves the copy alone.
 * SECURITY: what appears after the first copy is checked against its own name before it is taken, so that an agent
 * cannot slip in an object that stands in for an older one.
 */

import { createHash } from 'node:crypto';
import {
  constants,
  copyFileSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { inflateSync } from 'node:zlib';
import { runGit } from './git-command.ts';
import type { Repository } from './repository.ts';

/** What became of the history. */
export interface MirrorResult {
  /** `copied`: on its own. `linked`: shares its packs with the repository. `referred`: gone when `.git` is gone. */
  readonly kind: 'copied' | 'linked' | 'referred';
  /** Bytes that this save added. */
  readonly addedBytes: number;
  /** Object files that were refused or could not be read. */
  readonly refused: number;
}

export interface MirrorOptions {
  readonly repository: Repository;
  /** Our own bare repository. */
  readonly store: string;
  readonly maxCopyBytes: number;
  /** Where half-copied files stand. */
  readonly scratch: string;
}

interface PackFile {
  readonly base: string;
  readonly bytes: number;
}

const FAN_OUT = /^[0-9a-f]{2}$/;
const LOOSE_NAME = /^(?:[0-9a-f]{38}|[0-9a-f]{62})$/;
const PACK_NAME = /^(pack-[0-9a-f]{40,64})\.pack$/;

/** A larger loose object is a file that was over every budget anyway. */
const MAX_LOOSE_BYTES = 128 * 1024 * 1024;

/** Git may repack between our two looks; what was loose is then in a new pack. */
const ATTEMPTS = 3;

/** Copies what the store does not have yet. */
export async function mirrorObjects(options: MirrorOptions): Promise<MirrorResult> {
  const marker = join(options.store, 'mirrored');
  const first = !existsSync(marker);
  // A pack that was linked once stays linked.
  const before = !first && readFileSync(marker, 'utf8') === 'linked' ? 'linked' : 'copied';
  let result: MirrorResult = { kind: before, addedBytes: 0, refused: 0 };
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const loose = copyLoose(options, first);
    const packs = await copyPacks(options, first);
    result = {
      kind: worse(result.kind, packs.kind),
      addedBytes: result.addedBytes + loose.addedBytes + packs.addedBytes,
      refused: loose.refused + packs.refused,
    };
    if (loose.vanished + packs.vanished === 0) break;
  }
  refer(options, { first, ownToo: result.kind === 'referred' });
  writeFileSync(marker, result.kind);
  return result;
}

function worse(left: MirrorResult['kind'], right: MirrorResult['kind']): MirrorResult['kind'] {
  const order = ['copied', 'linked', 'referred'] as const;
  return order[Math.max(order.indexOf(left), order.indexOf(right))] ?? 'referred';
}

interface Copied {
  addedBytes: number;
  refused: number;
  vanished: number;
}

function copyLoose(options: MirrorOptions, first: boolean): Copied {
  const done: Copied = { addedBytes: 0, refused: 0, vanished: 0 };
  const from = options.repository.objectFolder;
  for (const fan of names(from).filter((name) => FAN_OUT.test(name))) {
    const target = join(options.store, 'objects', fan);
    const had = new Set(existsSync(target) ? readdirSync(target) : []);
    const wanted = names(join(from, fan)).filter((name) => LOOSE_NAME.test(name) && !had.has(name));
    if (wanted.length > 0) mkdirSync(target, { recursive: true });
    for (const name of wanted) {
      copyOneLoose(
        { from: join(from, fan, name), to: join(target, name), id: fan + name },
        {
          options,
          first,
          done,
        },
      );
    }
  }
  return done;
}

function copyOneLoose(
  file: { readonly from: string; readonly to: string; readonly id: string },
  context: { readonly options: MirrorOptions; readonly first: boolean; readonly done: Copied },
): void {
  const { options, first, done } = context;
  try {
    const found = lstatSync(file.from);
    if (!found.isFile() || found.size > MAX_LOOSE_BYTES) {
      done.refused += 1;
      return;
    }
    const bytes = readFileSync(file.from);
    if (!first && !isWhatItSays(bytes, file.id)) {
      done.refused += 1;
      return;
    }
    const scratch = join(options.scratch, 'object');
    writeFileSync(scratch, bytes, { mode: 0o400 });
    renameSync(scratch, file.to);
    done.addedBytes += bytes.length;
  } catch (error) {
    if (isMissing(error)) done.vanished += 1;
    else done.refused += 1;
  }
}

function isWhatItSays(bytes: Buffer, id: string): boolean {
  const content = inflateSync(bytes, { maxOutputLength: MAX_LOOSE_BYTES });
  const algorithm = id.length === 40 ? 'sha1' : 'sha256';
  return createHash(algorithm).update(content).digest('hex') === id;
}

async function copyPacks(
  options: MirrorOptions,
  first: boolean,
): Promise<Copied & { kind: MirrorResult['kind'] }> {
  const from = join(options.repository.objectFolder, 'pack');
  const to = join(options.store, 'objects', 'pack');
  mkdirSync(to, { recursive: true });
  const done = { addedBytes: 0, refused: 0, vanished: 0 };
  const packs = names(from).flatMap((name) => toPack(from, to, name) ?? []);
  const total = packs.reduce((sum, { bytes }) => sum + bytes, 0);
  let kind: MirrorResult['kind'] = 'copied';
  for (const pack of packs) {
    try {
      const how = placeFile(join(from, `${pack.base}.pack`), join(options.scratch, 'in.pack'), {
        copyAllowed: total <= options.maxCopyBytes,
      });
      kind = worse(kind, how);
      if (how === 'referred') continue;
      await takePack({ from, to, base: pack.base, first, options });
      done.addedBytes += how === 'linked' ? 0 : pack.bytes;
    } catch (error) {
      if (isMissing(error)) done.vanished += 1;
      else done.refused += 1;
    } finally {
      for (const name of ['in.pack', 'in.idx', 'in.rev'])
        rmSync(join(options.scratch, name), { force: true });
    }
  }
  return { ...done, kind };
}

function toPack(from: string, to: string, name: string): PackFile | null {
  const base = PACK_NAME.exec(name)?.[1];
  if (base === undefined || existsSync(join(to, `${base}.idx`))) return null;
  const found = lstatSync(join(from, name), { throwIfNoEntry: false });
  return found?.isFile() === true ? { base, bytes: found.size } : null;
}

/** The pack before its index: git looks for indexes, so a pack without one is not there yet. */
async function takePack(pack: {
  readonly from: string;
  readonly to: string;
  readonly base: string;
  readonly first: boolean;
  readonly options: MirrorOptions;
}): Promise<void> {
  const { scratch, store, repository } = pack.options;
  const [packed, index] = [join(scratch, 'in.pack'), join(scratch, 'in.idx')];
  if (pack.first)
    copyFileSync(join(pack.from, `${pack.base}.idx`), index, constants.COPYFILE_FICLONE);
  else {
    // The index is made anew from the content, so it cannot claim an object that is not in there.
    const format = `--object-format=${repository.objectFormat}`;
    await runGit(['index-pack', format, '-o', index, packed], { gitFolder: store });
  }
  renameSync(packed, join(pack.to, `${pack.base}.pack`));
  renameSync(index, join(pack.to, `${pack.base}.idx`));
}

/** By reflink where the file system can, else by copy, else by link, else not at all. */
function placeFile(
  from: string,
  to: string,
  { copyAllowed }: { readonly copyAllowed: boolean },
): MirrorResult['kind'] {
  if (tryTo(() => copyFileSync(from, to, constants.COPYFILE_FICLONE_FORCE))) return 'copied';
  if (copyAllowed) {
    copyFileSync(from, to);
    return 'copied';
  }
  return tryTo(() => linkSync(from, to)) ? 'linked' : 'referred';
}

function tryTo(work: () => void): boolean {
  try {
    work();
    return true;
  } catch {
    // The next way is tried, and fails for the same reason if it is a real one.
    return false;
  }
}

/**
 * gitrepository-layout(5): where objects are found that are not kept here. Places that the repository borrows from are
 * taken once: a line that an agent adds later could lead to forged objects.
 */
function refer(
  options: MirrorOptions,
  { first, ownToo }: { readonly first: boolean; readonly ownToo: boolean },
): void {
  const { objectFolder } = options.repository;
  const file = join(options.store, 'objects', 'info', 'alternates');
  const theirs = first ? readLines(join(objectFolder, 'info', 'alternates')) : [];
  const borrowed = theirs
    .filter((line) => !line.startsWith('#'))
    .map((line) => resolve(objectFolder, line));
  const places = new Set([...readLines(file), ...borrowed, ...(ownToo ? [objectFolder] : [])]);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, [...places].map((place) => `${place}\n`).join(''));
}

function readLines(file: string): string[] {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found?.isFile() !== true) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // Git removes empty folders of loose objects as it packs.
    return [];
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
