/** Copies an open record: the database through SQLite itself, never by reading its file (see `verify-file.ts`). */

import { statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { AuditError } from '../errors.ts';
import { AuditStore } from './audit-store.ts';
import { CheckpointLog } from './checkpoint-log.ts';
import { toUnreadable } from './database.ts';
import { prepareRecordFolder } from './record-folder.ts';
import type { RecordPaths } from './record-folder.ts';

/**
 * Copies database and checkpoints into an owner-only folder that holds no record.
 * @throws AuditError `AUDIT_UNREADABLE` when the folder is not fit, or the disk fails
 */
export async function copyRecord(
  database: Database.Database,
  folder: string,
): Promise<RecordPaths> {
  const paths = prepareRecordFolder(folder);
  if (statSync(paths.database).size > 0 || statSync(paths.checkpoints).size > 0) {
    throw new AuditError('AUDIT_UNREADABLE', 'the folder holds a record already', {
      audience: 'user',
    });
  }
  try {
    await database.backup(paths.database);
    // From the copy: the record may have been signed again since.
    new CheckpointLog(paths.checkpoints).append(finishCopy(paths.database), 'synced');
    return paths;
  } catch (error) {
    throw toUnreadable(error);
  }
}

/**
 * A copy is read where it lies, perhaps from a folder that cannot be written: no write-ahead log for it.
 * Returns the checkpoints that it holds.
 */
function finishCopy(path: string): readonly string[] {
  const copy = new Database(path);
  try {
    copy.pragma('journal_mode = DELETE');
    return new AuditStore(copy).checkpointsAfter(-1).map(({ note }) => note);
  } finally {
    copy.close();
  }
}
