/**
 * Puts a project back as it was: every file byte for byte, then the vault without what came from it. The vault goes
 * last, and only when no file needs it any more.
 */

import { rmSync } from 'node:fs';
import type { Journal, JournalFile, JournalFolder } from './journal.ts';
import { putValuesBack } from './put-values-back.ts';
import { parseReference } from './reference.ts';
import { ProjectError } from './project-error.ts';
import { digestOf, readProjectFile } from './read-project-file.ts';
import type { ProjectFile } from './read-project-file.ts';
import { replaceFile } from './replace-file.ts';
import type { ProjectKey } from './seal.ts';
import type { SecretText } from './secret-text.ts';
import { toKey } from './vault-door.ts';
import type { VaultDoor } from './vault-door.ts';

/** What became of one file. */
export interface UndoneFile {
  readonly shown: string;
  readonly outcome:
    /** Byte for byte as before. */
    | 'restored'
    /** It was deleted, and is there again as before. */
    | 'recreated'
    /** Edited meanwhile: the values are back in their places, the edits stay. */
    | 'values put back'
    /** It was as before already. */
    | 'untouched'
    /** It stays as it is; `why` says why. */
    | 'failed';
  readonly why: string | null;
}

/** What was undone. */
export interface Undone {
  readonly files: readonly UndoneFile[];
  /** Files that init had made: gone, or kept because they were edited. */
  readonly removed: readonly string[];
  readonly kept: readonly string[];
  /** Entries of the vault that stay there, since their value is nowhere else. */
  readonly stays: readonly {
    readonly name: string;
    readonly why: 'set anew' | 'its place is gone';
  }[];
  /** False when a file failed: vault and journal are then still whole. */
  readonly complete: boolean;
}

/** What undoing needs. */
export interface UndoParts {
  readonly door: VaultDoor;
  readonly folder: JournalFolder;
}

/**
 * Undoes everything that `init` did to a project.
 * @throws ProjectError when there is nothing to undo
 */
export async function undoProject(journal: Journal, parts: UndoParts): Promise<Undone> {
  const { door, folder } = parts;
  const key = await door.key(folder.project, { create: false });
  const files = [...journal.files].reverse().map((record) => undoFile(record, key, folder));
  const complete = files.every(({ outcome }) => outcome !== 'failed');
  if (!complete) return { files, removed: [], kept: [], stays: [], complete };
  const gone = new Set(journal.files.flatMap((record) => findGone(record, key, folder)));
  const { removed, kept } = removeCreated(journal);
  const stays = await removeEntries(journal, { key, door, gone });
  await door.forgetKey(folder.project);
  folder.remove();
  return { files, removed, kept, stays, complete };
}

/** Takes out of the vault what came from the files. A value that is nowhere else stays. */
async function removeEntries(
  journal: Journal,
  { key, door, gone }: { key: ProjectKey | null; door: VaultDoor; gone: ReadonlySet<string> },
): Promise<Undone['stays']> {
  const names = await door.names();
  const there = journal.entries.filter(({ kind, name }) =>
    (kind === 'resource' ? names.resources : names.secrets).has(name),
  );
  const revealed =
    there.length === 0 ? new Map<string, SecretText>() : await door.reveal(there, 'undo');
  const stays: { name: string; why: 'set anew' | 'its place is gone' }[] = [];
  for (const entry of there) {
    const { name } = entry;
    const value = revealed.get(toKey(entry));
    const same = value !== undefined && key?.fingerprint(value) === entry.fingerprint;
    if (!same) stays.push({ name, why: 'set anew' });
    else if (gone.has(name)) stays.push({ name, why: 'its place is gone' });
    else await door.remove(entry);
  }
  return stays;
}

/** Names whose value is not in the file that it came from, since somebody took its line out. */
function findGone(
  record: JournalFile,
  key: ProjectKey | null,
  folder: JournalFolder,
): readonly string[] {
  const read = readProjectFile(record.path, record.shown);
  // Without the key everything was put back by an earlier run, which forgets it last.
  if (key === null || read.kind !== 'file' || read.file.digest === record.before) return [];
  const original = openOriginal(record, key, folder).toString('utf8');
  const text = read.file.content.unsafeReveal();
  return record.edits
    .filter(({ start, end }) => !text.includes(original.slice(start, end)))
    .flatMap(({ reference }) => parseReference(reference)?.name ?? []);
}

function undoFile(record: JournalFile, key: ProjectKey | null, folder: JournalFolder): UndoneFile {
  const { shown } = record;
  try {
    const { outcome, why = null } = restore(record, () => openOriginal(record, key, folder));
    return { shown, outcome, why };
  } catch (error) {
    if (!(error instanceof ProjectError)) throw error;
    return { shown, outcome: 'failed', why: error.message };
  }
}

interface Outcome {
  readonly outcome: UndoneFile['outcome'];
  readonly why?: string;
}

/** @param original opens the sealed original; called only when it is needed */
function restore(record: JournalFile, original: () => Buffer): Outcome {
  const read = readProjectFile(record.path, record.shown);
  switch (read.kind) {
    case 'missing':
      writeBack(record, original(), null);
      return { outcome: 'recreated' };
    case 'unfit':
      return { outcome: 'failed', why: `it ${read.why}` };
    case 'file':
      break;
  }
  const { file } = read;
  if (file.digest === record.before) return { outcome: 'untouched' };
  if (file.digest === record.after) {
    writeBack(record, original(), file);
    return { outcome: 'restored' };
  }
  return restoreEdited(record, file, original);
}

function restoreEdited(record: JournalFile, file: ProjectFile, original: () => Buffer): Outcome {
  const text = file.content.unsafeReveal();
  if (!record.edits.some(({ reference }) => text.includes(reference))) {
    return { outcome: 'untouched' };
  }
  const result = putValuesBack(record, original().toString('utf8'), text);
  if (!result.ok) return { outcome: 'failed', why: result.why };
  const { path, mode, uid, gid } = file;
  const bytes = Buffer.from(result.text, 'utf8');
  replaceFile({ path, bytes, mode, owner: { uid, gid } }, () => {
    refuseChanged(file);
  });
  return { outcome: 'values put back' };
}

function openOriginal(
  { path, before, sealed, shown }: JournalFile,
  key: ProjectKey | null,
  folder: JournalFolder,
): Buffer {
  if (key === null) throw new ProjectError('the vault has no key for this project any more');
  const bytes = key.open(path, folder.readSealed(sealed));
  if (digestOf(bytes) === before) return bytes;
  throw new ProjectError(`the sealed original of \`${shown}\` is not the one that was sealed`);
}

function writeBack(record: JournalFile, bytes: Buffer, file: ProjectFile | null): void {
  const { path, mode, uid, gid } = record;
  replaceFile({ path, bytes, mode, owner: { uid, gid } }, () => {
    if (file !== null) refuseChanged(file);
  });
}

function refuseChanged(file: ProjectFile): void {
  const now = readProjectFile(file.path, file.shown);
  if (now.kind === 'file' && now.file.digest === file.digest) return;
  throw new ProjectError(
    `\`${file.shown}\` changed while it was put back`,
    'agentguard init --undo',
  );
}

function removeCreated(journal: Journal): { removed: string[]; kept: string[] } {
  const removed: string[] = [];
  const kept: string[] = [];
  for (const { path, digest } of journal.created) {
    const read = readProjectFile(path, path);
    if (read.kind === 'missing') continue;
    if (read.kind === 'file' && read.file.digest === digest) {
      rmSync(path);
      removed.push(path);
    } else {
      kept.push(path);
    }
  }
  return { removed, kept };
}
