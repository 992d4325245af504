/**
 * Surroundings to profile. A function of what it is given: the same disk gives the same sandbox.
 * SECURITY(P-51): a path is hidden or closed by its place after every link is followed, and each folder between
 * an open folder and a closed path is held in its place, so that no renaming leads around it.
 */

import { carveFolders } from './carve.ts';
import type { FileView } from './file-view.ts';
import { foldersBetween, isWithin } from './paths-in.ts';
import { HOME_TABLE, SYSTEM_TABLE, WORKSPACE_TABLE } from './path-table.ts';
import type { Profile, Surroundings } from './profile.ts';
import { addRepositories } from './repositories.ts';
import { RuleSet } from './rule-set.ts';
import { applyTable } from './apply-table.ts';

/** Bytes for what is added to a folder of the sandbox's own that is gone afterwards. */
const ADDED_BYTES = 256 * 1024 * 1024;

/** Programs count processors and memory by these. */
const SYSTEM_FACTS = ['/sys/devices/system/cpu', '/sys/devices/system/node', '/sys/fs/cgroup'];

/** Makes the profile. The order matters: what comes later has the last word about a path. */
export function makeProfile(around: Surroundings, view: FileView): Profile {
  const { home, workspace } = around;
  const rules = new RuleSet();
  const parts = { rules, view, cacheFolder: around.cacheFolder };
  addSystem(around, view, rules);
  applyTable(SYSTEM_TABLE, '/', { ...parts, keep: [home] });
  applyTable(HOME_TABLE, home, { ...parts, keep: [] });
  for (const { path, kind } of around.foundSecrets) {
    // A variable may name a folder that holds everything.
    const tooMuch = [home, workspace].some((top) => isWithin(top, path));
    if (!tooMuch) rules.put({ path, access: 'hidden', kind });
  }
  carveFolders(home, HOME_TABLE, { rules, view, addedBytes: ADDED_BYTES });
  rules.put({ path: workspace, access: 'writable' });
  applyTable(WORKSPACE_TABLE, workspace, { ...parts, keep: [] });
  addRepositories(workspace, { ...parts, keep: [] });
  for (const path of [...around.programFolders, ...around.guardPrograms]) show(path, around, rules);
  for (const path of around.guardFolders) rules.put({ path, access: 'hidden', kind: 'folder' });
  holdFolders(rules);
  return { workspace, rules: rules.sorted(), forbidden: rules.forbidden() };
}

function addSystem(around: Surroundings, view: FileView, rules: RuleSet): void {
  const { temporaryBytes, runtimeFolder } = around;
  const isFolder = (path: string): boolean => view.kindOf(path) === 'folder';
  // A link on macOS, where the folder itself is /private/tmp.
  const temporary = ['/tmp', '/var/tmp'].map((path) => view.realPath(path) ?? path);
  for (const path of temporary.filter(isFolder)) {
    rules.put({ path, access: 'private', maxBytes: temporaryBytes, mode: 0o1777 });
  }
  for (const path of ['/run', '/sys'].filter(isFolder)) {
    rules.put({ path, access: 'private', maxBytes: ADDED_BYTES, mode: 0o755 });
  }
  for (const path of SYSTEM_FACTS.filter(isFolder)) rules.put({ path, access: 'read-only' });
  if (runtimeFolder !== null && isWithin(runtimeFolder, '/run')) {
    rules.put({ path: runtimeFolder, access: 'private', maxBytes: ADDED_BYTES, mode: 0o700 });
  }
}

/** Programs stay where they are found and as they are, also below a folder that is hidden or open. */
function show(path: string, { home, workspace }: Surroundings, rules: RuleSet): void {
  const tooMuch = [home, workspace, '/tmp', '/var/tmp', '/run'].some((top) => isWithin(top, path));
  if (tooMuch || rules.at(path) !== null) return;
  // Programs in the workspace are the project's own and belong to what the command may change.
  if (isWithin(path, workspace) && !path.endsWith('/dist')) return;
  // Also in the place of a cache: the very Node that runs us may lie in one, where a package manager has put it.
  rules.put({ path, access: 'read-only' });
}

/** SECURITY(P-52): a folder can be renamed with everything that is mounted in it, unless it is a mount itself. */
function holdFolders(rules: RuleSet): void {
  for (const rule of rules.all()) {
    if (rule.access !== 'read-only' && rule.access !== 'hidden') continue;
    const around = rules.around(rule.path);
    if (around?.access !== 'writable') continue;
    for (const path of foldersBetween(rule.path, around.path)) {
      rules.put({ path, access: 'writable' });
    }
  }
}
