/** Where a command line would run, in words that no operating system has: nothing here touches a disk. */

/** The surroundings that a path is judged by. Every path absolute, with `/`. */
export interface ShellPlace {
  /** The project. What is below it is the agent's to change. */
  readonly workspace: string;
  /** Where the line starts. */
  readonly cwd: string;
  readonly home: string;
  /** Folders for scratch files. */
  readonly temporary: readonly string[];
  /** Folders and files of the guard: its home, its socket, its policy. */
  readonly guard: readonly string[];
}

/** How a path stands towards the agent. */
export type Zone =
  /** The workspace itself. */
  | 'workspace'
  /** The history of the workspace. */
  | 'history'
  /** Below the workspace. */
  | 'inside'
  | 'temporary'
  /** `/dev/null` and its like. */
  | 'sink'
  | 'outside';

const SINKS = /^\/dev\/(?:null|zero|full|random|urandom|stdin|stdout|stderr|tty|fd(?:\/.*)?)$/;

/** How an absolute path stands. Links are not followed: who relies on this would be walked around. */
export function zoneOf(path: string, place: ShellPlace): Zone {
  if (SINKS.test(path)) return 'sink';
  const { workspace, temporary } = place;
  if (path === workspace) return 'workspace';
  if (isWithin(path, `${workspace}/.git`) || path === `${workspace}/.git`) return 'history';
  if (isWithin(path, workspace)) return 'inside';
  return temporary.some((folder) => path === folder || isWithin(path, folder))
    ? 'temporary'
    : 'outside';
}

/** Whether a path lies below a folder; not the folder itself. */
export function isWithin(path: string, folder: string): boolean {
  return path.startsWith(folder.endsWith('/') ? folder : `${folder}/`) && path !== folder;
}

/** An absolute path without `.`, `..` and double slashes. */
export function normalizePath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') parts.pop();
    else parts.push(part);
  }
  return `/${parts.join('/')}`;
}

/** The last name of a path. */
export function lastName(path: string): string {
  let end = path.length;
  while (end > 0 && path[end - 1] === '/') end -= 1;
  return path.slice(path.lastIndexOf('/', end - 1) + 1, end);
}
