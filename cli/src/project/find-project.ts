/** Everything in a project that `init` looks at. Reads; changes nothing and asks nobody. */

import { lstatSync, readlinkSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, parse, relative } from 'node:path';
import { findEnvSites } from './env-sites.ts';
import { findCopies } from './find-copies.ts';
import { findEnvFiles } from './find-env-files.ts';
import { findJsonSites } from './json-sites.ts';
import { findOutside } from './outside.ts';
import type { OutsideCredential } from './outside.ts';
import { ProjectError } from './project-error.ts';
import { readProjectFile } from './read-project-file.ts';
import { settingsFiles, sharedSettings } from './settings-files.ts';
import type { SettingsFile } from './settings-files.ts';
import type { Findings, LeftAlone } from './site.ts';
import { findTomlSites } from './toml-sites.ts';

/** What a project holds. */
export interface ProjectFindings extends Findings {
  readonly root: string;
  readonly outside: readonly OutsideCredential[];
}

/**
 * The folder of a project, without links in its path.
 * @throws ProjectError for a folder that is no project
 */
export function resolveProject(folder: string): string {
  let root: string;
  try {
    root = realpathSync(folder);
  } catch {
    throw new ProjectError(`there is no folder \`${folder}\``);
  }
  if (lstatSync(root).isDirectory() && root !== parse(root).root && root !== realHome()) {
    return root;
  }
  throw new ProjectError(`\`${root}\` is not a project`, 'run it in the folder of a project');
}

/** Looks through a project. */
export function findProject(root: string, home: string = homedir()): ProjectFindings {
  const envFiles = findEnvFiles(root);
  const all: Findings[] = [
    { sites: [], left: envFiles.left },
    ...envFiles.paths.map((path) => lookAtEnv(root, path)),
    ...settingsFiles(root, home).map((settings) => lookAtSettings(root, settings)),
    ...sharedSettings(home).map((settings) => nameShared(root, settings)),
  ];
  const sites = all.flatMap((findings) => findings.sites);
  const left = [...all.flatMap((findings) => findings.left), ...findCopies(root, sites)];
  return { root, sites, left, outside: findOutside(home) };
}

function lookAtEnv(root: string, path: string): Findings {
  const read = readProjectFile(path, relative(root, path));
  switch (read.kind) {
    case 'missing':
      return { sites: [], left: [] };
    case 'unfit':
      return { sites: [], left: [unfit(relative(root, path), path, read.why)] };
    case 'file':
      return findEnvSites(read.file, basename(path) === '.envrc' ? 'shell' : 'dotenv');
  }
}

function lookAtSettings(root: string, settings: SettingsFile): Findings {
  const { path, shown, format, scope, takesVariables } = settings;
  // A folder on the way that is a link leads out of what was looked at.
  if (isBelow(root, path) && !leadsStraight(root, path)) {
    const why = 'a folder on the way to it is a symbolic link, which is not followed';
    return { sites: [], left: [{ path: shown, line: null, name: null, why }] };
  }
  const read = readProjectFile(path, shown);
  switch (read.kind) {
    case 'missing':
      return { sites: [], left: [] };
    case 'unfit':
      return { sites: [], left: [unfit(shown, path, read.why)] };
    case 'file':
      return format === 'toml'
        ? findTomlSites(read.file)
        : findJsonSites(read.file, { path: [...scope], takesVariables });
  }
}

/** How many secrets the person's own settings hold: said, so that nobody takes silence for none. */
function nameShared(root: string, settings: SettingsFile): Findings {
  if (isBelow(root, settings.path)) return { sites: [], left: [] };
  const { sites, left: unread } = lookAtSettings(root, settings);
  const named = sites.map(({ file, line, name }) => ({
    path: file.shown,
    line,
    name,
    why: 'it is shared by all of your projects',
  }));
  return { sites: [], left: [...unread, ...named] };
}

function unfit(shown: string, path: string, why: string): LeftAlone {
  const target = linkTarget(path);
  return { path: shown, line: null, name: null, why: target === null ? why : `${why} (${target})` };
}

function linkTarget(path: string): string | null {
  try {
    return `to ${readlinkSync(path)}`;
  } catch {
    return null;
  }
}

function isBelow(root: string, path: string): boolean {
  return !relative(root, path).startsWith('..');
}

function leadsStraight(root: string, path: string): boolean {
  try {
    return (
      !relative(root, realpathSync(dirname(path))).startsWith('..') &&
      realpathSync(dirname(path)) === dirname(path)
    );
  } catch {
    // Not there: reading says so.
    return true;
  }
}

function realHome(): string {
  try {
    return realpathSync(homedir());
  } catch {
    return homedir();
  }
}
