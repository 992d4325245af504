/** Why a scan could not do its job. Ends in exit code 2, and never in "clean". */

/** What went wrong, without any content of a file. */
export class ScanError extends Error {
  readonly help: string | undefined;

  constructor(message: string, help?: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'ScanError';
    this.help = help;
  }
}
