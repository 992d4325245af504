/**
 * Has the starter of a session make a save point of its files before a step of the agent that may lose some. The starter
 * does it, since it runs as the person and outside of the sandbox; the daemon itself touches no file of a project.
 */

import type { SessionClock } from './session-store.ts';

/** What the starter is asked for. */
export interface SaveRequest {
  readonly id: string;
  /** What is about to happen, in the words of the finding. */
  readonly step: string;
}

/** A large workspace takes seconds; an agent's own hook gives up after minutes. */
const SAVE_WAIT_MS = 30_000;

/** Steps of one session that may wait behind each other; tools that run side by side are a handful. */
const MAX_WAITING = 8;

interface Waiting {
  readonly request: SaveRequest;
  readonly answer: (savePoint: string | null) => void;
}

interface Starter {
  readonly ask: (request: SaveRequest) => void;
  readonly queue: Waiting[];
}

/** Save points before steps, for all sessions. One at a time in each: two would only wait for each other's lock. */
export class StepSaver {
  readonly #clock: Pick<SessionClock, 'after'>;
  readonly #starters = new Map<string, Starter>();
  #requests = 0;

  constructor(clock: Pick<SessionClock, 'after'>) {
    this.#clock = clock;
  }

  /**
   * The starter of a session listens.
   * @returns to be called when it listens no longer; what waits is answered with null
   */
  attach(session: string, ask: (request: SaveRequest) => void): () => void {
    const starter: Starter = { ask, queue: [] };
    this.#starters.set(session, starter);
    return () => {
      if (this.#starters.get(session) === starter) this.#starters.delete(session);
      for (const { answer } of starter.queue.splice(0)) answer(null);
    };
  }

  /**
   * Has the files of a session saved.
   * @returns the id of a save point that holds all of them; null when there is none, for whatever reason
   */
  async save(session: string, step: string): Promise<string | null> {
    const starter = this.#starters.get(session);
    if (starter === undefined || starter.queue.length >= MAX_WAITING) return null;
    this.#requests += 1;
    const request = { id: `save-${this.#requests}`, step };
    return new Promise((resolve) => {
      const timer = this.#clock.after(SAVE_WAIT_MS, () => {
        this.#settle(starter, request.id, null);
      });
      const answer = (savePoint: string | null): void => {
        timer.cancel();
        resolve(savePoint);
      };
      starter.queue.push({ request, answer });
      if (starter.queue.length === 1) starter.ask(request);
    });
  }

  /** The starter has answered. An answer that nobody waits for changes nothing. */
  answered(session: string, id: string, savePoint: string | null): void {
    const starter = this.#starters.get(session);
    if (starter !== undefined) this.#settle(starter, id, savePoint);
  }

  #settle(starter: Starter, id: string, savePoint: string | null): void {
    const at = starter.queue.findIndex(({ request }) => request.id === id);
    if (at === -1) return;
    const [done] = starter.queue.splice(at, 1);
    done?.answer(savePoint);
    const next = starter.queue[0];
    if (at === 0 && next !== undefined) starter.ask(next.request);
  }
}
