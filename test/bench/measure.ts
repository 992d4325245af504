/** How long a small piece of work takes, by running it for a while. */

import { toSpread, type Spread } from './statistics.ts';

/** Long enough that the compiler has settled and a pause of the collector is an average one. */
const WARM_UP_MS = 200;
const BATCH_MS = 200;
const BATCHES = 5;

/** Runs the work in batches and gives the time of one call in microseconds, over the batches. */
export function timePerCallUs(work: () => void): Spread {
  runFor(work, WARM_UP_MS);
  return toSpread(Array.from({ length: BATCHES }, () => runFor(work, BATCH_MS)));
}

function runFor(work: () => void, milliseconds: number): number {
  const started = performance.now();
  let calls = 0;
  let elapsed = 0;
  do {
    for (let index = 0; index < 16; index += 1) work();
    calls += 16;
    elapsed = performance.now() - started;
  } while (elapsed < milliseconds);
  return (elapsed * 1000) / calls;
}
