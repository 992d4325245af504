/** Types that did not come with the server: what their values run when they are read, written or compared. */

import * as z from 'zod';
import { FIRST_NORMAL_OID } from '@agentguard/rules';
import { oidList, owningExtension, type Family } from './family.ts';

const TYPE = z.object({
  oid: z.string(),
  schema: z.string(),
  name: z.string(),
  kind: z.enum(['b', 'c', 'd', 'e', 'p', 'r', 'm']),
  underlying: z.string().nullable(),
  array: z.boolean(),
  expressions: z.array(z.string()),
  supportFunctions: z.array(z.string()),
  extension: z.string().nullable(),
});

/** A domain's expressions name no relation, so no lock is in the way of reading them. */
const EXPRESSIONS = `CASE WHEN t.typtype <> 'd' THEN '[]' ELSE (
  SELECT COALESCE(pg_catalog.json_agg(e.text ORDER BY e.text), '[]') FROM (
    SELECT pg_catalog.pg_get_expr(k.conbin, 0) AS text
    FROM pg_catalog.pg_constraint k WHERE k.contypid = t.oid AND k.conbin IS NOT NULL
    UNION ALL
    SELECT pg_catalog.pg_get_expr(t.typdefaultbin, 0) WHERE t.typdefaultbin IS NOT NULL
  ) AS e) END`;

/** The comparison functions of a range's operator class run whenever two bounds meet. */
const COMPARISONS = `ARRAY(
  SELECT a.amproc::pg_catalog.oid
  FROM pg_catalog.pg_opclass c
  JOIN pg_catalog.pg_amproc a ON a.amprocfamily = c.opcfamily
    AND a.amproclefttype = c.opcintype AND a.amprocrighttype = c.opcintype
  WHERE c.oid = r.rngsubopc)`;

const INPUT_AND_OUTPUT = `t.typinput, t.typoutput, t.typreceive, t.typsend, t.typmodin, t.typmodout,
  t.typanalyze, t.typsubscript`;

const SUPPORT = `ARRAY[${INPUT_AND_OUTPUT}, r.rngcanonical, r.rngsubdiff]::pg_catalog.oid[] || ${COMPARISONS}`;

/** Most types are rows and arrays, which have only the server's own; asking one by one would take most of the load. */
const SUPPORT_OF_OUR_OWN = `CASE WHEN r.rngtypid IS NULL
    AND ${FIRST_NORMAL_OID} > ALL (ARRAY[${INPUT_AND_OUTPUT}]::pg_catalog.oid[])
  THEN '[]' ELSE ${oidList(SUPPORT, FIRST_NORMAL_OID)} END`;

export const TYPES: Family<z.infer<typeof TYPE>> = {
  name: 'type',
  row: TYPE,
  sql: () => `
    SELECT pg_catalog.json_build_object(
      'oid', t.oid::pg_catalog.text, 'schema', n.nspname, 'name', t.typname, 'kind', t.typtype,
      'underlying', CASE WHEN t.typtype = 'd' THEN t.typbasetype::pg_catalog.text
        WHEN t.typelem <> 0 AND t.typlen = -1 THEN t.typelem::pg_catalog.text END,
      'array', t.typtype = 'b' AND t.typelem <> 0 AND t.typlen = -1,
      'expressions', ${EXPRESSIONS},
      'supportFunctions', ${SUPPORT_OF_OUR_OWN},
      'extension', ${owningExtension('pg_type', 't.oid')})
    FROM pg_catalog.pg_type t
    JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
    LEFT JOIN pg_catalog.pg_range r ON r.rngtypid = t.oid OR r.rngmultitypid = t.oid
    WHERE t.oid >= ${FIRST_NORMAL_OID}
      AND n.nspname <> 'pg_toast' AND n.nspname !~ '^pg_toast_temp_'`,
};
