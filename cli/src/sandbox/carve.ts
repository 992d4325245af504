/**
 * Folders that are shown name by name, so that what is hidden is not there at all, what appears during the session
 * does not either, and what is added inside is gone afterwards instead of lying in wait in the person's home.
 */

import { join } from 'node:path/posix';
import type { FileView } from './file-view.ts';
import { foldersBetween } from './paths-in.ts';
import type { TableRow } from './path-table.ts';
import type { RuleSet } from './rule-set.ts';

/** A folder with more names is shown whole and its secrets covered one by one: each name costs a mount. */
const MAX_ENTRIES = 120;

interface CarveParts {
  readonly rules: RuleSet;
  readonly view: FileView;
  readonly addedBytes: number;
}

/** Carves the home folder and each folder in it that something hidden or cached stands in. */
export function carveFolders(home: string, table: readonly TableRow[], parts: CarveParts): void {
  if (home === '/') return;
  carve(home, parts);
  const inner = table
    .filter(({ access }) => access === 'hidden' || access === 'cache')
    .flatMap(({ paths }) => paths.flatMap((path) => foldersBetween(join(home, path), home)));
  for (const folder of [...new Set(inner)].sort()) carve(folder, parts);
}

function carve(folder: string, { rules, view, addedBytes }: CarveParts): void {
  // A folder that is hidden, open or a link elsewhere is not ours to take apart.
  if (rules.at(folder) !== null || view.kindOf(folder) !== 'folder') return;
  if (view.realPath(folder) !== folder || isTaken(folder, rules)) return;
  const entries = view
    .entriesOf(folder)
    .filter(({ name, kind }) => kind !== 'other' && !rules.isHidden(join(folder, name)));
  if (entries.length > MAX_ENTRIES) return;
  const shown = entries.map(({ name, kind }) => ({
    name,
    kind,
    target: kind === 'link' ? view.linkTarget(join(folder, name)) : null,
  }));
  rules.put({ path: folder, access: 'carved', maxBytes: addedBytes, entries: shown });
}

function isTaken(folder: string, rules: RuleSet): boolean {
  const access = rules.around(folder)?.access;
  return access === 'writable' || access === 'replaced';
}
