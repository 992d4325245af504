/** Every bound of the record, with its reason. */

/**
 * How long a statement of ours waits for a lock that another program holds, in milliseconds. The wait blocks
 * the whole daemon, and nobody else has a reason to hold the lock: short.
 */
export const BUSY_TIMEOUT_MS = 50;

/** Entries that share one transaction at most: a batch of this many takes a few milliseconds. */
export const MAX_BATCH_ENTRIES = 256;

/** Bytes after which a batch is closed: about what a disk takes in ten milliseconds. */
export const MAX_BATCH_BYTES = 4 * 1024 * 1024;

/** Largest entry: a statement as long as a message may be, with room for its escapes. */
export const MAX_ENTRY_BYTES = 64 * 1024 * 1024;

/** Appends that may wait for their batch. Each connection has one or two under way. */
export const MAX_WAITING_ENTRIES = 16_384;

/** Bytes that may wait for their batch. */
export const MAX_WAITING_BYTES = 256 * 1024 * 1024;

/**
 * How long an outcome may wait for company, in milliseconds. Nobody waits for it, and the intent of the next
 * statement usually comes within this time: one transaction for both. A daemon that is killed meanwhile finds
 * the operation unfinished at its next start and records its outcome as unknown.
 */
export const OUTCOME_LINGER_MS = 2;

/** A checkpoint is due after this many entries: a sync and a signature, shared by a thousand. */
export const CHECKPOINT_EVERY_ENTRIES = 1000;

/**
 * Under load it is signed once in this time, in milliseconds: each stalls every connection for as long as the disk
 * takes to sync, 4 to 8 ms here, and ten thousand reads a second would make twenty due.
 */
export const BUSY_CHECKPOINT_MS = 1000;

/** ... or when this many entries are unsigned, well before appending would have to stop. */
export const CHECKPOINT_AT_LATEST_ENTRIES = 5 * CHECKPOINT_EVERY_ENTRIES;

/** ... and when nothing was appended for this long, so that the tail of a quiet record is signed as well, */
export const IDLE_CHECKPOINT_MS = 500;

/** but then no more than one in this time: a checkpoint is kept for ever, and a day has many pauses. */
export const CHECKPOINTS_APART_MS = 30_000;

/** A checkpoint that could not be signed is tried again after this many more entries. */
export const CHECKPOINT_RETRY_ENTRIES = 100;

/** When checkpoints fail, this many entries may stay unsigned; then nothing is appended. */
export const MAX_UNSIGNED_ENTRIES = 10 * CHECKPOINT_EVERY_ENTRIES;

/**
 * Pages of 4 KiB in the write-ahead log after which SQLite copies them to the database. The copy stalls
 * appending, measured 4 to 9 ms for this many; a longer log stalls longer, a shorter one more often.
 */
export const MAX_WAL_PAGES = 2000;

/** Rows that one turn of the event loop verifies or exports: 30 µs each, so that a statement waits 5 ms at most. */
export const ROWS_PER_TURN = 150;

/** Rows that one turn looks through for a query: 2 µs each. */
export const SCANNED_PER_TURN = 2000;

/** Entries that one query may return. */
export const MAX_QUERY_LIMIT = 10_000;

/** Followers of new entries at the same time: editors, terminals. */
export const MAX_TAILS = 64;

/** How long a follower rests between two looks, in milliseconds, so that a busy log is read in batches. */
export const TAIL_REST_MS = 20;

/** Subtrees are stored at every eighth height (C2SP tlog-tiles uses the same): a proof reads a few hundred hashes. */
export const STORED_HEIGHT_STEP = 8;
