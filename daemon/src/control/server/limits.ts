/** SECURITY(P-17): every bound of the control socket, each with its reason. */

/** The bounds; tests shorten the times. */
export interface ControlLimits {
  /** The longest honest body is the import of a project's secrets. */
  readonly maxBodyBytes: number;
  /** Request line and headers. Node's own bound of 16 KiB, said aloud. */
  readonly maxHeadBytes: number;
  /** Each run, watcher and editor window holds one; the rest are short. */
  readonly maxConnections: number;
  /** From the first byte to the last header; a local client sends them in one piece. */
  readonly headTimeoutMs: number;
  /** From the first byte to the end of the body. */
  readonly requestTimeoutMs: number;
  /** A connection that asks nothing more is closed. */
  readonly idleTimeoutMs: number;
  /** How often a silent stream shows that the daemon lives. */
  readonly beatMs: number;
  /** How long a stopping server waits for replies under way. */
  readonly closeTimeoutMs: number;
}

export const CONTROL_LIMITS: ControlLimits = {
  maxBodyBytes: 512 * 1024,
  maxHeadBytes: 16 * 1024,
  maxConnections: 256,
  headTimeoutMs: 5000,
  requestTimeoutMs: 10_000,
  idleTimeoutMs: 5000,
  beatMs: 10_000,
  closeTimeoutMs: 2000,
};
