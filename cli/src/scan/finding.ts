/** What a scan finds, without the secret: everything in here may be printed. */

import type { Door, Tier } from '@agentguard/rules';

/** Where a find stands, besides its file. */
export type FindingPlace =
  | { readonly kind: 'tree' }
  | { readonly kind: 'staged' }
  | { readonly kind: 'stdin' }
  /** A file that git ignores: it is not committed, and an agent can read it. */
  | { readonly kind: 'local' }
  | { readonly kind: 'history'; readonly blob: string; readonly commit: string | null };

/** Why a find does not count. */
export type Allowance =
  | { readonly kind: 'fingerprint'; readonly reason: string }
  | { readonly kind: 'baseline' }
  | { readonly kind: 'path'; readonly pattern: string }
  | { readonly kind: 'secret-kind' }
  | { readonly kind: 'gitleaks'; readonly file: string }
  /** A comment in the line: anybody who writes the line may write it. */
  | { readonly kind: 'comment' };

/** One find. */
export interface Finding {
  /** Divided by `/`, below the root of the scan; raw bytes as Latin-1 where they are no UTF-8. */
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly kind: string;
  readonly title: string;
  readonly tier: Tier;
  readonly opens: Door;
  /** The last characters of a long value, nothing of a short one. */
  readonly shown: string;
  readonly fingerprint: string;
  readonly why: string;
  /** The variable or setting that holds it. */
  readonly name: string | null;
  readonly place: FindingPlace;
  readonly allowed: Allowance | null;
}

/** A find before it was judged, with what is needed to judge it and is never kept. */
export interface Candidate {
  readonly finding: Finding;
  /** SECURITY(P-03): compared with patterns of the person's own, and dropped. */
  readonly secret: string;
  readonly line: string;
}

/** Something that was not looked at, and why. */
export interface Skipped {
  readonly path: string;
  readonly why: SkipReason;
}

export type SkipReason =
  | 'ignored by git'
  | 'archive'
  | 'symbolic link'
  | 'submodule'
  | 'no regular file'
  | 'excluded by the settings'
  | 'large file elsewhere (LFS)'
  | 'deleted'
  | 'unmerged'
  | 'same content as before'
  | 'empty';

/** The answer of a scan. */
export interface ScanResult {
  readonly findings: readonly Finding[];
  readonly skipped: readonly Skipped[];
  /** What could not be read: the scan is not complete. */
  readonly unread: readonly { readonly path: string; readonly why: string }[];
  readonly files: number;
  readonly bytes: number;
  /** What a person should know about how far the scan went. */
  readonly notes: readonly string[];
}

/** Whether a find counts against the scan. */
export function counts({ allowed, tier, place }: Finding, strict: boolean): boolean {
  return allowed === null && place.kind !== 'local' && (tier === 'block' || strict);
}
