/**
 * The second place of the checkpoints: a text file beside the database that only grows.
 * A database that was cut or replaced alone no longer fits it.
 */

import {
  closeSync,
  constants,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  writeSync,
} from 'node:fs';
import { parseCheckpointFile, toCheckpointFileText } from '@agentguard/rules';
import { AuditError } from '../errors.ts';
import { toUnreadable } from './database.ts';

/** Never through a link, never a new file: the folder was checked when the record was opened. */
const APPEND_FLAGS = constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW;

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

  /** Appends notes, and returns when they are on the disk. Throws the file system's own error. */
  append(notes: readonly string[]): void {
    if (notes.length === 0) return;
    if (this.#doubtful) this.#mend();
    this.#doubtful = true;
    const bytes = Buffer.from(notes.map(toCheckpointFileText).join(''), 'utf8');
    this.#write((file) => {
      let written = 0;
      while (written < bytes.length) written += writeSync(file, bytes, written);
    });
    this.#doubtful = false;
  }

  /** Cuts off what a crash or a full disk left behind the last whole note. */
  #mend(): void {
    const { notes, rest } = this.read();
    if (rest === '') return;
    const whole = Buffer.byteLength(notes.map(toCheckpointFileText).join(''), 'utf8');
    this.#write((file) => {
      ftruncateSync(file, whole);
    });
  }

  #write(work: (file: number) => void): void {
    const file = openSync(this.#path, APPEND_FLAGS);
    try {
      work(file);
      fsyncSync(file);
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
