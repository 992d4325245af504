/** The project's agentguard.yaml: written when there is none, else what to add is said. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Journal, JournalFolder } from './journal.ts';
import type { Plan } from './plan.ts';
import { digestOf } from './read-project-file.ts';
import { replaceFile } from './replace-file.ts';

const NAME = 'agentguard.yaml';

/** Read by everybody who works on the project, and holds no secret. */
const MODE = 0o644;

/** What the file says about the databases of a plan; null when there are none. */
export function toPolicyText(plan: Plan): string | null {
  const lines = plan.entries.flatMap((entry) =>
    entry.kind === 'resource'
      ? [`  ${entry.name}:`, '    kind: postgres', `    environment: ${entry.environment}`]
      : [],
  );
  if (lines.length === 0) return null;
  const head =
    '# What the databases of this project are. Their addresses and passwords are in the vault.';
  return `${[head, 'version: 1', 'resources:', ...lines].join('\n')}\n`;
}

/** Where the file is. */
export function policyPath(root: string): string {
  return join(root, NAME);
}

/** Writes the file when there is none. Returns its name when it did. */
export function createPolicyFile(
  plan: Plan,
  journal: Journal,
  folder: JournalFolder,
): string | null {
  const text = toPolicyText(plan);
  const path = policyPath(plan.root);
  if (text === null || existsSync(path)) return null;
  const others = journal.created.filter((file) => file.path !== path);
  folder.write({ ...journal, created: [...others, { path, digest: digestOf(text) }] });
  replaceFile({ path, bytes: Buffer.from(text), mode: MODE, owner: null });
  return NAME;
}
