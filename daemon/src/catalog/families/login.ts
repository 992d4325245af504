/**
 * Who the guard is in the database and what a fresh session of that role starts with, together with the size of the
 * catalog, which decides whether it is loaded at all.
 */

import * as z from 'zod';
import { FIRST_NORMAL_OID } from '@agentguard/rules';

/**
 * Where the session's own search path came from, asked before the load changes it. It runs under whatever
 * search_path the role has, so every name and operator in it is qualified.
 */
export const SESSION_PATH_SQL = `
  SELECT s.source, s.reset_val, s.boot_val FROM pg_catalog.pg_settings AS s
  WHERE s.name OPERATOR(pg_catalog.=) 'search_path'`;

export const SESSION_PATH = z.tuple([z.string(), z.string(), z.string()]);

/**
 * `rolePath`: the search_path that ALTER ROLE or ALTER DATABASE gives a fresh session, in the server's own order of
 * precedence; null when none does.
 */
export const LOGIN_SQL = `
  SELECT pg_catalog.json_build_object(
    'serverVersion', pg_catalog.current_setting('server_version_num')::pg_catalog.int4,
    'database', b.datname, 'user', r.rolname, 'superuser', r.rolsuper,
    'rolePath', (
      SELECT pg_catalog.substr(c.setting, 13)
      FROM pg_catalog.pg_db_role_setting s
      CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) AS c(setting)
      WHERE s.setdatabase IN (0, b.oid) AND s.setrole IN (0, r.oid) AND c.setting LIKE 'search\\_path=%'
      ORDER BY s.setrole <> 0 DESC, s.setdatabase <> 0 DESC LIMIT 1),
    'entries',
      (SELECT pg_catalog.count(*) FROM pg_catalog.pg_attribute a WHERE a.attrelid >= ${FIRST_NORMAL_OID})
      + (SELECT pg_catalog.count(*) FROM pg_catalog.pg_class)
      + (SELECT pg_catalog.count(*) FROM pg_catalog.pg_proc)
      + (SELECT pg_catalog.count(*) FROM pg_catalog.pg_type)
      + (SELECT pg_catalog.count(*) FROM pg_catalog.pg_constraint)
      + (SELECT pg_catalog.count(*) FROM pg_catalog.pg_operator),
    'textBytes',
      (SELECT COALESCE(pg_catalog.sum(pg_catalog.octet_length(p.prosrc)), 0) FROM pg_catalog.pg_proc p)
      + (SELECT COALESCE(pg_catalog.sum(pg_catalog.pg_column_size(w.ev_action)), 0)
         FROM pg_catalog.pg_rewrite w WHERE w.oid >= ${FIRST_NORMAL_OID}))
  FROM pg_catalog.pg_database b, pg_catalog.pg_roles r
  WHERE b.datname = pg_catalog.current_database() AND r.rolname = SESSION_USER`;

export const LOGIN = z.object({
  serverVersion: z.number().int(),
  database: z.string(),
  user: z.string(),
  superuser: z.boolean(),
  rolePath: z.string().nullable(),
  entries: z.number(),
  textBytes: z.number(),
});

export type Login = z.infer<typeof LOGIN>;
