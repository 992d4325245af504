/** Migration windows: for a while, schema changes that take nothing away pass without a question. */

/** No window stays open longer than this: a forgotten one would be the end of the rule. */
export const MAX_WINDOW_MS = 8 * 60 * 60_000;

/** One open window. Times in milliseconds since the epoch. */
export interface MigrationWindow {
  readonly resource: string;
  readonly openedAt: number;
  readonly closesAt: number;
  readonly by: string;
}

/** The windows of one daemon, in memory only: a restart closes them all. */
export class MigrationWindows {
  readonly #windows = new Map<string, MigrationWindow>();

  /**
   * Opens a window, or replaces the one that is open.
   * @param request duration in milliseconds, capped at MAX_WINDOW_MS
   */
  open(request: {
    readonly resource: string;
    readonly durationMs: number;
    readonly by: string;
    readonly now: number;
  }): MigrationWindow {
    const window: MigrationWindow = {
      resource: request.resource,
      openedAt: request.now,
      closesAt: request.now + Math.min(request.durationMs, MAX_WINDOW_MS),
      by: request.by,
    };
    this.#windows.set(request.resource, window);
    return window;
  }

  /** Closes the window of a resource; false when none was open. */
  close(resource: string): boolean {
    return this.#windows.delete(resource);
  }

  /** Whether a window is open now. A clock that went back before the opening counts as closed. */
  isOpen(resource: string, now: number): boolean {
    const window = this.#windows.get(resource);
    return window !== undefined && now >= window.openedAt && now < window.closesAt;
  }

  /** The windows that are open now. */
  list(now: number): readonly MigrationWindow[] {
    return [...this.#windows.values()].filter((window) => this.isOpen(window.resource, now));
  }
}
