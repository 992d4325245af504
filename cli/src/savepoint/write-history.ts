/**
 * Writes one save point into the store's repository: missing contents, a tree of the files, a tree of the index, and
 * one commit above all refs and logs, named `refs/agentguard/SESSION/NUMBER`. One process of git does all of it.
 */

import { runGit } from './git-command.ts';
import type { IndexEntry } from './list-files.ts';
import type { SavePoint, SavedEntry } from './save-point.ts';
import { refOf } from './save-point.ts';

/** What is written. */
export interface HistoryEntry {
  readonly store: string;
  readonly point: Pick<SavePoint, 'id' | 'session' | 'number' | 'reason' | 'startedAt'>;
  /** Read after the last of the contents was taken. */
  readonly entries: readonly SavedEntry[];
  readonly index: readonly IndexEntry[];
  /** Commits to keep. */
  readonly parents: readonly string[];
  /** Contents that the store lacks, one at a time. */
  readonly blobs: Iterable<Buffer>;
}

/** Git's modes, by what they say. */
const LINK = '120000';
const EXECUTABLE = '100755';
const PLAIN = '100644';

/** Writes it, and makes it reachable by its ref at the end. */
export async function writeHistory(entry: HistoryEntry): Promise<void> {
  const args = ['fast-import', '--quiet', '--done', '--force'];
  await runGit(args, { gitFolder: entry.store, input: commands(entry) });
}

/** Objects that are no commits get a name each, since a commit cannot have them as parents. */
export async function keepObjects(store: string, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const lines = ids.map((id) => `update refs/keep/${id} ${id}\n`).join('');
  await runGit(['update-ref', '--stdin'], { gitFolder: store, input: [Buffer.from(lines)] });
}

/** git-fast-import(1). */
function* commands(entry: HistoryEntry): Generator<Buffer> {
  for (const blob of entry.blobs) {
    yield Buffer.from(`blob\ndata ${blob.length}\n`);
    yield blob;
    yield Buffer.from('\n');
  }
  const { point } = entry;
  const seconds = Math.floor(Date.parse(point.startedAt) / 1000);
  const message = `${point.id}: ${point.reason}\n`;
  yield Buffer.from(
    `commit ${refOf(point)}\ncommitter agentguard <agentguard@localhost> ${seconds} +0000\ndata ${message.length}\n${message}`,
  );
  for (const id of entry.parents) yield Buffer.from(`merge ${id}\n`);
  yield Buffer.from(files(entry).join('') + '\ndone\n', 'latin1');
}

function files({ entries, index }: HistoryEntry): string[] {
  const kept = entries.flatMap(({ area, path, kind, mode, id }) =>
    id === null ? [] : [line(toGitMode(kind, mode), id, `${area}/${path}`)],
  );
  const staged = index.map(({ mode, id, stage, path }) => line(mode, id, `index/${stage}/${path}`));
  return [...kept, ...staged];
}

function toGitMode(kind: SavedEntry['kind'], mode: number): string {
  if (kind === 'link') return LINK;
  return (mode & 0o100) === 0 ? PLAIN : EXECUTABLE;
}

function line(mode: string, id: string, path: string): string {
  return `M ${mode} ${id} ${quote(path)}\n`;
}

/** Quoted as in C, byte by byte. */
function quote(path: string): string {
  const escaped = path.replace(
    // Everything but plain printable characters.
    /[^ !#-[\]-~]/g,
    (byte) => `\\${byte.charCodeAt(0).toString(8).padStart(3, '0')}`,
  );
  return `"${escaped}"`;
}
