/**
 * Files in reach: what an agent that is started here could read that opens a door, the worst first. In the project every
 * file, in the home folder those that are known to hold secrets; what the sandbox hides is no way around.
 */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DOORS } from '@agentguard/rules';
import type { Door } from '@agentguard/rules';
import { findOutside } from '../project/outside.ts';
import type { Offer } from '../sandbox/choose.ts';
import { findRoot } from '../scan/find-root.ts';
import type { Finding as Secret } from '../scan/finding.ts';
import { makeProgress } from '../scan/progress.ts';
import { readScanPolicy } from '../scan/scan-settings.ts';
import type { ScanPolicy } from '../scan/scan-settings.ts';
import { scanTree } from '../scan/scan-tree.ts';
import { settingsReader } from '../scan/settings-reader.ts';
import type { Finding } from './finding.ts';

/** The doctor is waited for; a tree that takes longer is looked through by the scan itself. */
const PATIENCE_MS = 5000;

/** Files that are named; a number says how many more there are. */
const MAX_FILES = 20;

/** Beside the credentials of tools: what shells read and remember. */
const HOME_FILES = [
  ...['.bashrc', '.bash_profile', '.profile', '.zshrc', '.zprofile', '.zshenv', '.env', '.envrc'],
  ...['.bash_history', '.zsh_history', '.psql_history', '.python_history', '.node_repl_history'],
  ...['.netrc', '.pgpass', '.npmrc', '.pypirc', '.git-credentials', '.aws/credentials', '.my.cnf'],
  ...['.docker/config.json', '.kube/config', '.config/gh/hosts.yml', '.gem/credentials', '.s3cfg'],
  ...['.config/fish/config.fish', '.vault-token', '.claude.json', '.m2/settings.xml', '.boto'],
] as const;

/** Looks. */
export async function checkReach(
  folder: string,
  home: string,
  sandbox: Offer,
): Promise<readonly Finding[]> {
  try {
    const root = findRoot(folder, false);
    const policy = await readScanPolicy(settingsReader(root), null);
    // The sandbox hides what is known to hold credentials, and none of the rest.
    const known = sandbox.kind === 'ready' ? findOutside(home) : [];
    const hidden = new Set(known.map(({ path }) => path.replace(/^~\//, '')));
    const own = await scan({ root, paths: [folder], policy });
    const elsewhere = await scan({ root: home, paths: homeFiles(home), policy });
    return [
      ...describe(own.secrets, 'in the project', () => false),
      ...describe(elsewhere.secrets, 'in the home folder', (path) => hidden.has(path)),
      ...own.notes.map((what) => note(folder, what, 'agentguard scan')),
    ];
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unknown failure';
    return [note(folder, `files in reach were not looked at: ${why}`, 'agentguard scan')];
  }
}

function homeFiles(home: string): readonly string[] {
  return HOME_FILES.map((name) => join(home, name)).filter((path) => existsSync(path));
}

interface Looked {
  readonly secrets: readonly Secret[];
  readonly notes: readonly string[];
}

async function scan(parts: {
  readonly root: string;
  readonly paths: readonly string[];
  readonly policy: ScanPolicy;
}): Promise<Looked> {
  if (parts.paths.length === 0) return { secrets: [], notes: [] };
  const options = { ...parts, progress: makeProgress(null), patienceMs: PATIENCE_MS };
  const { findings, notes } = await scanTree(options);
  const secrets = findings.filter(({ tier, allowed }) => tier === 'block' && allowed === null);
  return { secrets, notes };
}

interface File {
  readonly path: string;
  readonly worst: Door;
  readonly titles: ReadonlySet<string>;
  readonly count: number;
}

function describe(
  secrets: readonly Secret[],
  where: string,
  hides: (path: string) => boolean,
): readonly Finding[] {
  const files = toFiles(secrets);
  const shown = files
    .slice(0, MAX_FILES)
    .map((file) => toFinding(file, { where, hidden: hides(file.path) }));
  const rest = files.length - shown.length;
  if (rest === 0) return shown;
  return [...shown, note(where, `${rest} more files hold secrets`, 'agentguard scan')];
}

function toFinding(
  { path, worst, titles, count }: File,
  { where, hidden }: { readonly where: string; readonly hidden: boolean },
): Finding {
  const about = where === 'in the home folder' ? `~/${path}` : path;
  const many = count > titles.size ? ` (${count})` : '';
  const what = `opens ${worst}: ${[...titles].join(', ')}${many}`;
  const held = `${what}; hidden inside a sandbox`;
  if (hidden)
    return { id: 'reach-hidden', level: 'held', about, layer: 'sandbox', what: held, mend: null };
  const mend = 'agentguard scan move, or keep it outside of what an agent can read';
  return { id: 'reach', level: 'open', about, layer: null, what, mend };
}

function toFiles(secrets: readonly Secret[]): readonly File[] {
  const byPath = new Map<string, Secret[]>();
  for (const secret of secrets)
    byPath.set(secret.path, [...(byPath.get(secret.path) ?? []), secret]);
  const rank = (door: Door): number => DOORS.indexOf(door);
  return [...byPath]
    .map(([path, found]) => ({
      path,
      worst:
        found.map(({ opens }) => opens).sort((one, other) => rank(one) - rank(other))[0] ??
        'service',
      titles: new Set(found.map(({ title }) => title)),
      count: found.length,
    }))
    .sort((one, other) => rank(one.worst) - rank(other.worst) || other.count - one.count);
}

function note(about: string, what: string, mend: string): Finding {
  return { id: 'reach-more', level: 'note', about, layer: null, what, mend };
}
