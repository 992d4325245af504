/** Bounds of the room that reads requests to APIs. Sizes in bytes, times in milliseconds; each with its reason. */

/** Heads with large cookies and signed URLs stay below; Node's own default is 16 KiB. */
export const MAX_HEAD_BYTES = 65_536;

/** Fields of one head. Real requests have about twenty. */
export const MAX_HEADER_FIELDS = 128;

/** How long content that has to be judged may take to arrive. */
export const BODY_TIMEOUT_MS = 30_000;

/** From the CONNECT to a finished TLS handshake. Clients begin at once. */
export const HANDSHAKE_TIMEOUT_MS = 10_000;

/** Dial and TLS handshake to the host. */
export const CONNECT_TIMEOUT_MS = 20_000;

/** A connection on which nothing moves. Long answers of build and log streams pause for minutes. */
export const IDLE_TIMEOUT_MS = 15 * 60_000;

/** Between two requests of a client on one connection. Longer than clients wait before they use it again. */
export const KEEP_ALIVE_TIMEOUT_MS = 30_000;

/** An unused connection to a host is kept so long; servers close theirs after a minute or more. */
export const UPSTREAM_KEEP_MS = 30_000;

/** HTTP/2 streams of one client connection. RFC 9113 recommends no fewer than 100. */
export const MAX_CONCURRENT_STREAMS = 128;

/** An answer with credentials is read whole before it is masked. */
export const MAX_MASKED_BYTES = 4 * 1024 * 1024;

/** A refused client gets this long to read why. */
export const LINGER_MS = 2_000;
