/** A session of the guard's own at a guarded database, for reading and bringing back rows. */

import type { CatalogQuery } from '../catalog/query.ts';
import type { CatalogConnection } from '../catalog/query.ts';
import { CAPTURE_TIMEOUT_MS } from './limits.ts';

/** An open session. */
export interface UndoSession {
  readonly query: CatalogQuery;
  close(): void;
}

/** Opens one. @throws UpstreamError and what else connecting may end in */
export type OpenUndoSession = (resource: string) => Promise<UndoSession>;

/** Names mean what the server ships, values have one spelling, and nothing waits for long. */
const SETTINGS = `SET search_path = pg_catalog; SET datestyle = 'ISO, YMD'; SET intervalstyle = 'postgres';
  SET timezone = 'UTC'; SET bytea_output = 'hex'; SET extra_float_digits = 1;
  SET statement_timeout = ${CAPTURE_TIMEOUT_MS}; SET lock_timeout = ${CAPTURE_TIMEOUT_MS / 2}`;

/** Makes sessions from what opens connections. */
export function makeOpenUndoSession(
  open: (resource: string) => Promise<CatalogConnection>,
): OpenUndoSession {
  return async (resource) => {
    const connection = await open(resource);
    try {
      await connection.query(SETTINGS);
    } catch (error) {
      connection.close();
      throw error;
    }
    return { query: (sql) => connection.query(sql), close: () => connection.close() };
  };
}
