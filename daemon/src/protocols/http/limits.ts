/** Every cap and wait of the room. Each has its unit in the name and its reason above. */

/** Node's own default, as the caps of common proxies; a head with large cookies still fits. */
export const MAX_HEAD_BYTES = 16_384;

/** More fields than any client sends; each costs memory. */
export const MAX_HEADER_FIELDS = 200;

/** Connections of clients at one time: some agents with a browser's worth of tunnels each. */
export const MAX_CONNECTIONS = 512;

/** What one session may hold open, so that no session takes the proxy from the others. */
export const MAX_SESSION_CONNECTIONS = 128;

/** A local client sends its head at once; a slower one holds a place for nothing. */
export const HEAD_TIMEOUT_MS = 10_000;

/** As the dialer of databases: a server that takes longer is down for the purposes of a waiting client. */
export const CONNECT_TIMEOUT_MS = 15_000;

/** The resolver's own patience is often 5 s for each of two servers. */
export const LOOKUP_TIMEOUT_MS = 10_000;

/** Every TLS client speaks first and at once. */
export const HELLO_TIMEOUT_MS = 10_000;

/** Model streams pause for minutes while a model thinks; a tunnel without any byte for longer is forgotten. */
export const IDLE_TIMEOUT_MS = 15 * 60_000;

/** Between two requests on one connection. Longer than clients wait before they use it again. */
export const KEEP_ALIVE_TIMEOUT_MS = 5_000;

/** A refused client gets this long to read why. */
export const LINGER_MS = 2_000;

/**
 * A ClientHello of today with post-quantum key shares has about 2 KiB, one with session tickets and early data's
 * pre-shared keys some more. RFC 8446 would allow 2^24.
 */
export const MAX_CLIENT_HELLO_BYTES = 16_384;
