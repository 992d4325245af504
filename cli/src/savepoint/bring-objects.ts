/** Puts the objects that a restored repository needs back into it, out of the store. */

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { objectTypes } from './contents.ts';
import { runGit } from './git-command.ts';
import { readRefs } from './read-refs.ts';
import type { RepositoryRestore } from './repository-restore.ts';

/** Packs what the repository lacks, out of the store and straight into the repository's objects. */
export async function bringObjects(
  work: RepositoryRestore,
  names: readonly string[],
): Promise<void> {
  const { store, repository } = work;
  const wanted = await presentNames(store.gitFolder, names);
  if (wanted.length === 0) return;
  mkdirSync(join(repository.objectFolder, 'pack'), { recursive: true });
  await setShallow(work);
  const less = await wholeTips(work);
  const lines = [...wanted, ...(less.length === 0 ? [] : ['--not', ...less])];
  const args = [
    'pack-objects',
    '--revs',
    '--quiet',
    '--non-empty',
    '--delta-base-offset',
    '--missing=allow-any',
  ];
  await runGit([...args, join(repository.objectFolder, 'pack', 'pack')], {
    gitFolder: store.gitFolder,
    objectFolder: repository.objectFolder,
    alternates: [join(store.gitFolder, 'objects')],
    input: [Buffer.from(lines.map((line) => `${line}\n`).join(''))],
  });
}

/** gitformat of `shallow`: where a history was cut on purpose. Without it git takes the cut for damage. */
async function setShallow({ store, saved, contents }: RepositoryRestore): Promise<void> {
  const file = join(store.gitFolder, 'shallow');
  rmSync(file, { force: true });
  const entry = saved.entries.find(({ area, path }) => area !== 'work' && path === 'shallow');
  const bytes = entry?.id == null ? undefined : (await contents.read([entry.id])).get(entry.id);
  if (bytes !== undefined) writeFileSync(file, bytes, { mode: 0o600 });
}

/** What the repository has whole, down to the last file. Nothing when anything is missing from it. */
async function wholeTips({ store, repository }: RepositoryRestore): Promise<readonly string[]> {
  const tips = [...new Set(Object.values(readRefs(repository).refs))];
  if (tips.length === 0) return [];
  const input = [Buffer.from(tips.map((tip) => `${tip}\n`).join(''))];
  const options = { gitFolder: store.gitFolder, objectFolder: repository.objectFolder, input };
  const args = ['rev-list', '--objects', '--quiet', '--stdin'];
  return runGit(args, options).then(
    () => tips,
    () => [],
  );
}

async function presentNames(
  gitFolder: string,
  names: readonly string[],
): Promise<readonly string[]> {
  const ids = names.filter((name) => !name.includes(':'));
  const types = await objectTypes(gitFolder, ids);
  const trees: string[] = [];
  for (const name of names.filter((one) => one.includes(':'))) {
    const id = await runGit(['rev-parse', '--verify', '--quiet', name], { gitFolder }).catch(() =>
      Buffer.alloc(0),
    );
    if (id.length > 0) trees.push(id.toString('latin1').trim());
  }
  return [...new Set([...ids.filter((id) => types.has(id)), ...trees])];
}
