/**
 * What the listener is handed for each database behind the guard: how it is reached, and the picture of its catalog.
 */

import type { Duplex } from 'node:stream';
import type { CatalogSnapshot, ResourceFacts } from '@agentguard/rules';

/** An authenticated session on the real server. The dialer makes one. */
export interface GuardedLink {
  /** Paused, its first ReadyForQuery consumed. Ours from here on. */
  readonly socket: Duplex;
  /** Settings as the server reported them. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Asks the server to stop what runs; never rejects for reasons that matter here. */
  cancel(): Promise<void>;
}

/** The catalog of one resource, kept fresh by somebody else. */
export interface CatalogView {
  /** The picture that holds now; null while it is stale. */
  current(): CatalogSnapshot | null;
  /** Resolves once `current` holds again; rejects when it cannot be read. */
  ready(): Promise<CatalogSnapshot>;
  /** Definitions may have changed: `current` is null until they were read again. */
  markStale(): void;
  /** Somebody needs it to stay fresh; `release` ends that. */
  retain(): void;
  release(): void;
}

/** One database behind the guard. */
export interface GuardedResource {
  readonly facts: ResourceFacts;
  readonly searchPathAllowed: boolean;
  readonly catalog: CatalogView;
  /** Opens a session on the real server with these startup parameters. Rejects with an error that is for our log only. */
  connect(parameters: ReadonlyMap<string, string>, signal: AbortSignal): Promise<GuardedLink>;
}
