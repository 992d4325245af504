/**
 * Carries a plan out. SECURITY(P-63): the order is what makes it safe: into the vault, read back, original sealed and read back, the
 * journal on disk, and only then the file. Whatever fails, a value is in its file, or in the vault, or in both.
 */

import { ProjectError } from './project-error.ts';
import { createPolicyFile } from './policy-file.ts';
import { emptyJournal } from './journal.ts';
import type { Journal, JournalFile, JournalFolder } from './journal.ts';
import type { Plan, PlannedEdit, PlannedEntry } from './plan.ts';
import { digestOf, readProjectFile } from './read-project-file.ts';
import type { ProjectFile } from './read-project-file.ts';
import { replaceFile } from './replace-file.ts';
import { rewriteText } from './rewrite-text.ts';
import type { ProjectKey } from './seal.ts';
import type { SecretText } from './secret-text.ts';
import { toKey } from './vault-door.ts';
import type { VaultDoor } from './vault-door.ts';

/** What was done. */
export interface Applied {
  /** As they are shown. */
  readonly files: readonly string[];
  /** The policy file, when it was made. */
  readonly policyFile: string | null;
}

/** What carrying out needs. */
export interface ApplyParts {
  readonly door: VaultDoor;
  readonly folder: JournalFolder;
}

/**
 * Carries the plan out.
 * @throws ProjectError; what was done by then is in the journal, and running it again or `--undo` goes on from there
 */
export async function applyPlan(plan: Plan, { door, folder }: ApplyParts): Promise<Applied> {
  const rewrites = toRewrites(plan);
  const key = await door.key(folder.project, { create: true });
  if (key === null) throw new ProjectError('the vault made no key for this project');
  const journal = folder.read() ?? emptyJournal(plan.root);
  const missing = await missingEntries(plan, journal, door);
  const listed = listEntries(plan, journal, key);
  folder.write(listed);
  await door.put(missing);
  await confirmVault(plan.entries, door);
  const rewritten = rewriteFiles(rewrites, listed, { folder, key });
  const policyFile = createPolicyFile(plan, rewritten, folder);
  return { files: rewrites.map(({ file }) => file.shown), policyFile };
}

interface Rewrite {
  readonly file: ProjectFile;
  readonly edits: readonly PlannedEdit[];
  readonly text: string;
}

/** Every new text is made and looked at before anything is done. */
function toRewrites(plan: Plan): readonly Rewrite[] {
  const byFile = new Map<ProjectFile, PlannedEdit[]>();
  for (const edit of plan.edits) {
    byFile.set(edit.site.file, [...(byFile.get(edit.site.file) ?? []), edit]);
  }
  return [...byFile].map(([file, edits]) => {
    const spans = edits.map(({ site: { start, end }, reference: text }) => ({ start, end, text }));
    const format = edits[0]?.site.format ?? 'dotenv';
    const rewritten = rewriteText(file.content.unsafeReveal(), format, spans);
    if (rewritten.ok) return { file, edits, text: rewritten.text };
    throw new ProjectError(`\`${file.shown}\` cannot be changed safely: ${rewritten.why}`);
  });
}

/**
 * What the vault does not have yet. Nothing is overwritten: neither a name that somebody took since the plan was made,
 * nor a value that was set anew after an earlier run.
 */
async function missingEntries(
  plan: Plan,
  journal: Journal,
  door: VaultDoor,
): Promise<readonly PlannedEntry[]> {
  const names = await door.names();
  const isThere = (entry: PlannedEntry): boolean =>
    (entry.kind === 'resource' ? names.resources : names.secrets).has(entry.name);
  const there = plan.entries.filter(isThere);
  const own = new Set(journal.entries.map(toKey));
  const taken = there.find((entry) => !own.has(toKey(entry)));
  if (taken !== undefined) {
    throw new ProjectError(`the name \`${taken.name}\` was taken meanwhile`, 'agentguard init');
  }
  const revealed =
    there.length === 0 ? new Map<string, SecretText>() : await door.reveal(there, 'init');
  const newer = there.find((entry) => !isEqual(revealed.get(toKey(entry)), entry.value));
  if (newer === undefined) return plan.entries.filter((entry) => !isThere(entry));
  throw new ProjectError(
    `the vault has another value for \`${newer.name}\` than the file`,
    'init --undo, or take the old value out of the file, or init --skip NAME of its variable',
  );
}

/** Listed before they are put there, so that no crash leaves an entry that nobody knows of. */
function listEntries(plan: Plan, journal: Journal, key: ProjectKey): Journal {
  const known = new Set(journal.entries.map(toKey));
  const added = plan.entries
    .filter((entry) => !known.has(toKey(entry)))
    .map(({ kind, name, value }) => ({ kind, name, fingerprint: key.fingerprint(value) }));
  return { ...journal, entries: [...journal.entries, ...added] };
}

async function confirmVault(entries: readonly PlannedEntry[], door: VaultDoor): Promise<void> {
  const revealed = await door.reveal(entries, 'init');
  const lost = entries.find((entry) => !isEqual(revealed.get(toKey(entry)), entry.value));
  if (lost === undefined) return;
  throw new ProjectError(
    `the vault did not give \`${lost.name}\` back as it was stored; no file was changed`,
    'agentguard secret status',
  );
}

function isEqual(left: SecretText | undefined, right: SecretText): boolean {
  return left?.unsafeReveal() === right.unsafeReveal();
}

interface RewriteParts {
  readonly folder: JournalFolder;
  readonly key: ProjectKey;
}

function rewriteFiles(
  rewrites: readonly Rewrite[],
  journal: Journal,
  parts: RewriteParts,
): Journal {
  let current = journal;
  for (const rewrite of rewrites) current = rewriteFile(rewrite, current, parts);
  return current;
}

function rewriteFile(rewrite: Rewrite, journal: Journal, { folder, key }: RewriteParts): Journal {
  const { file, text } = rewrite;
  const sealed = `original-${nextNumber(journal)}.sealed`;
  sealOriginal(file, sealed, { folder, key });
  const bytes = Buffer.from(text, 'utf8');
  const record = toRecord(rewrite, sealed, digestOf(bytes));
  // An earlier run that stopped before it rewrote this very file is taken over.
  const others = journal.files.filter(
    ({ path, before }) => path !== file.path || before !== file.digest,
  );
  const next = { ...journal, files: [...others, record] };
  folder.write(next);
  const { path, mode, uid, gid } = file;
  replaceFile({ path, bytes, mode, owner: { uid, gid } }, () => {
    refuseChanged(file);
  });
  return next;
}

function sealOriginal(file: ProjectFile, name: string, { folder, key }: RewriteParts): void {
  const original = Buffer.from(file.content.unsafeReveal(), 'utf8');
  folder.writeSealed(name, key.seal(file.path, original));
  if (digestOf(key.open(file.path, folder.readSealed(name))) === file.digest) return;
  throw new ProjectError(`the original of \`${file.shown}\` could not be kept; it was not changed`);
}

function refuseChanged(file: ProjectFile): void {
  const now = readProjectFile(file.path, file.shown);
  if (now.kind === 'file' && now.file.digest === file.digest) return;
  throw new ProjectError(
    `\`${file.shown}\` changed since the plan was made, so it was left as it is`,
    'agentguard init',
  );
}

function toRecord({ file, edits }: Rewrite, sealed: string, after: string): JournalFile {
  const { path, shown, mode, uid, gid, digest: before } = file;
  return {
    ...{ path, shown, mode, uid, gid, before, after, sealed },
    format: edits[0]?.site.format ?? 'dotenv',
    edits: edits.map(({ site: { start, end }, reference }) => ({ start, end, reference })),
  };
}

function nextNumber({ files }: Journal): number {
  const numbers = files.map(({ sealed }) => Number(/\d+/.exec(sealed)?.[0] ?? 0));
  return Math.max(0, ...numbers) + 1;
}
