/**
 * Which finds do not count, and why: by fingerprint with a reason, by a baseline, by path or kind, and by what gitleaks
 * was told. Every one is still printed and counted, so that nothing is quieted unseen.
 */

import { matchesGlob } from 'node:path/posix';
import type { ScanSettings } from '@agentguard/rules';
import type { Allowance, Candidate } from './finding.ts';
import type { GitleaksRules } from './gitleaks-rules.ts';

/** Everything that allows. */
export interface AllowSources {
  readonly settings: ScanSettings;
  /** Fingerprints of a baseline. */
  readonly baseline: ReadonlySet<string>;
  readonly gitleaks: GitleaksRules | null;
  /** The day it is, as in 2026-11-21. */
  readonly today: string;
}

/** Judges finds. */
export interface AllowList {
  /** The path is not looked at. */
  excludes(path: string): boolean;
  /** Null when the find counts. */
  judge(candidate: Candidate): Allowance | null;
  /** Entries whose day has passed: a person should look again. */
  readonly expired: readonly string[];
}

/** What people write beside a find in this and other scanners. */
const COMMENT =
  /(?:gitleaks|betterleaks|agentguard):\s?allow|pragma: allowlist secret|trufflehog:ignore|secretlint-disable-line|nosecret\b/i;

/** Puts the sources together. */
export function makeAllowList({ settings, baseline, gitleaks, today }: AllowSources): AllowList {
  const { exclude = [], kinds, allow = [] } = settings;
  const isPast = ({ expires }: { readonly expires?: string | undefined }): boolean =>
    expires !== undefined && expires < today;
  const reasons = new Map(
    allow.filter((one) => !isPast(one)).map(({ fingerprint, reason }) => [fingerprint, reason]),
  );
  const off = new Set(kinds?.off ?? []);
  return {
    excludes: (path) => exclude.some((glob) => matchesGlob(path, glob)),
    expired: allow.filter(isPast).map(({ fingerprint }) => fingerprint),
    judge: (candidate) => {
      const { finding, line } = candidate;
      const reason = reasons.get(finding.fingerprint);
      if (reason !== undefined) return { kind: 'fingerprint', reason };
      if (baseline.has(finding.fingerprint)) return { kind: 'baseline' };
      if (off.has(finding.kind)) return { kind: 'secret-kind' };
      const file = gitleaks?.allows(candidate) ?? null;
      if (file !== null) return { kind: 'gitleaks', file };
      // SECURITY: whoever writes a secret can write a comment beside it, so a comment quiets a warning and no more.
      return finding.tier === 'warn' && COMMENT.test(line) ? { kind: 'comment' } : null;
    },
  };
}
