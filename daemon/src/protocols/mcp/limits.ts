/** Bounds of the MCP room, each with its reason. */

/** Longest message of either side. Results of ordinary servers stay below 1 MiB; a line is held in memory whole. */
export const MAX_LINE_BYTES = 8 * 1024 * 1024;

/** How much of an oversize line is looked at for the id of the request that it answers. */
export const KEPT_OF_OVERSIZE_BYTES = 512;

/** First line of a relay: a token and a command line. */
export const MAX_GREETING_BYTES = 256 * 1024;

/** A relay greets at once. */
export const GREETING_TIMEOUT_MS = 10_000;

/** Relays at once; an agent with many helpers and servers stays far below. */
export const MAX_CONNECTIONS = 256;

/** Requests of one side that wait for an answer. Clients have a handful; more is a flood. */
export const MAX_IN_FLIGHT = 256;

/** Bytes that wait for a slow reader before the other side is paused. */
export const HIGH_WATER_BYTES = 1024 * 1024;

/** Messages that carry no request, from one side in one second. */
export const MAX_NOTIFICATIONS_PER_SECOND = 500;

/** While a person decides, the client hears of it this often. Reference: clients restart their timers on it. */
export const PROGRESS_EVERY_MS = 5000;

/** What clients wait for an answer when nobody says otherwise: the official SDKs and the large clients agree on it. */
export const CLIENT_BUDGET_MS = 60_000;

/** The polite refusal is sent this long before the client's budget ends. */
export const BUDGET_MARGIN_MS = 10_000;

/** A server that was told to end by its closed input gets this long, then SIGTERM, then this long, then SIGKILL. */
export const END_GRACE_MS = 2000;

/** Rounds of input that may still be answered, and for how long. */
export const MAX_CONTINUATIONS = 100;
export const CONTINUATION_MS = 10 * 60_000;

/** Tasks of one conversation that are remembered. */
export const MAX_TASKS = 1000;

/** Pages of a list that the guard reads for itself. */
export const MAX_OWN_PAGES = 50;
