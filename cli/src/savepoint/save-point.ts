/** What is written down about a save point. Read back from disk, so every shape is checked. */

import * as z from 'zod';

const CONTENT_ID = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;

/** Why a save point was made. */
export const REASONS = ['session start', 'before a step', 'before a restore', 'by hand'] as const;

export type SaveReason = (typeof REASONS)[number];

/** Why a file is not in it. */
export const MISS_REASONS = [
  'too large',
  'over the budget',
  'too many files',
  'no time left',
  'unreadable',
  'a repository of its own',
  'an ignored folder',
  'changing while it was read',
  'a rebuildable folder',
  'neither file nor link',
] as const;

export type MissReason = (typeof MISS_REASONS)[number];

/** `work`: the files a person sees. `git`, `common`: the files of the repository itself, its objects aside. */
const areaSchema = z.enum(['work', 'git', 'common']);
export type Area = z.infer<typeof areaSchema>;

/** One thing that is kept. Paths are raw: a character per byte. */
export const entrySchema = z.strictObject({
  area: areaSchema,
  path: z.string().min(1),
  kind: z.enum(['file', 'link', 'folder']),
  /** Permission bits. */
  mode: z.number().int().min(0).max(0o777),
  size: z.number().int().nonnegative(),
  /** Of the content; null for a folder. */
  id: z.string().regex(CONTENT_ID).nullable(),
});
export type SavedEntry = z.infer<typeof entrySchema>;

export const missSchema = z.strictObject({
  path: z.string(),
  reason: z.enum(MISS_REASONS),
  /** Bytes, when known. */
  size: z.number().int().nonnegative().nullable(),
});
export type Miss = z.infer<typeof missSchema>;

const repositorySchema = z.strictObject({
  bare: z.boolean(),
  gitFolder: z.string(),
  commonFolder: z.string(),
  objectFormat: z.enum(['sha1', 'sha256']),
  head: z.string().nullable(),
  refs: z.record(z.string(), z.string().regex(CONTENT_ID)),
  /** How the history is kept. */
  history: z.enum(['copied', 'linked', 'referred']),
  /** What of refs and history could not be kept; null when nothing is missing. */
  problem: z.string().nullable(),
});
export type SavedRepository = z.infer<typeof repositorySchema>;

/** A save point without its list of files. */
export const savePointSchema = z.strictObject({
  version: z.literal(1),
  id: z.string().regex(/^sp-[0-9a-f]{8}$/),
  /** Null for one that was made outside of any session. */
  session: z.string().nullable(),
  /** From 1 within the session. */
  number: z.number().int().positive(),
  root: z.string(),
  agent: z.string(),
  reason: z.enum(REASONS),
  /** The step that it was made before; null when there was none. */
  detail: z.string().nullable(),
  /** ISO 8601, UTC. */
  startedAt: z.string(),
  completedAt: z.string(),
  files: z.number().int().nonnegative(),
  bytes: z.number().int().nonnegative(),
  /** What it added to what was kept already. */
  addedBytes: z.number().int().nonnegative(),
  misses: z.array(missSchema),
  /** More misses than are named. */
  moreMisses: z.number().int().nonnegative(),
  /** Whether the list of files ends where a bound was met, so that a file that is not on it may still have existed. */
  cut: z.boolean(),
  /** Null outside of git. */
  repository: repositorySchema.nullable(),
});
export type SavePoint = z.infer<typeof savePointSchema>;

/** The whole of it. */
export interface FullSavePoint {
  readonly point: SavePoint;
  readonly entries: readonly SavedEntry[];
}

/** Where the store's repository keeps it. */
export function refOf(point: Pick<SavePoint, 'session' | 'number'>): string {
  const session = (point.session ?? 'by-hand').replaceAll(/[^A-Za-z0-9-]/g, '-') || 'by-hand';
  return `refs/agentguard/${session}/${point.number}`;
}
