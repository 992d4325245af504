/**
 * Whether a repository that was made inside a sandbox runs nothing when git visits it from outside. Work needs new
 * repositories; their settings are read by a list of what is known to be harmless, and whatever is not on it is not.
 */

import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path/posix';

/** git-config(1): settings that `git init` and `git clone` write, or that name people, branches and addresses. */
const HARMLESS_SETTING =
  /^(core\.(repositoryformatversion|filemode|bare|logallrefupdates|ignorecase|precomposeunicode|symlinks|autocrlf|eol|safecrlf|quotepath)|extensions\.(objectformat|refstorage|partialclone)|user\.(name|email)|author\.\w+|committer\.\w+|init\.defaultbranch|remote\.(url|pushurl|fetch|tagopt|prune|promisor|partialclonefilter)|branch\.(remote|merge|rebase|pushremote|description|vscode-merge-base)|pull\.\w+|push\.\w+|fetch\.prune|submodule\.(url|active)|merge\.(ff|conflictstyle)|rebase\.\w+|color\.\w+)$/;

/** gitremote-helpers(7): `ext::` runs what follows, and any other helper is a program. */
const HELPER_ADDRESS = /::/;

/** Settings longer than this were not written by git. */
const MAX_SETTINGS_BYTES = 64 * 1024;

/** Files that lead git to settings elsewhere. */
const POINTERS = ['commondir', 'config.worktree', 'gitdir'];

/**
 * Judges a folder that git keeps a repository in. What cannot be read is not harmless.
 * @param path `.git` of the working copy
 */
export function isHarmlessRepository(path: string): boolean {
  try {
    if (!lstatSync(path).isDirectory()) return false;
    if (POINTERS.some((name) => exists(join(path, name)))) return false;
    return hasNoHooks(join(path, 'hooks')) && hasHarmlessSettings(join(path, 'config'));
  } catch {
    return false;
  }
}

function hasNoHooks(folder: string): boolean {
  if (!exists(folder)) return true;
  if (!lstatSync(folder).isDirectory()) return false;
  return readdirSync(folder).every((name) => name.endsWith('.sample'));
}

function hasHarmlessSettings(file: string): boolean {
  const found = lstatSync(file, { throwIfNoEntry: false });
  // Not written yet: git takes a folder without settings for no repository.
  if (found === undefined) return true;
  if (!found.isFile() || found.size > MAX_SETTINGS_BYTES) return false;
  return areHarmlessSettings(readFileSync(file, 'utf8'));
}

/** Judges settings as git reads them, line by line; a line that is read in no simple way is not harmless. */
export function areHarmlessSettings(text: string): boolean {
  let section = '';
  for (const line of text.split('\n').map((one) => one.trim())) {
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue;
    const header = /^\[([\w-]+)(?: "[^"\\]*")?\]$/.exec(line)?.[1];
    if (header !== undefined) {
      section = header.toLowerCase();
      continue;
    }
    const [, name, value] = /^([\w-]+)\s*=\s*(.*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined || value.endsWith('\\')) return false;
    const key = `${section}.${name.toLowerCase()}`;
    if (!HARMLESS_SETTING.test(key)) return false;
    if (/url$/.test(key) && HELPER_ADDRESS.test(value)) return false;
  }
  return true;
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
