/** Bounds of what is saved of rows. */

/** Rows of one operation. More are not read: the question then says that it cannot be undone. */
export const MAX_SAVED_ROWS = 20_000;

/** Bytes of one operation's rows, as text. */
export const MAX_SAVED_BYTES = 32 * 1_048_576;

/** Bytes of everything that is kept. The oldest goes first. */
export const MAX_KEPT_BYTES = 512 * 1_048_576;

/** How long saved rows are kept, in milliseconds. Longer than a weekend, shorter than data protection would mind. */
export const KEPT_FOR_MS = 7 * 24 * 60 * 60_000;

/** How long the reading of rows may take, while the operation's transaction is held. */
export const CAPTURE_TIMEOUT_MS = 5_000;

/** Rows that a person is shown. */
export const MAX_SAMPLES = 20;

/** Characters of one shown value. */
export const MAX_SHOWN_VALUE = 120;
