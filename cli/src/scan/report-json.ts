/** The answer for programs: our own form, and that of gitleaks for tools that read it. */

import type { Finding, ScanResult } from './finding.ts';
import { counts } from './finding.ts';

/** Field by field as the reference of commands names them; only ever gains fields. */
export function toJsonReport(
  result: ScanResult,
  strict: boolean,
): Readonly<Record<string, unknown>> {
  const { findings, skipped, unread, files, bytes, notes } = result;
  return {
    version: 1,
    stops: findings.some((finding) => counts(finding, strict)),
    complete: unread.length === 0,
    findings: findings.map((finding) => ({ ...finding, stops: counts(finding, strict) })),
    skipped,
    unread,
    files,
    bytes,
    notes,
  };
}

/** As gitleaks 8 writes it; `Secret` and `Match` are masked. */
export function toGitleaksReport({ findings }: ScanResult): readonly unknown[] {
  return findings.filter(({ allowed }) => allowed === null).map(toGitleaks);
}

function toGitleaks(finding: Finding): Readonly<Record<string, unknown>> {
  const { kind, title, path, line, column, shown, fingerprint, place } = finding;
  const commit = place.kind === 'history' ? (place.commit ?? '') : '';
  return {
    RuleID: kind,
    Description: title,
    StartLine: line,
    EndLine: line,
    StartColumn: column,
    EndColumn: column,
    Match: shown,
    Secret: shown,
    File: path,
    SymlinkFile: '',
    Commit: commit,
    Entropy: 0,
    Author: '',
    Email: '',
    Date: '',
    Message: '',
    Tags: [],
    Fingerprint: `${commit === '' ? '' : `${commit}:`}${path}:${kind}:${line}`,
    AgentguardFingerprint: fingerprint,
  };
}
