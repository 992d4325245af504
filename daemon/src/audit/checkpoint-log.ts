/**
 * The second place of the checkpoints: a text file beside the database that only grows.
 * A database that was cut or replaced alone no longer fits it.
 */

import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readSync,
  writeSync,
} from 'node:fs';
import {
  parseCheckpointFile,
  parseCheckpointFileEnd,
  toCheckpointFileText,
} from '@agentguard/rules';
import { AuditError } from '../errors.ts';
import { toUnreadable } from './database.ts';
import type { Durability } from './entry.ts';

/** Never through a link, never a new file: the folder was checked when the record was opened. */
const APPEND_FLAGS = constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW;

const READ_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW;

/** Holds the last checkpoint and whatever a crash left behind it, many times over. */
const END_BYTES = 64 * 1024;

/** What a file of checkpoints holds. */
export interface LoggedCheckpoints {
  readonly notes: readonly string[];
  /** What a crash left of the one behind them; empty in a whole file. */
  readonly rest: string;
}

/** Appends signed checkpoints to their file. */
export class CheckpointLog {
  readonly #path: string;
  /** True after a failure, which may have left half a note. */
  #doubtful = true;

  constructor(path: string) {
    this.#path = path;
  }

  /** What the file holds. */
  read(): LoggedCheckpoints {
    return readCheckpointFile(this.#path);
  }

  /** The last whole note of the file, or null. */
  last(): string | null {
    try {
      return parseCheckpointFileEnd(this.#readEnd().bytes.toString('utf8')).note;
    } catch (error) {
      throw toUnreadable(error);
    }
  }

  /**
   * Appends notes; `synced` returns when they are on the disk. Throws the file system's own error.
   * What is only written may be lost with the machine's power: the database has it, and opening appends it again.
   */
  append(notes: readonly string[], durability: Durability): void {
    if (notes.length === 0) return;
    if (this.#doubtful) this.#mend();
    this.#doubtful = true;
    const bytes = Buffer.from(notes.map(toCheckpointFileText).join(''), 'utf8');
    this.#write((file) => {
      let written = 0;
      while (written < bytes.length) written += writeSync(file, bytes, written);
      if (durability === 'synced') fsyncSync(file);
    });
    this.#doubtful = false;
  }

  /** Cuts off what a crash or a full disk left behind the last whole note. */
  #mend(): void {
    const { size, bytes } = this.#readEnd();
    const { rest } = parseCheckpointFileEnd(bytes.toString('utf8'));
    if (rest === '') return;
    this.#write((file) => {
      ftruncateSync(file, size - Buffer.byteLength(rest, 'utf8'));
      fsyncSync(file);
    });
  }

  /** The end of the file: opening a record does not read years of checkpoints. */
  #readEnd(): { readonly size: number; readonly bytes: Buffer } {
    const file = openSync(this.#path, READ_FLAGS);
    try {
      const { size } = fstatSync(file);
      const bytes = Buffer.alloc(Math.min(size, END_BYTES));
      let read = 0;
      while (read < bytes.length) {
        const got = readSync(file, bytes, read, bytes.length - read, size - bytes.length + read);
        if (got === 0) break;
        read += got;
      }
      return { size, bytes: bytes.subarray(0, read) };
    } finally {
      closeSync(file);
    }
  }

  #write(work: (file: number) => void): void {
    const file = openSync(this.#path, APPEND_FLAGS);
    try {
      work(file);
    } finally {
      closeSync(file);
    }
  }
}

/**
 * Reads a file of checkpoints.
 * @throws AuditError `AUDIT_UNREADABLE` when it is not there or not such a file
 */
export function readCheckpointFile(path: string): LoggedCheckpoints {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw toUnreadable(error);
  }
  const parsed = parseCheckpointFile(text);
  if (!parsed.ok) throw new AuditError('AUDIT_UNREADABLE', parsed.problem, { audience: 'user' });
  return parsed;
}
