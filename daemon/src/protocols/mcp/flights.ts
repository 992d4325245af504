/** Requests that wait: of the client, of the server, and what both wait for. Ids are keyed by type and value. */

import type { Era, Json, JsonMap, MessageId } from '@agentguard/rules';
import type { ClientMethod } from './messages.ts';

/** A request of the client on its way. */
export interface ClientFlight {
  readonly id: MessageId;
  readonly method: string;
  readonly treated: ClientMethod;
  readonly params: JsonMap | null;
  readonly era: Era;
  /** The bytes that go upstream once they may. */
  readonly message: Uint8Array;
  readonly progressToken: Json | null;
  state: 'held' | 'sent' | 'answering' | 'cancelled';
  /** Decisions that let it pass and whose outcome is still to come. */
  granted: readonly number[];
  /** The question that a person sees; null while there is none. */
  approval: string | null;
  /** Decisions that are still awaited. */
  waiting: ReadonlySet<number>;
  progress: number;
  progressAt: number;
}

/** A request of the server on its way. */
export interface ServerFlight {
  readonly id: MessageId;
  readonly method: string;
  readonly message: Uint8Array;
  state: 'held' | 'sent';
  granted: readonly number[];
}

/** A key that no id of another type shares. Never a property name: an id may be called `__proto__`. */
export function flightKey(id: MessageId): string {
  return typeof id === 'string' ? `s${id}` : `n${id}`;
}

/** Several decisions that one thing waits for: all have to be yes. */
export interface Gate<No> {
  readonly waiting: Set<number>;
  readonly granted: number[];
  readonly settle: (no: No | null, granted: readonly number[]) => void;
}
