/** Who uses the proxy: sessions, how much each holds open, and when it has to let go. */

import type { PrincipalFacts } from '@agentguard/rules';
import type { TcpEnds } from '../../platform/tcp-peer.ts';
import { MAX_SESSION_CONNECTIONS } from './limits.ts';

/** A live session, as a proved token opens it. */
export interface ProxySession {
  readonly id: string;
  readonly principal: PrincipalFacts;
  /** It runs where it has other ways out, so no list of hosts holds it. */
  readonly unlisted: boolean;
  isLive(): boolean;
  /** Tells once when the session ends; gives the way to stop listening. */
  onEnd(listener: () => void): () => void;
}

/** The tokens of this daemon. */
export interface ProxySessions {
  /**
   * The live session of a token; `unknown` for every other text. `elsewhere`: the caller is not of that session, which
   * was told to whoever keeps the record.
   */
  open(token: string, ends: TcpEnds): Promise<ProxySession | 'unknown' | 'elsewhere'>;
}

/** One thing that a session holds open. */
export interface Stay {
  readonly session: ProxySession;
  /** Aborted when the session ends. */
  readonly signal: AbortSignal;
  /** Must be called once, when it is over. */
  leave(): void;
}

/** Counts what sessions hold open. */
export class Stays {
  readonly #counts = new Map<string, number>();

  /** Lets a session open one thing more; null when it has too many. */
  enter(session: ProxySession): Stay | null {
    const count = this.#counts.get(session.id) ?? 0;
    if (count >= MAX_SESSION_CONNECTIONS) return null;
    this.#counts.set(session.id, count + 1);
    const controller = new AbortController();
    let stop: () => void = () => undefined;
    let left = false;
    const leave = (): void => {
      if (left) return;
      left = true;
      stop();
      this.#release(session.id);
    };
    // SECURITY(P-20): a session that ends takes its connections with it. It may have ended by now, then this runs at once.
    stop = session.onEnd(() => controller.abort());
    return { session, signal: controller.signal, leave };
  }

  #release(id: string): void {
    const count = this.#counts.get(id) ?? 0;
    if (count > 1) this.#counts.set(id, count - 1);
    else this.#counts.delete(id);
  }
}
