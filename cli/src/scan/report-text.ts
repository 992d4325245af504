/** The answer for people: where, what, why, and what to do. Never a whole secret. */

import { DOORS } from '@agentguard/rules';
import { makeVisible } from '../output/visible.ts';
import type { Allowance, Finding, ScanResult } from './finding.ts';
import { counts } from './finding.ts';

/** Lines of a report. @param verbose lists each thing that was left out */
export function toTextReport(
  result: ScanResult,
  { strict, verbose }: { readonly strict: boolean; readonly verbose: boolean },
): readonly string[] {
  const shown = result.findings.filter(({ allowed }) => allowed === null).sort(inOrder);
  return [
    ...shown.flatMap((finding) => describe(finding, strict)),
    ...describeAllowed(result.findings),
    ...result.unread.map(({ path, why }) => line(`not read: ${path} (${why})`)),
    ...result.notes.map((note) => line(`note: ${note}`)),
    ...(verbose ? result.skipped.map(({ path, why }) => line(`left out: ${path} (${why})`)) : []),
    ...summarize(result, strict),
  ];
}

function describe(finding: Finding, strict: boolean): readonly string[] {
  const { path, line: at, title, shown, why, name, kind, fingerprint, place } = finding;
  const level = place.kind === 'local' ? 'local' : counts(finding, strict) ? 'BLOCK' : 'warn ';
  const where =
    place.kind === 'history' && place.commit !== null ? ` in ${place.commit.slice(0, 12)}` : '';
  const called = name === null ? '' : ` (${name})`;
  return [
    line(`${level} ${path}:${at}${where}  ${title}${called}  ${shown}`),
    line(`      ${why}; kind ${kind}, fingerprint ${fingerprint}`),
    `      ${adviceFor(finding)}`,
  ];
}

/** What to do about a find. */
export function adviceFor({ place, kind }: Finding): string {
  switch (place.kind) {
    case 'local':
      return 'git ignores it, an agent can read it: agentguard init moves it into the vault';
    case 'history':
      return 'it is in the history: change it where it was made, then allow the fingerprint';
    case 'tree':
    case 'staged':
    case 'stdin':
      return kind.startsWith('private-key') || kind === 'jwt'
        ? 'keep it outside of the project, and have the program read it from there'
        : 'agentguard scan move puts it into the vault; scan allow FINGERPRINT says that it is none';
  }
}

/** Quieted finds are counted by what quiets them, so that a new one is seen. */
function describeAllowed(findings: readonly Finding[]): readonly string[] {
  const groups = new Map<string, number>();
  for (const { allowed } of findings) {
    if (allowed === null) continue;
    const name = describeAllowance(allowed);
    groups.set(name, (groups.get(name) ?? 0) + 1);
  }
  return [...groups].map(([name, count]) => line(`allowed: ${count} by ${name}`));
}

function describeAllowance(allowed: Allowance): string {
  switch (allowed.kind) {
    case 'fingerprint':
      return `fingerprint (${allowed.reason})`;
    case 'baseline':
      return 'the baseline';
    case 'path':
      return `the path ${allowed.pattern}`;
    case 'secret-kind':
      return 'their kind';
    case 'gitleaks':
      return allowed.file;
    case 'comment':
      return 'a comment in the line';
  }
}

function summarize(result: ScanResult, strict: boolean): readonly string[] {
  const { findings, files, bytes, skipped } = result;
  const stopping = findings.filter((one) => counts(one, strict)).length;
  const open = findings.filter(({ allowed }) => allowed === null).length;
  const verdict = stopping > 0 ? `${stopping} to stop for` : 'nothing to stop for';
  const others = open - stopping === 0 ? '' : `, ${open - stopping} to look at`;
  const left = skipped.length === 0 ? '' : `, ${skipped.length} left out (${reasons(result)})`;
  return [`${verdict}${others}; ${files} contents, ${bytes} bytes looked at${left}`];
}

function reasons({ skipped }: ScanResult): string {
  const groups = new Map<string, number>();
  for (const { why } of skipped) groups.set(why, (groups.get(why) ?? 0) + 1);
  return [...groups].map(([why, count]) => `${count} ${why}`).join(', ');
}

/** What stops first, then by what it opens, then by place. */
function inOrder(one: Finding, other: Finding): number {
  return (
    rank(one) - rank(other) ||
    DOORS.indexOf(one.opens) - DOORS.indexOf(other.opens) ||
    (one.path < other.path ? -1 : Number(one.path > other.path)) ||
    one.line - other.line
  );
}

function rank({ tier, place }: Finding): number {
  return (tier === 'block' ? 0 : 1) + (place.kind === 'local' ? 2 : 0);
}

/** Names of files may hold line ends and codes of terminals. */
function line(text: string): string {
  return makeVisible(text).text.replaceAll('\n', '<LF>');
}
