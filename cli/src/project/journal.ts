/**
 * What was done to a project, written before it is done: which values went into the vault, what each file was and is.
 * Lives in the guard's own state folder, holds no secret, and is enough to go on or back after a crash at any moment.
 */

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ensureOwnerFolder, readOwnerFile, resolvePaths } from '@agentguard/daemon/control';
import * as z from 'zod';
import { ProjectError } from './project-error.ts';
import { replaceFile } from './replace-file.ts';

/** Owner-only. */
const FILE_MODE = 0o600;

/** Bounds of what is read back; a project has some dozens of secrets in a handful of files. */
const MAX_JOURNAL_BYTES = 8 * 1024 * 1024;
const MAX_SEALED_BYTES = 17 * 1024 * 1024;

const digestSchema = z.string().regex(/^[a-f0-9]{64}$/);

const entrySchema = z.strictObject({
  kind: z.enum(['secret', 'resource']),
  name: z.string(),
  fingerprint: digestSchema,
});

const fileSchema = z.strictObject({
  /** Absolute. */
  path: z.string(),
  shown: z.string(),
  mode: z.number().int(),
  uid: z.number().int(),
  gid: z.number().int(),
  before: digestSchema,
  after: digestSchema,
  /** Name of the file that holds the sealed original. */
  sealed: z.string().regex(/^original-\d+\.sealed$/),
  format: z.enum(['dotenv', 'shell', 'json', 'toml']),
  /** Where the values stood in the original, and what stands there now. */
  edits: z.array(
    z.strictObject({ start: z.number().int(), end: z.number().int(), reference: z.string() }),
  ),
});

const createdSchema = z.strictObject({ path: z.string(), digest: digestSchema });

const journalSchema = z.strictObject({
  version: z.literal(1),
  root: z.string(),
  entries: z.array(entrySchema),
  /** In the order they were rewritten. */
  files: z.array(fileSchema),
  /** Files that were not there before. */
  created: z.array(createdSchema),
});

export type Journal = z.infer<typeof journalSchema>;
export type JournalFile = z.infer<typeof fileSchema>;

/** Where the journal of a project is kept. */
export interface JournalFolder {
  readonly project: string;
  /** Null when nothing was done to the project. */
  read(): Journal | null;
  write(journal: Journal): void;
  readSealed(name: string): Buffer;
  writeSealed(name: string, sealed: Buffer): void;
  /** Removes all of it. */
  remove(): void;
}

/** The id of a project: nothing about where it is can be read from it. */
export function projectId(root: string): string {
  return createHash('sha256').update(root).digest('hex').slice(0, 32);
}

/** The journal's folder of a project; it is made on the first write. */
export function journalFolder(root: string, state: string = resolvePaths().state): JournalFolder {
  const project = projectId(root);
  const folder = join(state, 'projects', project);
  const path = join(folder, 'journal.json');
  return {
    project,
    read: () => readJournal(path, root),
    write: (journal) => {
      prepare(state, folder);
      const text = `${JSON.stringify(journalSchema.parse(journal), null, 1)}\n`;
      replaceFile({ path, bytes: Buffer.from(text), mode: FILE_MODE, owner: null });
    },
    readSealed: (name) => {
      const sealed = readOwnerFile(join(folder, name), MAX_SEALED_BYTES);
      if (sealed !== null) return sealed;
      throw new ProjectError(`the sealed original \`${join(folder, name)}\` is gone`);
    },
    writeSealed: (name, sealed) => {
      prepare(state, folder);
      replaceFile({ path: join(folder, name), bytes: sealed, mode: FILE_MODE, owner: null });
    },
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The folders, from one upwards, that something was done to, the nearest first. */
export function findProjectRoots(
  from: string,
  state: string = resolvePaths().state,
): readonly string[] {
  const known = knownProjects(state);
  const found: string[] = [];
  for (let folder = from; ; folder = dirname(folder)) {
    if (known.has(projectId(folder))) found.push(folder);
    if (dirname(folder) === folder) return found;
  }
}

/** Folders that something was done to and that are not there any more: a project is known by where it is. */
export function findMovedProjects(state: string = resolvePaths().state): readonly string[] {
  return [...knownProjects(state)].flatMap((project) => {
    const bytes = readOwnerFile(
      join(state, 'projects', project, 'journal.json'),
      MAX_JOURNAL_BYTES,
    );
    const journal = bytes === null ? null : parseJournal(bytes.toString('utf8'));
    return journal === null || existsSync(journal.root) ? [] : [journal.root];
  });
}

/** An empty journal. */
export function emptyJournal(root: string): Journal {
  return { version: 1, root, entries: [], files: [], created: [] };
}

function knownProjects(state: string): ReadonlySet<string> {
  try {
    return new Set(readdirSync(join(state, 'projects')));
  } catch {
    return new Set();
  }
}

function prepare(state: string, folder: string): void {
  ensureOwnerFolder(state);
  ensureOwnerFolder(join(state, 'projects'));
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  ensureOwnerFolder(folder);
}

function readJournal(path: string, root: string): Journal | null {
  const bytes = readOwnerFile(path, MAX_JOURNAL_BYTES);
  if (bytes === null) return null;
  const journal = parseJournal(bytes.toString('utf8'));
  if (journal?.root === root) return journal;
  throw new ProjectError(`\`${path}\` cannot be understood, so nothing is touched`);
}

function parseJournal(text: string): Journal | null {
  try {
    return journalSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
