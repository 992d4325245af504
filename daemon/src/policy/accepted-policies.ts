/**
 * The versions of projects' policy files that a person accepted, with their text: what is in force is what was accepted,
 * whatever stands in the project by now. An agent can edit a project's file; it cannot put it in force.
 */

import { hash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PolicyError } from '@agentguard/rules';
import * as z from 'zod';
import { writeFileAtomic } from '../platform/atomic-file.ts';

/** The name of a policy file, in a project and in the config folder. */
export const POLICY_FILE_NAME = 'agentguard.yaml';

const fileSchema = z.strictObject({
  version: z.literal(1),
  accepted: z.array(
    z.strictObject({ path: z.string(), text: z.string(), by: z.string(), at: z.number() }),
  ),
});

/** One accepted version. */
export interface AcceptedPolicy {
  /** Full path of the file in the project. */
  readonly path: string;
  readonly text: string;
  /** What tells the text from others. */
  readonly revision: string;
  readonly by: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** The accepted versions of one home. */
export class AcceptedPolicies {
  readonly #path: string;
  #accepted: readonly AcceptedPolicy[];

  /**
   * @param path file that keeps them
   * @throws PolicyError when it cannot be read: nobody knows then what was accepted
   */
  constructor(path: string) {
    this.#path = path;
    this.#accepted = read(path);
  }

  list(): readonly AcceptedPolicy[] {
    return this.#accepted;
  }

  /** The accepted version of a file; undefined when none was. */
  find(path: string): AcceptedPolicy | undefined {
    return this.#accepted.find((one) => one.path === path);
  }

  /**
   * The accepted version that holds for a folder: of the nearest folder above it that has one. A file that nobody
   * accepted and that lies nearer does not stand in its way.
   */
  nearest(folder: string): AcceptedPolicy | undefined {
    if (this.#accepted.length === 0) return undefined;
    for (const path of policyPathsAbove(folder)) {
      const found = this.find(path);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Accepts a version. @throws PolicyError when it cannot be kept; the old one then stays in force */
  accept(version: Omit<AcceptedPolicy, 'revision'>): void {
    const others = this.#accepted.filter(({ path }) => path !== version.path);
    const accepted = [...others, { ...version, revision: revisionOfText(version.text) }];
    const kept = accepted.map(({ path, text, by, at }) => ({ path, text, by, at }));
    try {
      writeFileAtomic(this.#path, `${JSON.stringify({ version: 1, accepted: kept }, null, 1)}\n`);
    } catch (cause) {
      throw new PolicyError('POLICY_INVALID', `${this.#path} cannot be written`, {
        cause,
        audience: 'user',
      });
    }
    this.#accepted = accepted;
  }
}

/** Where a policy file of a folder may lie: in it and in every folder above. */
export function policyPathsAbove(folder: string): readonly string[] {
  const paths: string[] = [];
  for (let at = folder; ; at = dirname(at)) {
    paths.push(join(at, POLICY_FILE_NAME));
    if (dirname(at) === at) return paths;
  }
}

/** What tells two versions apart: SHA-256 of the text, in hexadecimal. */
export function revisionOfText(text: string): string {
  return hash('sha256', text, 'hex');
}

function read(path: string): readonly AcceptedPolicy[] {
  if (!existsSync(path)) return [];
  try {
    const { accepted } = fileSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
    return accepted.map((one) => ({ ...one, revision: revisionOfText(one.text) }));
  } catch (cause) {
    throw new PolicyError('POLICY_INVALID', `${path} is not as agentguard wrote it`, {
      cause,
      audience: 'user',
      help: 'move it aside and accept the policies of your projects again: agentguard policy accept',
    });
  }
}
