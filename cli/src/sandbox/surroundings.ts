/** Looks at this machine, this person and this folder for what a profile is made of. */

import { existsSync, mkdirSync } from 'node:fs';
import { homedir, totalmem } from 'node:os';
import { basename, dirname, join } from 'node:path/posix';
import type { Paths } from '@agentguard/daemon/control';
import type { FileView } from './file-view.ts';
import { initProgram } from './init-program.ts';
import { otherProjectsSecrets } from './other-projects.ts';
import { AGENT_FOLDERS, HIDDEN_BY_VARIABLE } from './path-table.ts';
import type { ForbiddenPath, FoundSecret, Surroundings } from './profile.ts';
import { listeningSockets } from './unix-sockets.ts';
import { findWorkspace } from './workspace.ts';

/** What a person started, and where. */
export interface Occasion {
  readonly command: string;
  readonly workingFolder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly paths: Paths;
}

export type FoundSurroundings =
  | { readonly kind: 'found'; readonly around: Surroundings }
  | { readonly kind: 'unfit'; readonly why: string };

/** A share of the memory that temporary files may take: they are kept in it. */
const TEMPORARY_SHARE = 4;

/** Looks around. Makes the folders that the started agent keeps its own things in, so that they outlast the session. */
export function findSurroundings(occasion: Occasion, view: FileView): FoundSurroundings {
  const { env, paths } = occasion;
  const home = view.realPath(homedir());
  const folder = view.realPath(occasion.workingFolder);
  if (home === null || folder === null) return { kind: 'unfit', why: 'there is no home folder' };
  const guardFolders = realFolders(guardFoldersOf(paths), view);
  const workspace = findWorkspace(folder, home, guardFolders, view);
  if (workspace.kind === 'unfit') return workspace;
  if (home !== '/') makeAgentFolders(occasion.command, home);
  const around: Surroundings = {
    home,
    workspace: workspace.path,
    guardFolders,
    guardPrograms: realFolders(initProgram().files, view),
    cacheFolder: join(paths.state, 'sandbox-cache'),
    foundSecrets: [
      ...otherProjectsSecrets(workspace.path, home, view),
      ...byVariable(env, view),
      ...sockets(view),
    ],
    programFolders: realFolders((env['PATH'] ?? '').split(':'), view),
    runtimeFolder: env['XDG_RUNTIME_DIR'] ?? null,
    temporaryBytes: Math.floor(totalmem() / TEMPORARY_SHARE),
  };
  return { kind: 'found', around };
}

/**
 * Makes the folder of hooks where a repository has none, as `git init` does: then it can be closed from the start.
 * @param forbidden paths that cannot be closed otherwise
 */
export function makeHookFolders(forbidden: readonly ForbiddenPath[]): boolean {
  const missing = forbidden.filter(({ path, link }) => link === null && path.endsWith('/hooks'));
  const inGit = missing.filter(({ path }) => isGitFolder(dirname(path)));
  for (const { path } of inGit) mkdirSync(path);
  return inGit.length > 0;
}

function isGitFolder(path: string): boolean {
  return existsSync(join(path, 'HEAD')) && existsSync(join(path, 'objects'));
}

function guardFoldersOf(paths: Paths): readonly string[] {
  const folders = [paths.config, paths.state, paths.runtime, dirname(paths.socket)];
  return paths.home === null ? folders : [paths.home, ...folders];
}

function realFolders(paths: readonly string[], view: FileView): readonly string[] {
  const found = paths
    .filter((path) => path.startsWith('/'))
    .map((path) => view.realPath(path))
    .filter((path) => path !== null && path !== '/');
  return [...new Set(found)].filter((path) => path !== null);
}

function makeAgentFolders(command: string, home: string): void {
  for (const folder of AGENT_FOLDERS[basename(command)] ?? []) {
    mkdirSync(join(home, folder), { recursive: true, mode: 0o700 });
  }
}

function byVariable(
  env: Readonly<Record<string, string | undefined>>,
  view: FileView,
): readonly FoundSecret[] {
  const named = HIDDEN_BY_VARIABLE.flatMap((name) => (env[name] ?? '').split(':'));
  return toSecrets(named, view);
}

function sockets(view: FileView): readonly FoundSecret[] {
  return toSecrets(listeningSockets(), view).filter(({ kind }) => kind === 'file');
}

function toSecrets(paths: readonly string[], view: FileView): readonly FoundSecret[] {
  return paths.flatMap((named) => {
    const path = named.startsWith('/') ? view.realPath(named) : null;
    if (path === null || path === '/' || path.startsWith('/dev/')) return [];
    return [
      { path, kind: view.kindOf(path) === 'folder' ? ('folder' as const) : ('file' as const) },
    ];
  });
}
