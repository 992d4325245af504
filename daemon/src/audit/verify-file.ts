/**
 * Verifies a copy of a record: a database file, the file of its checkpoints, and a public key.
 * Never to be called on the record this process has open: closing a second handle on a locked file gives the
 * lock away (POSIX advisory locks belong to the process).
 */

import { existsSync, rmSync } from 'node:fs';
import { parseVerifierKey } from '@agentguard/rules';
import type { RecordReport } from '@agentguard/rules';
import * as z from 'zod';
import { AuditError } from '../errors.ts';
import { AuditStore } from './audit-store.ts';
import { readCheckpointFile } from './checkpoint-log.ts';
import { openDatabaseCopy, toCause } from './database.ts';
import { verifyStore } from './verify-store.ts';

/** Lines of SQLite's own check that are worth showing. */
const MAX_DAMAGES = 5;

/**
 * Verifies a copy of the database.
 * @param path the database; a write-ahead log is read when it lies beside it
 * @param checkpointsPath the file of checkpoints, or null when only the database was copied
 * @param vkey public key of the record
 * @throws AuditError `AUDIT_UNREADABLE` when key or files cannot be read
 */
export async function verifyDatabaseFile(
  path: string,
  checkpointsPath: string | null,
  vkey: string,
): Promise<RecordReport> {
  const key = parseVerifierKey(vkey);
  if (!key.ok) throw new AuditError('AUDIT_UNREADABLE', key.problem, { audience: 'user' });
  if (!existsSync(path)) {
    throw new AuditError('AUDIT_UNREADABLE', `there is no file \`${path}\``, { audience: 'user' });
  }
  const made = ['-shm', '-wal'].map((suffix) => path + suffix).filter((file) => !existsSync(file));
  const database = openDatabaseCopy(path);
  try {
    const store = new AuditStore(database);
    // Without the file the database is compared with itself; what it lost together is not noticed.
    const logged = checkpointsPath === null ? null : readCheckpointFile(checkpointsPath);
    const report = await verifyStore({
      store,
      verifier: key.verifier,
      logged,
      kept: [],
    });
    return withDamages(report, readDamages(database));
  } finally {
    database.close();
    // Reading leaves a copy as it was found.
    for (const file of made) rmSync(file, { force: true });
  }
}

/** What SQLite itself finds wrong with the file. */
function readDamages(database: { pragma(source: string): unknown }): readonly string[] {
  try {
    const rows = z
      .array(z.object({ integrity_check: z.string() }))
      .parse(database.pragma(`integrity_check(${MAX_DAMAGES})`));
    return rows.map((row) => row.integrity_check).filter((line) => line !== 'ok');
  } catch (error) {
    return [toCause(error)];
  }
}

function withDamages(report: RecordReport, damages: readonly string[]): RecordReport {
  if (damages.length === 0) return report;
  const found = damages.map((damage) => ({
    kind: 'column' as const,
    index: null,
    through: null,
    what: `the database file is damaged: ${damage}`,
  }));
  return {
    ...report,
    ok: false,
    problems: [...report.problems, ...found],
    problemCount: report.problemCount + found.length,
  };
}
