/** A list of finds that were there before anybody looked: fingerprints, and for readers their kinds and places. */

import * as z from 'zod';
import type { Finding } from './finding.ts';
import { ScanError } from './scan-error.ts';
import type { ReadRoot } from './read-root.ts';

const schema = z.object({
  version: z.literal(1),
  findings: z.array(
    z.object({
      fingerprint: z.string().regex(/^[0-9a-f]{24}$/),
      kind: z.string(),
      path: z.string(),
      /** What a person said of it, when one did. */
      audit: z.enum(['real', 'false']).optional(),
    }),
  ),
});

/** @throws ScanError when it is missing or cannot be understood */
export function readBaseline(read: ReadRoot, name: string): ReadonlySet<string> {
  const text = read(name);
  if (text === null)
    throw new ScanError(`there is no baseline \`${name}\``, `agentguard scan baseline ${name}`);
  try {
    const { findings } = schema.parse(JSON.parse(text));
    return new Set(findings.map(({ fingerprint }) => fingerprint));
  } catch (error) {
    throw new ScanError(`the baseline \`${name}\` cannot be understood`, undefined, error);
  }
}

/** The text of a baseline: in order, so that two of them can be compared line by line. */
export function toBaselineText(findings: readonly Finding[]): string {
  const entries = findings
    .map(({ fingerprint, kind, path }) => ({ fingerprint, kind, path }))
    .sort((one, other) =>
      compare(`${one.path}\0${one.fingerprint}`, `${other.path}\0${other.fingerprint}`),
    );
  return `${JSON.stringify({ version: 1, findings: entries }, null, 2)}\n`;
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
