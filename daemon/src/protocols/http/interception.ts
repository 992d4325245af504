/** The way from a tunnel to whoever reads what is inside of it. The proxy knows no more of that than this. */

import type { Authority } from './messages.ts';
import type { ProxySession } from './session-stay.ts';

/** A tunnel whose client was told that it is open. */
export interface ReadTunnel<Connection> {
  readonly session: ProxySession;
  readonly authority: Authority;
  readonly socket: Connection;
  /** What the client sent behind its CONNECT. */
  readonly head: Buffer;
  /** Aborted when the session ends. */
  readonly signal: AbortSignal;
  /** Puts what cannot be read on the record. */
  readonly refuse: (what: string, reason: string) => void;
}

/** Reads tunnels to some places instead of passing them through. */
export interface Interception<Connection> {
  /** Whether requests to that place are read for that session. */
  covers(session: ProxySession, authority: Authority): boolean;
  /** Takes the connection over. */
  take(tunnel: ReadTunnel<Connection>): Promise<void>;
}
