/** Every bound of the catalog room, with its reason. */

/**
 * How often a catalog in use is compared with the database. A change made beside the guard is unseen for at most
 * this long; changes made through the guard are marked at once.
 */
export const CATALOG_POLL_MS = 1_000;

/**
 * For how long a snapshot holds that could not be compared. Past it nothing is decided from it: some polls may fail
 * while the upstream restarts, but a picture that nobody could confirm for this long is no picture.
 */
export const CATALOG_MAX_AGE_MS = 15_000;

/**
 * Entries (relations, columns, functions, types, dependencies) a catalog may have. Twenty thousand tables with
 * fifteen columns fit; the snapshot then takes some hundred megabytes, and more is not worth holding in a daemon.
 */
export const MAX_CATALOG_ENTRIES = 500_000;

/** Bytes of function bodies and stored rules, which the load holds in memory twice for a moment. */
export const MAX_CATALOG_TEXT_BYTES = 128 * 1024 * 1024;

/**
 * For how long a load may wait for one lock. Reading a definition takes the weakest lock there is on the relations in
 * it; those that somebody holds exclusively are left out, so a wait is a rare race and never worth queueing for.
 */
export const CATALOG_LOCK_WAIT_MS = 500;

/** A load that ran into DDL of somebody else is tried again, this often in all. */
export const CATALOG_LOAD_ATTEMPTS = 3;

/**
 * For how long a snapshot with unreadable definitions is kept while nothing changes. The lock that hid them is most
 * often a migration's, which ends in a change; one that is rolled back leaves no trace, so this is looked at again.
 */
export const CATALOG_INCOMPLETE_RETRY_MS = 5_000;
