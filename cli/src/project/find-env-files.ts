/**
 * Finds the `.env` files of a project. Follows no symbolic link, enters no folder of installed or built things, and
 * stops at a bound that it says when it was reached.
 */

import { readdirSync } from 'node:fs';
import type { Dirent } from 'node:fs';
import { join, relative } from 'node:path';
import type { LeftAlone } from './site.ts';

/** What a search finds. */
export interface FoundEnvFiles {
  /** Absolute, sorted. */
  readonly paths: readonly string[];
  readonly left: readonly LeftAlone[];
}

/** `.env`, `.env.local`, `.envrc`, `prod.env`. */
const ENV_FILE = /^(?:\.env(?:\.[\w.-]+)?|\.envrc|[\w-][\w.-]*\.env)$/;

/** Shows others what to fill in. Checked in, and full of gaps. */
const EXAMPLE_FILE = /\.(?:example|sample|template|dist|defaults?|schema|spec)(?:\.|$)/;

/** Ours and editors' own leftovers. */
const LEFTOVER = /(?:~|\.swp|\.agentguard-new)$/;

/** What package managers, compilers and version control fill. */
export const SKIPPED_FOLDERS: ReadonlySet<string> = new Set([
  ...['.git', '.hg', '.svn', 'node_modules', 'bower_components', 'vendor', 'dist', 'build', 'out'],
  ...['target', '.next', '.nuxt', '.output', '.turbo', '.cache', '.venv', 'venv', '__pycache__'],
  ...['.terraform', '.gradle', '.idea', 'coverage', '.pnpm-store', '.yarn', 'Pods', '.tox'],
]);

/** A monorepo's packages are two or three deep. */
const MAX_DEPTH = 8;

/** Folders and files that are looked at; a project has some thousands outside of what is skipped. */
const MAX_ENTRIES = 200_000;

/** Searches below a folder. */
export function findEnvFiles(root: string): FoundEnvFiles {
  const paths: string[] = [];
  const left: LeftAlone[] = [];
  const waiting: { readonly folder: string; readonly depth: number }[] = [
    { folder: root, depth: 0 },
  ];
  let seen = 0;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { folder, depth } = next;
    for (const entry of readFolder(folder, (why) => left.push(leave(root, folder, why)))) {
      seen += 1;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (!SKIPPED_FOLDERS.has(entry.name) && depth < MAX_DEPTH) {
          waiting.push({ folder: path, depth: depth + 1 });
        }
      } else if (isEnvFile(entry.name)) {
        paths.push(path);
      }
    }
    if (seen > MAX_ENTRIES) {
      left.push(leave(root, root, `it has more than ${MAX_ENTRIES} files; not all were looked at`));
      break;
    }
  }
  return { paths: paths.sort(), left };
}

/** Whether a file is one that programs read variables from. */
export function isEnvFile(name: string): boolean {
  return ENV_FILE.test(name) && !EXAMPLE_FILE.test(name) && !LEFTOVER.test(name);
}

function readFolder(folder: string, onProblem: (why: string) => void): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    onProblem('the folder cannot be read');
    return [];
  }
}

function leave(root: string, path: string, why: string): LeftAlone {
  return { path: relative(root, path) || '.', line: null, name: null, why };
}
