/** Migration windows: for a while, schema changes that take nothing away pass without a question. */

import type { MigrationStatements } from './migration-statements.ts';

/** No window stays open longer than this: a forgotten one would be the end of the rule. */
export const MAX_WINDOW_MS = 8 * 60 * 60_000;

/** One open window. Times in milliseconds since the epoch. */
export interface MigrationWindow {
  readonly resource: string;
  readonly openedAt: number;
  readonly closesAt: number;
  readonly by: string;
  /** What it was opened for; null for every schema change. */
  readonly migration: MigrationStatements | null;
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
    readonly migration?: MigrationStatements | null;
    readonly now: number;
  }): MigrationWindow {
    const window: MigrationWindow = {
      resource: request.resource,
      openedAt: request.now,
      closesAt: request.now + Math.min(request.durationMs, MAX_WINDOW_MS),
      by: request.by,
      migration: request.migration ?? null,
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

  /**
   * Whether a window is open for a message. Without files it is open for every one.
   * @param covered asked for a window that was opened for files
   */
  isOpenFor(
    resource: string,
    now: number,
    covered: (migration: MigrationStatements) => boolean,
  ): boolean {
    if (!this.isOpen(resource, now)) return false;
    const migration = this.#windows.get(resource)?.migration ?? null;
    return migration === null || covered(migration);
  }

  /** The windows that are open now. */
  list(now: number): readonly MigrationWindow[] {
    return [...this.#windows.values()].filter((window) => this.isOpen(window.resource, now));
  }
}
