/** The folder that a sandboxed command may change: the repository it is started in, or the folder itself. */

import { dirname, join } from 'node:path/posix';
import type { FileView } from './file-view.ts';
import { depthOf, isWithin } from './paths-in.ts';

/** A folder, or why none can be opened. */
export type FoundWorkspace =
  | { readonly kind: 'found'; readonly path: string }
  | { readonly kind: 'unfit'; readonly why: string };

/** Folders of the machine at the top, none of which is anybody's project. Containers keep projects beside them. */
const MACHINE = new Set(
  'bin boot dev etc home lib lib32 lib64 libx32 media mnt opt proc root run sbin srv sys tmp usr var'.split(
    ' ',
  ),
);

/** Below these no folder is a project either. */
const NEVER = ['/bin', '/boot', '/dev', '/etc', '/lib', '/lib64', '/proc', '/run', '/sbin', '/sys'];

/**
 * Finds it.
 * @param folder where the command starts, free of links
 * @param closed folders that must not be opened: those of the guard
 */
export function findWorkspace(
  folder: string,
  home: string,
  closed: readonly string[],
  view: FileView,
): FoundWorkspace {
  const path = repositoryAround(folder, home, view) ?? folder;
  if (isWithin(home, path))
    return unfit('this is the home folder, which holds more than one project');
  const top = path.slice(1).split('/')[0] ?? '';
  if (depthOf(path) <= 1 && MACHINE.has(top)) return unfit('this folder belongs to the machine');
  if (path === '/var/tmp' || NEVER.some((never) => isWithin(path, never))) {
    return unfit('this folder belongs to the machine');
  }
  if (closed.some((guarded) => isWithin(path, guarded)))
    return unfit("this folder is the guard's own");
  return { kind: 'found', path };
}

function repositoryAround(folder: string, home: string, view: FileView): string | null {
  for (let at = folder; at !== '/' && at !== home; at = dirname(at)) {
    if (view.kindOf(join(at, '.git')) !== null) return isWithin(home, at) ? null : at;
  }
  return null;
}

function unfit(why: string): FoundWorkspace {
  return { kind: 'unfit', why };
}
