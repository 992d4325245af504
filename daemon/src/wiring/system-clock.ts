/** The real clock and its timers, in the shape that rooms with time in them are handed. */

/** Longest wait that Node's timers take; a longer one is cut into pieces. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** A clock as the rooms know it. */
export interface SystemClock {
  now(): number;
  after(ms: number, run: () => void): { cancel(): void };
}

/** Milliseconds since the epoch, and timers that do not keep the process alive. */
export const systemClock: SystemClock = {
  now: () => Date.now(),
  after: (ms, run) => {
    let timer: NodeJS.Timeout;
    const arm = (left: number): void => {
      timer = setTimeout(
        () => {
          if (left > MAX_TIMER_MS) arm(left - MAX_TIMER_MS);
          else run();
        },
        Math.min(left, MAX_TIMER_MS),
      );
      timer.unref();
    };
    arm(Math.max(0, ms));
    return {
      cancel: () => {
        clearTimeout(timer);
      },
    };
  },
};
