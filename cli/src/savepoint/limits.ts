/**
 * Bounds of save points. Whatever goes over one of them is named as not saved, never dropped in silence.
 * Sizes are in bytes, times in milliseconds.
 */

/** Bounds of one save point; tests make them small. */
export interface SaveLimits {
  /** A larger file is not read. Sources are thousands of times smaller; this is for models, dumps and films. */
  readonly maxFileBytes: number;
  /** Files that are looked at. A large monorepo has about a hundred thousand. */
  readonly maxFiles: number;
  /** Content that is not kept yet and is written by one save point. A few seconds of compressing. */
  readonly maxNewBytes: number;
  /** A larger file that git ignores is not saved: `.env` and a development database fit, an archive does not. */
  readonly maxIgnoredFileBytes: number;
  /** More files that git ignores than a person keeps by hand are the output of some tool. */
  readonly maxIgnoredFiles: number;
  /** Packs up to this size are copied whole; above it they are linked, or referred to on another disk. */
  readonly maxHistoryCopyBytes: number;
  /** Reading files stops here. The work goes on beside the agent, and a disk may be a slow one. */
  readonly maxMs: number;
}

const MIB = 1024 * 1024;

export const SAVE_LIMITS: SaveLimits = {
  maxFileBytes: 64 * MIB,
  maxFiles: 100_000,
  maxNewBytes: 512 * MIB,
  maxIgnoredFileBytes: 16 * MIB,
  maxIgnoredFiles: 1000,
  maxHistoryCopyBytes: 512 * MIB,
  maxMs: 60_000,
};

/** Names of files that were not saved that a save point keeps; beyond them it keeps their number. */
export const MAX_NAMED_MISSES = 10_000;

/** How long a save point is kept: what was lost is usually missed within days. */
export const KEEP_MS = 14 * 24 * 60 * 60 * 1000;

/** Save points of one session that are kept beside its first one. */
export const KEEP_PER_SESSION = 20;

/** Sessions of one workspace whose save points are kept. */
export const KEEP_SESSIONS = 30;

/** Content that the save points of one session may add after its first one, so that no session fills the disk. */
export const MAX_SESSION_BYTES = 1024 * MIB;

/** Longest answer that is taken from git, such as the list of all files. */
export const MAX_GIT_OUTPUT_BYTES = 256 * MIB;

/** How long git may take for one answer; packing a large history is the slowest of them. */
export const GIT_TIMEOUT_MS = 120_000;

/** How long one save waits for another one of the same workspace. */
export const LOCK_WAIT_MS = 30_000;
