/**
 * What runs before a commit: the scan of what is staged, and for a find three ways on. Inside of a guarded session there
 * is none of them: an agent cannot allow its own find.
 */

import { join } from 'node:path';
import { SESSION_MARKER } from '@agentguard/daemon/control';
import { printNote, printProblem } from '../output/print.ts';
import { makeVisible } from '../output/visible.ts';
import { openTerminal } from '../scan/ask-at-terminal.ts';
import type { Terminal } from '../scan/ask-at-terminal.ts';
import { findRoot } from '../scan/find-root.ts';
import { counts } from '../scan/finding.ts';
import type { Finding, ScanResult } from '../scan/finding.ts';
import { openGit } from '../scan/git.ts';
import { toTextReport } from '../scan/report-text.ts';
import { readScanPolicy } from '../scan/scan-settings.ts';
import { scanStaged } from '../scan/scan-staged.ts';
import { settingsReader } from '../scan/settings-reader.ts';
import { SCAN_EXIT } from './scan.ts';

/** Scans, and lets the commit through or stops it. */
export async function scanHook({ strict }: { readonly strict: boolean }): Promise<number> {
  try {
    const root = findRoot(process.cwd(), true);
    let result = await scanIndex(root);
    if (isClean(result, strict)) return end(result, strict);
    report(result, strict);
    if (process.env[SESSION_MARKER] !== undefined) return stopInSession();
    const terminal = openTerminal();
    if (terminal === null) return stop(result, strict);
    try {
      while (!isClean(result, strict) && (await goOn(root, { terminal, result, strict }))) {
        result = await scanIndex(root);
        if (!isClean(result, strict)) report(result, strict);
      }
    } finally {
      terminal.close();
    }
    return isClean(result, strict) ? SCAN_EXIT.clean : stop(result, strict);
  } catch (error) {
    printProblem(error);
    printNote('agentguard: the commit is stopped, because what is staged was not looked at');
    return SCAN_EXIT.failed;
  }
}

async function scanIndex(root: string): Promise<ScanResult> {
  const policy = await readScanPolicy(settingsReader(root), null);
  return scanStaged(openGit(process.cwd()), policy);
}

function isClean(result: ScanResult, strict: boolean): boolean {
  return result.unread.length === 0 && !result.findings.some((one) => counts(one, strict));
}

/** A commit that brings nothing in is let through without a word; what is only worth a look is said. */
function end(result: ScanResult, strict: boolean): number {
  if (result.findings.length > 0) report(result, strict);
  return SCAN_EXIT.clean;
}

function report(result: ScanResult, strict: boolean): void {
  for (const line of toTextReport(result, { strict, verbose: false })) printNote(line);
}

function stopInSession(): number {
  printNote('agentguard: the commit is stopped; inside of a guarded session no find is allowed');
  printNote(
    '  take the value out: read it from the environment, or ask the person for a reference',
  );
  return SCAN_EXIT.found;
}

function stop(result: ScanResult, strict: boolean): number {
  const first = result.findings.find((one) => counts(one, strict));
  const fingerprint = first?.fingerprint ?? 'FINGERPRINT';
  printNote('agentguard: the commit is stopped. Three ways on:');
  printNote(
    '  agentguard scan move --staged            puts it into the vault, and stages the file anew',
  );
  printNote(`  agentguard scan allow ${fingerprint} --reason TEXT   says why it is none`);
  printNote('  or take it out by hand, and stage the file');
  return SCAN_EXIT.found;
}

const QUESTION = 'agentguard: [m]ove into the vault, [a]llow with a reason, anything else stops: ';

async function goOn(
  root: string,
  parts: { readonly terminal: Terminal; readonly result: ScanResult; readonly strict: boolean },
): Promise<boolean> {
  const { terminal, result, strict } = parts;
  const stopping = result.findings.filter((one) => counts(one, strict));
  switch (terminal.ask(QUESTION).toLowerCase()) {
    case 'm':
      return move(root, stopping);
    case 'a':
      return allow(root, stopping, terminal);
    default:
      return false;
  }
}

async function move(root: string, findings: readonly Finding[]): Promise<boolean> {
  const { moveFindings } = await import('../scan/move-findings.ts');
  const moved = await moveFindings(root, findings);
  printMoved(moved);
  return moved.files.length > 0 && moved.unstaged.length === 0;
}

/** Says what was moved and what is left to do. */
export function printMoved(moved: {
  readonly files: readonly string[];
  readonly names: readonly string[];
  readonly unstaged: readonly string[];
  readonly left: readonly string[];
}): void {
  const { files, names, unstaged, left } = moved;
  const show = (list: readonly string[]): string => makeVisible(list.join(', ')).text;
  if (files.length > 0) {
    printNote(`agentguard: in the vault: ${show(names)}; rewritten: ${show(files)}`);
    printNote('  agentguard exec -- CMD   starts a program of yours with the real values');
  }
  if (unstaged.length > 0) printNote(`agentguard: stage it yourself: git add ${show(unstaged)}`);
  if (left.length > 0) {
    printNote(`agentguard: by hand, because no reference is read there: ${show(left)}`);
  }
}

async function allow(
  root: string,
  findings: readonly Finding[],
  terminal: Terminal,
): Promise<boolean> {
  const reason = terminal.ask('why is it none, or why may it stay? ');
  if (reason.length < 3) return false;
  const { allowFindings, ensureFingerprintKey } = await import('../scan/allow-findings.ts');
  const fresh = ensureFingerprintKey(root);
  const current = fresh ? again(findings, await scanIndex(root)) : findings;
  allowFindings(root, current, { reason, expires: null });
  const { stageNew } = await import('../scan/stage-file.ts');
  stageNew(openGit(root), join(root, 'agentguard.yaml'));
  printNote('agentguard: written into agentguard.yaml and staged; it is part of what is reviewed');
  return true;
}

/** The same finds under the project's own key. */
function again(findings: readonly Finding[], { findings: fresh }: ScanResult): readonly Finding[] {
  const placeOf = ({ path, line, column, kind }: Finding): string =>
    `${path}\0${line}\0${column}\0${kind}`;
  const places = new Set(findings.map(placeOf));
  return fresh.filter((finding) => places.has(placeOf(finding)));
}
