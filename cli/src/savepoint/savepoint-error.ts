/** A save point cannot be made, found or restored. Messages hold names of files and ids, never content. */

/** Why, and what to do next. */
export class SavePointError extends Error {
  readonly help: string | undefined;

  /** @param message one sentence, lower case, no full stop */
  constructor(message: string, help?: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'SavePointError';
    this.help = help;
  }
}
