/**
 * Facts of one way out: where a session wants to connect to, and how that host stands.
 * Produced by the daemon, which knows the lists and the addresses; judged by a built-in rule.
 */

import type { EgressTransport } from '../egress/host-entry.ts';

/**
 * How a host stands towards a session.
 * - `listed`: it may be reached.
 * - `not listed`: no list of the session names it with this port and transport.
 * - `guarded`: it is a guarded resource's own server, which is reached through its listener only.
 * - `own`: it is a listener of the guard itself.
 * - `private`: its name leads to an address that the entry does not open.
 */
export type EgressStanding = 'listed' | 'not listed' | 'guarded' | 'own' | 'private';

/** Facts of one connection outwards. */
export interface EgressFacts {
  /** In its one spelling, IPv6 in brackets. */
  readonly host: string;
  readonly port: number;
  readonly transport: EgressTransport;
  readonly standing: EgressStanding;
  /** What more there is to say, as a clause: why an address is not open. Null when nothing. */
  readonly note: string | null;
  /** The addresses that were checked, in the order they will be tried. Empty when none was looked up or found. */
  readonly addresses: readonly string[];
}
