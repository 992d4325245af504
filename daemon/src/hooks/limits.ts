/** Bounds of the hook endpoint, each with its reason. */

/** A call that writes a file carries the file; more than this is no file that a person reads. */
export const MAX_BODY_BYTES = 4 * 1024 * 1024;

/** A token, a host and what agents add; Node's own bound is higher. */
export const MAX_HEAD_BYTES = 8 * 1024;

/** A local client sends its request at once. */
export const REQUEST_TIMEOUT_MS = 10_000;

/** Agents give a hook 600 s. The answer has to be there before, since some go on when it is not. */
export const HOLD_MS = 570_000;

/** Agents with several helpers call at once; more is a fault of some program. */
export const MAX_CONNECTIONS = 256;

/** Calls of one daemon whose end is still awaited. Agents that never report one must not fill the memory. */
export const MAX_OPEN_CALLS = 2000;
