/**
 * Verifies a copy of a record without a daemon: the program that reads databases runs once, for this alone.
 * It is never pointed at the record that a running daemon has open, which holds its lock.
 */

import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { ControlError } from '../../../errors.ts';
import { auditVerifyResultSchema } from '../messages/audit.ts';
import type { CallResult } from '../methods.ts';
import { findEntry } from './find-entry.ts';

/** A record of millions of entries is read at a hundred thousand a second. */
const TIMEOUT_MS = 10 * 60_000;

/** A report holds a hundred problems at most. */
const MAX_OUTPUT_BYTES = 4 * 1024 * 1024;

/**
 * The report on a copy.
 * @param folder copy of the record's folder; without its file of checkpoints a cut-off end is not noticed
 * @param key the public key, as text
 * @throws ControlError `AUDIT_UNREADABLE` when key or files cannot be read, with the program's own sentence
 */
export async function verifyRecordCopy(
  folder: string,
  key: string,
): Promise<CallResult<'audit.verify'>> {
  const args = [findEntry(), 'verify-folder', resolve(folder), key];
  try {
    const { stdout } = await promisify(execFile)(process.execPath, args, {
      timeout: TIMEOUT_MS,
      maxBuffer: MAX_OUTPUT_BYTES,
    });
    return auditVerifyResultSchema.parse(JSON.parse(stdout));
  } catch (cause) {
    throw new ControlError('AUDIT_UNREADABLE', saidBy(cause), { audience: 'user', cause });
  }
}

function saidBy(cause: unknown): string {
  const stderr =
    cause instanceof Error && 'stderr' in cause && typeof cause.stderr === 'string'
      ? cause.stderr
      : '';
  return /^error: (.+)$/m.exec(stderr)?.[1] ?? 'the copy could not be verified';
}
