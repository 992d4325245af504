/**
 * The emergency stop: once pressed, nothing passes until a person says so, also after a restart.
 * INVARIANT: whatever cannot be read or written counts as pressed.
 */

import { existsSync, readFileSync, rmSync } from 'node:fs';
import * as z from 'zod';
import { ControlError } from '../errors.ts';
import { writeFileAtomic } from '../platform/atomic-file.ts';

/** Who stopped everything, and when. */
export interface Panic {
  /** Milliseconds since the epoch; 0 when the file could not be read. */
  readonly since: number;
  readonly by: string;
}

const fileSchema = z.strictObject({ since: z.number().nonnegative(), by: z.string() });

/** The stop of one daemon. */
export class PanicSwitch {
  readonly #path: string;
  #panic: Panic | null;

  /** @param path file that keeps it pressed */
  constructor(path: string) {
    this.#path = path;
    this.#panic = readPanic(path);
  }

  /** Null while work goes on. */
  get panic(): Panic | null {
    return this.#panic;
  }

  /**
   * Stops everything at once, in memory before on disk.
   * @throws ControlError `CONTROL_REFUSED` when it could not be kept for the next start; it holds until then
   */
  press(panic: Panic): void {
    this.#panic = panic;
    try {
      writeFileAtomic(this.#path, `${JSON.stringify(panic)}\n`);
    } catch (cause) {
      throw failed(`the stop holds, but ${this.#path} cannot be written`, cause);
    }
  }

  /**
   * Lets work go on; false when nothing was stopped.
   * @throws ControlError `CONTROL_REFUSED` when the file stays; everything is then still stopped
   */
  release(): boolean {
    if (this.#panic === null) return false;
    try {
      rmSync(this.#path, { force: true });
    } catch (cause) {
      throw failed(`everything stays stopped, since ${this.#path} cannot be removed`, cause);
    }
    this.#panic = null;
    return true;
  }
}

function readPanic(path: string): Panic | null {
  if (!existsSync(path)) return null;
  try {
    return fileSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    // SECURITY(P-41): half a file was still meant to stop everything.
    return { since: 0, by: 'unknown' };
  }
}

function failed(message: string, cause: unknown): ControlError {
  return new ControlError('CONTROL_REFUSED', message, { audience: 'user', cause });
}
