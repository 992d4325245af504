/** `agentguard scan install-hook`, `uninstall-hook`, `allow`, `move`, `baseline`. */

import { realpathSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { EXIT, UsageError } from '../exit-code.ts';
import { printAnswer, printNote } from '../output/print.ts';
import { makeVisible } from '../output/visible.ts';
import { allowFindings, ensureFingerprintKey, refuseInSession } from '../scan/allow-findings.ts';
import { toBaselineText } from '../scan/baseline.ts';
import { findRoot } from '../scan/find-root.ts';
import { counts } from '../scan/finding.ts';
import type { Finding } from '../scan/finding.ts';
import { openGit } from '../scan/git.ts';
import { installHook, uninstallHook } from '../scan/hook-files.ts';
import { moveFindings } from '../scan/move-findings.ts';
import { ScanError } from '../scan/scan-error.ts';
import { printMoved } from './scan-hook.ts';
import { runScan } from './scan.ts';
import type { ScanOptions } from './scan.ts';

const WHOLE: ScanOptions = {
  paths: [],
  staged: false,
  history: null,
  stdin: false,
  stdinName: null,
  format: 'text',
  strict: false,
  verbose: false,
  baseline: null,
};

/** Puts the check before every commit. */
export function scanInstallHook(): Promise<number> {
  const git = openGit(findRoot(process.cwd(), true));
  const program = realpathSync(process.argv[1] ?? '');
  const { manager, path } = installHook(git, { node: process.execPath, program });
  printAnswer(`every commit here is checked (${manager}): ${makeVisible(path).text}`);
  printNote(
    '  git commit --no-verify goes around it; agentguard scan --history HEAD in CI does not',
  );
  return Promise.resolve(EXIT.done);
}

/** Takes it out again. */
export function scanUninstallHook(): Promise<number> {
  const place = uninstallHook(openGit(findRoot(process.cwd(), true)));
  if (place === null) throw new UsageError('there is no hook of ours here');
  printAnswer(`${makeVisible(place.path).text} is as it was`);
  return Promise.resolve(EXIT.done);
}

/** Allows one find by its fingerprint, with a reason that is kept. */
export async function scanAllow(options: {
  readonly fingerprint: string;
  readonly reason: string;
  readonly expires: string | null;
}): Promise<number> {
  refuseInSession();
  const { fingerprint, reason, expires } = options;
  const root = findRoot(process.cwd(), false);
  const known = await findByFingerprint(fingerprint);
  const fresh = ensureFingerprintKey(root);
  const found = fresh ? await sameAgain(known) : known;
  allowFindings(root, [found], { reason, expires });
  printAnswer(
    `${found.fingerprint} is allowed: ${makeVisible(`${found.path}:${found.line}`).text}`,
  );
  printNote('  agentguard.yaml says so, for whoever reviews it');
  return EXIT.done;
}

/** In what lies here, else in what is staged: a fingerprint that nothing has would allow nothing. */
async function findByFingerprint(fingerprint: string): Promise<Finding> {
  for (const options of [
    { ...WHOLE, paths: ['.'] },
    { ...WHOLE, staged: true },
  ]) {
    const { findings } = await runScan(options).catch(() => ({ findings: [] as Finding[] }));
    const found = findings.find((one) => one.fingerprint === fingerprint);
    if (found !== undefined) return found;
  }
  throw new ScanError(`no find here has the fingerprint \`${fingerprint}\``, 'agentguard scan');
}

/** The project has a key of its own now, so the find has another fingerprint. */
async function sameAgain(known: Finding): Promise<Finding> {
  const options =
    known.place.kind === 'staged' ? { ...WHOLE, staged: true } : { ...WHOLE, paths: ['.'] };
  const { findings } = await runScan(options);
  const { path, line, column, kind } = known;
  const found = findings.find(
    (one) => one.path === path && one.line === line && one.column === column && one.kind === kind,
  );
  if (found === undefined) throw new ScanError('the files changed meanwhile', 'agentguard scan');
  return found;
}

/** Moves what a scan finds into the vault. */
export async function scanMove(options: {
  readonly paths: readonly string[];
  readonly staged: boolean;
}): Promise<number> {
  refuseInSession();
  const { findings } = await runScan({ ...WHOLE, ...options });
  const moving = findings.filter((one) => counts(one, false) || one.place.kind === 'local');
  if (moving.length === 0) {
    printAnswer('nothing here has to be moved');
    return EXIT.done;
  }
  const moved = await moveFindings(findRoot(process.cwd(), false), moving);
  printMoved(moved);
  const incomplete = moved.left.length > 0 || moved.unstaged.length > 0;
  printAnswer(`${moved.names.length} in the vault, ${moved.files.length} files rewritten`);
  return incomplete ? EXIT.failed : EXIT.done;
}

/** Writes every find of now into a file, so that only new ones count. */
export async function scanBaseline(file: string): Promise<number> {
  refuseInSession();
  const root = findRoot(process.cwd(), false);
  ensureFingerprintKey(root);
  const { findings } = await runScan(WHOLE);
  const counted = findings.filter(({ place }) => place.kind !== 'local');
  writeFileSync(resolve(join(root, file)), toBaselineText(counted));
  printAnswer(`${counted.length} finds in ${makeVisible(file).text}`);
  printNote(`  say it in agentguard.yaml: scan: { baseline: ${makeVisible(file).text} }`);
  return EXIT.done;
}
