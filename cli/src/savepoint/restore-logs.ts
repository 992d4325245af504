/** Brings back lines of reflogs, the list of stashes among them, without losing what was written since. */

import { existsSync, lstatSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { holding } from './git-lock.ts';
import { PinnedTree } from './pinned-tree.ts';
import { unsafeRawPath } from './raw-path.ts';
import type { RepositoryRestore } from './repository-restore.ts';
import { rootOf } from './repository.ts';
import type { SavedEntry } from './save-point.ts';

/** Ids in the logs that were saved: commits that no ref names any more. */
export async function loggedIds(work: RepositoryRestore): Promise<readonly string[]> {
  const logs = await readLogs(work);
  const ids = logs.flatMap(({ bytes }) =>
    [...bytes.toString('latin1').matchAll(/^([0-9a-f]{40,64}) ([0-9a-f]{40,64}) /gm)].flatMap(
      ([, before = '', after = '']) => [before, after],
    ),
  );
  return [...new Set(ids)].filter((id) => !/^0+$/.test(id));
}

interface SavedLog {
  readonly entry: SavedEntry;
  /** `refs/heads/main`, `HEAD`. */
  readonly name: string;
  readonly bytes: Buffer;
}

async function readLogs({ saved, contents }: RepositoryRestore): Promise<readonly SavedLog[]> {
  const entries = saved.entries.filter(
    ({ area, kind, path }) => area !== 'work' && kind === 'file' && path.startsWith('logs/'),
  );
  const found = await contents.read(entries.flatMap(({ id }) => id ?? []));
  return entries.flatMap((entry) => {
    const bytes = found.get(entry.id ?? '');
    return bytes === undefined ? [] : [{ entry, name: entry.path.slice('logs/'.length), bytes }];
  });
}

/** Puts lost lines back before the ones that are there now. The list of stashes is such a log. */
export async function restoreLogs(work: RepositoryRestore): Promise<void> {
  const { repository } = work;
  for (const log of await readLogs(work)) {
    const root = rootOf(repository, log.entry.area);
    const tree = new PinnedTree(root);
    try {
      const path = unsafeRawPath(log.entry.path);
      tree.makeParents(path, 0o755);
      const place = tree.at(path);
      const lock = `${root}/${log.name}.lock`;
      if (place !== null && existsSync(dirname(lock))) mergeLog(place, lock, log);
    } finally {
      tree.close();
    }
  }
}

/** git-reflog expire takes the lock of the ref as well. */
function mergeLog(place: Buffer, lock: string, log: SavedLog): void {
  const saved = toLines(log.bytes);
  const found = lstatSync(place, { throwIfNoEntry: false });
  const now = found?.isFile() === true ? toLines(readFileSync(place)) : [];
  // A dropped stash changes the line after it, so there the commit tells the entries apart.
  const key =
    log.name === 'refs/stash' ? (line: string) => line.slice(41, 81) : (line: string) => line;
  const known = new Set(saved.map(key));
  const merged = [...saved, ...now.filter((line) => !known.has(key(line)))];
  if (merged.length === now.length && merged.every((line, at) => line === now[at])) return;
  const text = Buffer.from(merged.map((line) => `${line}\n`).join(''), 'latin1');
  holding(lock, () => {
    const beside = Buffer.concat([place, Buffer.from('.agentguard')]);
    rmSync(beside, { force: true });
    writeFileSync(beside, text, { flag: 'wx', mode: 0o644 });
    renameSync(beside, place);
  });
}

function toLines(bytes: Buffer): string[] {
  return bytes
    .toString('latin1')
    .split('\n')
    .filter((line) => line !== '');
}
