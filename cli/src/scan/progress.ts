/** A bar on the terminal for work that takes long; nothing where nobody watches. */

/** Work that goes on may be waited for this long before a bar is worth its flicker. */
const QUIET_MS = 800;
const EVERY_MS = 100;
const WIDTH = 30;

/** Steps of work. */
export interface Progress {
  expect(count: number, what: string): void;
  step(): void;
  end(): void;
}

/** @param stream where it is drawn; null where nothing is */
export function makeProgress(
  stream: NodeJS.WriteStream | null,
  now: () => number = Date.now,
): Progress {
  if (stream === null)
    return { expect: () => undefined, step: () => undefined, end: () => undefined };
  let [total, done, what] = [0, 0, ''];
  let next = now() + QUIET_MS;
  let drawn = false;
  return {
    expect: (count, name) => {
      [total, done, what] = [count, 0, name];
    },
    step: () => {
      done += 1;
      if (now() < next) return;
      next = now() + EVERY_MS;
      drawn = true;
      stream.write(`\r${bar(done, total)} ${done} of ${total} ${what}`);
    },
    end: () => {
      if (drawn) stream.write('\r\u001b[K');
      drawn = false;
    },
  };
}

function bar(done: number, total: number): string {
  const full = total === 0 ? WIDTH : Math.min(WIDTH, Math.floor((done / total) * WIDTH));
  return `[${'#'.repeat(full)}${'.'.repeat(WIDTH - full)}]`;
}
