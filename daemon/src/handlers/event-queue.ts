/** From callbacks to an async iterable, with a bound: a reader that falls behind is ended, never buffered for ever. */

/** A queue between one writer and one reader. */
export interface EventQueue<Event> {
  /** Never blocks. Ends the queue when the reader is too far behind. */
  readonly push: (event: Event) => void;
  /** Ends when the signal aborts or the bound is passed. */
  readonly events: AsyncIterable<Event>;
  readonly end: () => void;
}

/**
 * Makes a queue.
 * @param bound events that may wait
 * @param signal ends the queue
 */
export function eventQueue<Event>(bound: number, signal: AbortSignal): EventQueue<Event> {
  const waiting: Event[] = [];
  let ended = signal.aborted;
  let wake: () => void = () => undefined;
  const end = (): void => {
    ended = true;
    wake();
  };
  signal.addEventListener('abort', end, { once: true });
  const push = (event: Event): void => {
    if (ended) return;
    waiting.push(event);
    if (waiting.length > bound) end();
    wake();
  };
  async function* read(): AsyncGenerator<Event> {
    for (;;) {
      const next = waiting.shift();
      if (next !== undefined) {
        yield next;
        continue;
      }
      if (ended) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
  return { push, events: read(), end };
}
