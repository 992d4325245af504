/**
 * The secrets that other projects keep in files, so that a database named in a forgotten `.env` is not found.
 * What could not be looked through, or holds too many, is hidden whole.
 */

import { dirname, join } from 'node:path/posix';
import type { FileView } from './file-view.ts';
import { isWithin, toNamePattern } from './paths-in.ts';
import type { FoundSecret } from './profile.ts';

/** Levels below a folder that stands beside the workspace. */
const MAX_DEPTH = 2;

/** Folders that are looked into: about 50 ms. */
const MAX_FOLDERS = 2000;

/** Names of files that hold secrets by custom. */
const SECRET_NAMES = [
  '.env',
  '.env.*',
  '*.env',
  '.envrc',
  '.dev.vars',
  '*.tfstate',
  '*.tfstate.*',
  '*.tfvars',
  '*.pem',
  '*.p12',
  '*.pfx',
  '*.key',
  'id_rsa*',
  'id_ed25519*',
  '.netrc',
  '.pgpass',
  'kubeconfig*',
  'service-account*.json',
  'credentials.json',
  'secrets.y*ml',
].map(toNamePattern);

/** Names that look alike and are there to be read. */
const EXAMPLE = /\.(example|sample|template|dist|defaults?)$/;

const PASSED_BY = new Set(['node_modules', 'vendor', 'target', 'dist', 'build', '__pycache__']);

const TEMPORARY = new Set(['/tmp', '/var/tmp', '/private/tmp']);

/** Each cover costs a mount; where there are more files, whole folders are covered. */
const MAX_COVERS = 60;

/** Finds them in the folders beside the workspace, and beside each folder it lies in, up to the home folder. */
export function otherProjectsSecrets(
  workspace: string,
  home: string,
  view: FileView,
): readonly FoundSecret[] {
  // What stands beside a temporary folder is hidden with the folder around both.
  if (TEMPORARY.has(dirname(workspace))) return [];
  const tops = besides(workspace, home, view);
  const { files, unseen } = search(tops, view);
  const covers = files.length > MAX_COVERS ? topsOf(files, tops).map(toFolder) : files.map(toFile);
  return [...covers, ...unseen.map(toFolder)];
}

/** Looks through the folders level by level; what the budget does not reach is unseen. */
function search(
  tops: readonly string[],
  view: FileView,
): { readonly files: readonly string[]; readonly unseen: readonly string[] } {
  const files: string[] = [];
  let level = tops;
  let budget = MAX_FOLDERS;
  for (let depth = 0; depth <= MAX_DEPTH; depth += 1) {
    const next: string[] = [];
    const [seen, unseen] = [level.slice(0, budget), level.slice(budget)];
    budget -= seen.length;
    for (const folder of seen) {
      for (const { name, kind } of view.entriesOf(folder)) {
        if (kind === 'folder' && !isPassedBy(name)) next.push(join(folder, name));
        else if (kind === 'file' && isSecretName(name)) files.push(join(folder, name));
      }
    }
    if (unseen.length > 0) return { files, unseen };
    level = next;
  }
  return { files, unseen: [] };
}

function isPassedBy(name: string): boolean {
  return name.startsWith('.') || PASSED_BY.has(name);
}

function topsOf(files: readonly string[], tops: readonly string[]): readonly string[] {
  return tops.filter((top) => files.some((file) => isWithin(file, top)));
}

/** Whether a file is one that holds secrets, by its name. */
export function isSecretName(name: string): boolean {
  return !EXAMPLE.test(name) && SECRET_NAMES.some((pattern) => pattern.test(name));
}

/** Neighbours of the workspace and of the folders around it. Outside of the home folder, only its own. */
function besides(workspace: string, home: string, view: FileView): string[] {
  const folders: string[] = [];
  let inner = workspace;
  do {
    const around = dirname(inner);
    for (const { name, kind } of view.entriesOf(around)) {
      const path = join(around, name);
      if (kind === 'folder' && path !== inner && !name.startsWith('.')) folders.push(path);
    }
    inner = around;
  } while (inner !== home && isWithin(inner, home));
  return folders;
}

function toFolder(path: string): FoundSecret {
  return { path, kind: 'folder' };
}

function toFile(path: string): FoundSecret {
  return { path, kind: 'file' };
}
