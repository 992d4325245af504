/**
 * Looks names up as every program of this machine does: with its hosts file and its resolver.
 * Each look-up holds one of the few threads that the daemon also writes files with, so only some run at a time.
 */

import { lookup } from 'node:dns/promises';
import type { Lookup } from '../egress/reach.ts';
import { UpstreamError } from '../errors.ts';

/** Node has four threads for this and for files. */
const MAX_LOOKUPS = 2;

/** Requests that wait for a thread; more is a flood. */
const MAX_WAITING = 64;

/**
 * Makes the look-up of one daemon.
 * @param timeoutMs after which a name counts as not found; its thread is free only when the resolver gives up
 */
export function makeNameLookup(timeoutMs: number): Lookup {
  const waiting: (() => void)[] = [];
  let running = 0;
  const leave = (): void => {
    running -= 1;
    waiting.shift()?.();
  };
  const enter = async (): Promise<void> => {
    if (running >= MAX_LOOKUPS) {
      if (waiting.length >= MAX_WAITING) throw notFound();
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
    running += 1;
  };
  const lookUp = async (name: string, gaveUp: AbortSignal): Promise<readonly string[]> => {
    await enter();
    try {
      if (gaveUp.aborted) throw notFound();
      return (await lookup(name, { all: true, order: 'verbatim' })).map(({ address }) => address);
    } finally {
      leave();
    }
  };
  return async (name, signal) => {
    const gaveUp = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    const aborted = new Promise<never>((_resolve, reject) => {
      gaveUp.addEventListener('abort', () => reject(notFound()), { once: true });
      if (gaveUp.aborted) reject(notFound());
    });
    return Promise.race([lookUp(name, gaveUp), aborted]);
  };
}

function notFound(): UpstreamError {
  return new UpstreamError('UPSTREAM_UNREACHABLE', 'the name could not be looked up');
}
