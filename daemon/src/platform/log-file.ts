/**
 * The daemon's diagnostics, in a file of bounded size. May be lost; the record is elsewhere.
 * A log that cannot be written never stops the daemon.
 */

import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';

/** Size at which the log is put aside. Two files of it are weeks of diagnostics and no burden. */
export const MAX_LOG_BYTES = 4 * 1024 * 1024;

/** A destination for lines, as loggers expect one. */
export interface LogFile {
  /** @param line one or more whole lines, each with its line end */
  write(line: string): void;
  close(): void;
}

/**
 * Opens the log for appending. When it grows past the bound it becomes `<path>.1`, and that file's old content goes.
 * @param path in an owner-only folder
 */
export function openLogFile(path: string, maxBytes: number = MAX_LOG_BYTES): LogFile {
  let file = openSync(path, 'a', 0o600);
  let size = fstatSync(file).size;
  const rotate = (): void => {
    // In this order a failure leaves the old file open; a closed number could come to mean another file.
    renameSync(path, `${path}.1`);
    const fresh = openSync(path, 'a', 0o600);
    closeSync(file);
    file = fresh;
    size = 0;
  };
  return {
    write: (line) => {
      try {
        const bytes = Buffer.byteLength(line);
        if (size > 0 && size + bytes > maxBytes) rotate();
        writeSync(file, line);
        size += bytes;
      } catch {
        // A full disk stops the record, and with it everything that may change something. The log only goes quiet.
      }
    },
    close: () => {
      closeSync(file);
    },
  };
}
