/**
 * Scans what a commit would bring in: the bytes of the index, and of them the lines that HEAD does not have.
 * INVARIANT: a change that is staged and was not looked at is an error, and never "clean".
 */

import type { Sighting } from '@agentguard/rules';
import { Collector } from './collector.ts';
import { MAX_WHOLE_BYTES, lookThrough, lookThroughPieces } from './content.ts';
import type { ScanResult } from './finding.ts';
import { splitZero, toShownPath } from './git.ts';
import type { Git } from './git.ts';
import { ObjectReader } from './object-reader.ts';
import type { StoredObject } from './object-reader.ts';
import { ScanError } from './scan-error.ts';
import type { ScanPolicy } from './scan-settings.ts';

const GITLINK = '160000';

/** A content that is staged. */
interface StagedBlob {
  readonly path: string;
  readonly id: string;
  /** What HEAD has in its place; null where it has nothing. */
  readonly before: string | null;
}

/** Scans the index. */
export async function scanStaged(git: Git, policy: ScanPolicy): Promise<ScanResult> {
  const collector = new Collector(policy);
  const blobs = listStaged(git, collector);
  const wanted = blobs.filter(({ path }) => !collector.excludes(path));
  await lookAtBlobs(git, wanted, collector);
  if (wanted.length > 0 && collector.files < wanted.length) {
    throw new ScanError('what is staged was not looked at as a whole', 'report this, please');
  }
  return collector.result();
}

function listStaged(git: Git, collector: Collector): readonly StagedBlob[] {
  const out = git.read([
    ...['diff-index', '--cached', '--raw', '-z', '--no-abbrev', '-M', '--no-relative'],
    ...['--ignore-submodules=none', '--no-ext-diff', baseOf(git), '--'],
  ]);
  const parts = splitZero(out);
  const blobs: StagedBlob[] = [];
  for (let at = 0; at < parts.length; at += 1) {
    const [, oldMode = '', newMode = '', before = '', id = '', status = ''] =
      /^:(\d+) (\d+) ([0-9a-f]+) ([0-9a-f]+) ([A-Z])\d*$/.exec(parts[at] ?? '') ?? [];
    if (status === '')
      throw new ScanError('git lists what is staged in a way that is not understood');
    const twoNames = status === 'R' || status === 'C';
    const path = toShownPath(parts[at + (twoNames ? 2 : 1)] ?? '');
    at += twoNames ? 2 : 1;
    if (status === 'D') collector.skip(path, 'deleted');
    else if (status === 'U') collector.skip(path, 'unmerged');
    else if (newMode === GITLINK) collector.skip(path, 'submodule');
    else if (id === before) collector.skip(path, 'same content as before');
    else blobs.push({ path, id, before: isNothing(before) || oldMode === GITLINK ? null : before });
  }
  return blobs;
}

/** HEAD, or the empty tree where nothing was committed yet; its id depends on the repository's hash. */
function baseOf(git: Git): string {
  const head = git.tryRead(['rev-parse', '--verify', '--quiet', 'HEAD^{commit}']);
  if (head !== null) return head.toString('latin1').trim();
  if (git.tryRead(['rev-parse', '--git-dir']) === null) {
    throw new ScanError(
      'this is not a git repository, or git refuses to read it',
      'git status says more',
    );
  }
  // A HEAD that names something and cannot be read is not an empty history.
  if (git.tryRead(['symbolic-ref', '--quiet', 'HEAD']) === null || isBroken(git)) {
    throw new ScanError('HEAD cannot be read', 'git fsck tells what is damaged');
  }
  return git.read(['hash-object', '-t', 'tree', '--stdin']).toString('latin1').trim();
}

/** It names a commit, and the commit is not there. */
function isBroken(git: Git): boolean {
  return git.tryRead(['rev-parse', '--verify', '--quiet', 'HEAD']) !== null;
}

function isNothing(id: string): boolean {
  return /^0+$/.test(id);
}

async function lookAtBlobs(
  git: Git,
  blobs: readonly StagedBlob[],
  collector: Collector,
): Promise<void> {
  if (blobs.length === 0) return;
  const ids = blobs.flatMap(({ id, before }) => (before === null ? [id] : [before, id]));
  const reader = new ObjectReader(git);
  try {
    const objects = reader.objects(ids);
    for (const blob of blobs) {
      const known = blob.before === null ? null : await readLines(await nextOf(objects));
      await lookAtBlob(await nextOf(objects), { blob, known, collector });
    }
  } finally {
    reader.close();
  }
}

async function nextOf(objects: AsyncGenerator<StoredObject>): Promise<StoredObject> {
  const next = await objects.next();
  if (next.done === true) throw new ScanError('git gave fewer objects than were asked for');
  return next.value;
}

/** The lines that are there already; null for what is too large to remember: then all of the new content counts. */
async function readLines(object: StoredObject): Promise<ReadonlySet<string> | null> {
  if (object.size > MAX_WHOLE_BYTES || object.type !== 'blob') return null;
  const text = (await readWhole(object)).toString('latin1');
  return new Set(text.split('\n').map(withoutReturn));
}

async function readWhole(object: StoredObject): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of object.pieces()) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

async function lookAtBlob(
  object: StoredObject,
  parts: {
    readonly blob: StagedBlob;
    readonly known: ReadonlySet<string> | null;
    readonly collector: Collector;
  },
): Promise<void> {
  const { blob, known, collector } = parts;
  const { path } = blob;
  const looked =
    object.size > MAX_WHOLE_BYTES
      ? await lookThroughPieces(object.pieces(), path)
      : lookThrough(await readWhole(object), path);
  const isNew = (sighting: Sighting, text: Uint8Array | null): boolean =>
    known === null || text === null || bringsNewLine(sighting, text, known);
  collector.add(looked, { path, place: { kind: 'staged' }, counts: isNew });
}

/** Whether any line that a find lies on was not there before. Decoded texts are compared as they are stored. */
function bringsNewLine(
  { start, end }: Sighting,
  text: Uint8Array,
  known: ReadonlySet<string>,
): boolean {
  let from = start;
  while (from > 0 && text[from - 1] !== 0x0a) from -= 1;
  let to = end;
  while (to < text.length && text[to] !== 0x0a) to += 1;
  const lines = Buffer.from(text.buffer, text.byteOffset + from, to - from)
    .toString('latin1')
    .split('\n');
  return lines.some((line) => !known.has(withoutReturn(line)));
}

/** A change of line ends brings no secret in. */
function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
