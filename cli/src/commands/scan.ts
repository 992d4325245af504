/**
 * `agentguard scan`: secrets in files, in what is staged, in the history, on standard input.
 * Its exit codes are those that scanners have: 0 clean, 1 found, 2 not scanned as a whole.
 */

import { UsageError } from '../exit-code.ts';
import { printAnswer, printJson, printProblem } from '../output/print.ts';
import { counts } from '../scan/finding.ts';
import type { ScanResult } from '../scan/finding.ts';
import { findRoot } from '../scan/find-root.ts';
import { openGit } from '../scan/git.ts';
import { makeProgress } from '../scan/progress.ts';
import { toGitleaksReport, toJsonReport } from '../scan/report-json.ts';
import { toSarif } from '../scan/report-sarif.ts';
import { toTextReport } from '../scan/report-text.ts';
import { scanHistory } from '../scan/scan-history.ts';
import { readScanPolicy } from '../scan/scan-settings.ts';
import { scanStaged } from '../scan/scan-staged.ts';
import { scanStream } from '../scan/scan-stream.ts';
import { scanTree } from '../scan/scan-tree.ts';
import { settingsReader } from '../scan/settings-reader.ts';

/** What a scan ends in. */
export const SCAN_EXIT = { clean: 0, found: 1, failed: 2 } as const;

/** How the answer is written. */
export type ScanFormat = 'text' | 'json' | 'sarif' | 'gitleaks-json';

/** What was typed. */
export interface ScanOptions {
  readonly paths: readonly string[];
  readonly staged: boolean;
  /** A range, or true for all of it; null when the history is not asked for. */
  readonly history: string | true | null;
  readonly stdin: boolean;
  /** What standard input is called. */
  readonly stdinName: string | null;
  readonly format: ScanFormat;
  readonly strict: boolean;
  readonly verbose: boolean;
  readonly baseline: string | null;
}

/** Scans, prints, and says by its exit code what was found. */
export async function scan(options: ScanOptions): Promise<number> {
  try {
    const result = await runScan(options);
    print(result, options);
    return exitOf(result, options.strict);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    printProblem(error);
    return SCAN_EXIT.failed;
  }
}

/** Scans what was asked for. */
export async function runScan(options: ScanOptions): Promise<ScanResult> {
  const { paths, staged, history, stdin, baseline } = options;
  if ([staged, history !== null, stdin, paths.length > 0].filter(Boolean).length > 1) {
    throw new UsageError('a scan is of paths, or --staged, or --history, or --stdin');
  }
  const root = findRoot(process.cwd(), staged || history !== null);
  const policy = await readScanPolicy(settingsReader(root), baseline);
  if (stdin) return scanStream(process.stdin, policy, options.stdinName ?? '');
  if (staged) return scanStaged(openGit(process.cwd()), policy);
  const progress = makeProgress(progressStream(options.format));
  if (history !== null) {
    const range = { range: history === true ? null : history };
    return scanHistory(openGit(process.cwd()), policy, { range, progress });
  }
  return scanTree({ root, paths: paths.length === 0 ? ['.'] : paths, policy, progress });
}

/** 2 wins: what was not read may hold anything. */
export function exitOf(result: ScanResult, strict: boolean): number {
  if (result.unread.length > 0) return SCAN_EXIT.failed;
  return result.findings.some((one) => counts(one, strict)) ? SCAN_EXIT.found : SCAN_EXIT.clean;
}

function progressStream(format: ScanFormat): NodeJS.WriteStream | null {
  return format === 'text' && process.stderr.isTTY ? process.stderr : null;
}

function print(result: ScanResult, { format, strict, verbose }: ScanOptions): void {
  switch (format) {
    case 'text':
      for (const line of toTextReport(result, { strict, verbose })) printAnswer(line);
      return;
    case 'json':
      printJson(toJsonReport(result, strict));
      return;
    case 'sarif':
      printJson(toSarif(result));
      return;
    case 'gitleaks-json':
      printJson(toGitleaksReport(result));
  }
}
