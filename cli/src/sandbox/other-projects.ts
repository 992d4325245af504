/**
 * The secrets that other projects keep in files, so that a database named in a forgotten `.env` is not found.
 * What could not be looked through is hidden whole.
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

/** Finds them in the folders beside the workspace, and beside each folder it lies in, up to the home folder. */
export function otherProjectsSecrets(
  workspace: string,
  home: string,
  view: FileView,
): readonly FoundSecret[] {
  const found: FoundSecret[] = [];
  let level = besides(workspace, home, view);
  let budget = MAX_FOLDERS;
  for (let depth = 0; depth <= MAX_DEPTH; depth += 1) {
    const next: string[] = [];
    for (const [index, folder] of level.entries()) {
      if (budget === 0) return [...found, ...level.slice(index).map(toHiddenFolder)];
      budget -= 1;
      for (const { name, kind } of view.entriesOf(folder)) {
        const path = join(folder, name);
        if (kind === 'folder' && !name.startsWith('.') && !PASSED_BY.has(name)) next.push(path);
        else if (kind === 'file' && isSecretName(name)) found.push({ path, kind: 'file' });
      }
    }
    level = next;
  }
  return found;
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

function toHiddenFolder(path: string): FoundSecret {
  return { path, kind: 'folder' };
}
