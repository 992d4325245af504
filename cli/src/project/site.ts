/** A place in a file where a secret stands, and what is only named because it is not touched. */

import type { SecretJudgement } from '@agentguard/rules';
import type { ProjectFile } from './read-project-file.ts';
import type { SecretText } from './secret-text.ts';

/** How a file is read, which decides what may be written into it. */
export type FileFormat = 'dotenv' | 'shell' | 'json' | 'toml';

/** What a secret is, once it is one. */
export type SiteJudgement = Exclude<SecretJudgement, { kind: 'nothing' }>;

/** A secret where it stands. Offsets count UTF-16 units of the file's text. */
export interface Site {
  readonly file: ProjectFile;
  readonly format: FileFormat;
  /** Variable, header or setting. */
  readonly name: string;
  /** From 1. */
  readonly line: number;
  readonly start: number;
  readonly end: number;
  /** What programs would read there. */
  readonly value: SecretText;
  readonly judgement: SiteJudgement;
  /** Commented out: nobody reads it but people and agents. */
  readonly commented: boolean;
  /** The file's programs put variables in the place of `${NAME:-otherwise}`. */
  readonly takesVariables: boolean;
}

/** Something that is not moved, and why. */
export interface LeftAlone {
  /** The file, as it is shown. */
  readonly path: string;
  readonly line: number | null;
  /** Variable or setting; null for the whole file. */
  readonly name: string | null;
  readonly why: string;
}

/** What one file holds. */
export interface Findings {
  readonly sites: readonly Site[];
  readonly left: readonly LeftAlone[];
}
