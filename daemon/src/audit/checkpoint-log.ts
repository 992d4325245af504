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

/** Appends signed checkpoints to their file. */
export class CheckpointLog {
  readonly #path: string;
  /** True after a failure, which may have left half a note. */
  #doubtful = true;

  constructor(path: string) {
    this.#path = path;
  }

  /** The notes of the file; what a crash left of the last one is not among them. */
  read(): { readonly notes: readonly string[]; readonly torn: boolean } {
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
    const { notes, torn } = this.read();
    if (!torn) return;
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
export function readCheckpointFile(path: string): {
  readonly notes: readonly string[];
  readonly torn: boolean;
} {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw toUnreadable(error);
  }
  const parsed = parseCheckpointFile(text);
  if (!parsed.ok) throw new AuditError('AUDIT_UNREADABLE', parsed.problem, { audience: 'user' });
  return { notes: parsed.notes, torn: parsed.rest !== '' };
}
