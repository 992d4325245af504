/**
 * Functions, procedures and aggregates that did not come with the server, and those that did where somebody replaced
 * the body.
 */

import * as z from 'zod';
import { FIRST_NORMAL_OID } from '@agentguard/rules';
import { oidList, owningExtension, readable, type Family } from './family.ts';

const FUNCTION = z.object({
  oid: z.string(),
  schema: z.string(),
  name: z.string(),
  kind: z.enum(['f', 'p', 'a', 'w']),
  language: z.string(),
  argumentTypes: z.array(z.string()),
  defaults: z.number().int(),
  defaultTexts: z.array(z.string()),
  variadic: z.boolean(),
  returnType: z.string(),
  securityDefiner: z.boolean(),
  config: z.array(z.string()),
  source: z.string(),
  standardBody: z.boolean(),
  supportFunctions: z.array(z.string()),
  extension: z.string().nullable(),
});

export type FunctionRow = z.infer<typeof FUNCTION>;

/** initdb ends below this transaction number in every version; a fresh cluster starts near 750. */
const FIRST_FOREIGN_XID = 1_000;

/** oids of pg_language that are fixed: 12 is internal, 13 is c. */
const COMPILED_LANGUAGES = '12, 13';

const AGGREGATE_SUPPORT = `ARRAY[g.aggtransfn, g.aggfinalfn, g.aggcombinefn, g.aggserialfn,
  g.aggdeserialfn, g.aggmtransfn, g.aggminvtransfn, g.aggmfinalfn]::pg_catalog.oid[]`;

/** A built-in whose body is now SQL or another language and whose row is younger than initdb. */
const REPLACED = `p.prolang NOT IN (${COMPILED_LANGUAGES})
  AND p.xmin::pg_catalog.text::pg_catalog.int8 >= ${FIRST_FOREIGN_XID}
  AND n.nspname = 'pg_catalog'`;

/** A CALL names the output arguments of a procedure as well, so they count there. */
const ARGUMENT_TYPES = `pg_catalog.to_json(
  (CASE WHEN p.prokind = 'p' THEN COALESCE(p.proallargtypes, p.proargtypes::pg_catalog.oid[])
   ELSE p.proargtypes::pg_catalog.oid[] END)::pg_catalog.text[])`;

const DEFAULT_TEXTS = `(
  SELECT COALESCE(pg_catalog.json_agg(d.text ORDER BY d.at), '[]')
  FROM (
    SELECT s.at, pg_catalog.pg_get_function_arg_default(p.oid, s.at) AS text
    FROM pg_catalog.generate_series(1,
      COALESCE(pg_catalog.array_length(p.proallargtypes, 1), p.pronargs::pg_catalog.int4)) AS s(at)
    WHERE p.pronargdefaults > 0
  ) AS d WHERE d.text IS NOT NULL)`;

const SOURCE = `CASE WHEN p.prokind = 'a' THEN '' WHEN p.prosqlbody IS NOT NULL THEN
  ${readable({ catalog: 'pg_proc', oid: 'p.oid' }, 'pg_catalog.pg_get_function_sqlbody(p.oid)')} ELSE p.prosrc END`;

export const FUNCTIONS: Family<FunctionRow> = {
  name: 'function',
  row: FUNCTION,
  sql: () => `
    SELECT pg_catalog.json_build_object(
      'oid', p.oid::pg_catalog.text, 'schema', n.nspname, 'name', p.proname, 'kind', p.prokind,
      'language', l.lanname, 'argumentTypes', ${ARGUMENT_TYPES},
      'defaults', p.pronargdefaults, 'defaultTexts', ${DEFAULT_TEXTS},
      'variadic', p.provariadic <> 0, 'returnType', p.prorettype::pg_catalog.text,
      'securityDefiner', p.prosecdef,
      'config', COALESCE(pg_catalog.to_json(p.proconfig), '[]'),
      'source', ${SOURCE},
      'standardBody', p.prosqlbody IS NOT NULL,
      'supportFunctions', CASE WHEN g.aggfnoid IS NULL THEN '[]'
        ELSE ${oidList(AGGREGATE_SUPPORT)} END,
      'extension', ${owningExtension('pg_proc', 'p.oid')})
    FROM pg_catalog.pg_proc p
    JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
    JOIN pg_catalog.pg_language l ON l.oid = p.prolang
    LEFT JOIN pg_catalog.pg_aggregate g ON g.aggfnoid = p.oid
    WHERE p.oid >= ${FIRST_NORMAL_OID} OR (${REPLACED})`,
};
