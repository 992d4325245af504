/** Operators and casts of the database's own: functions that run without being called by name. */

import * as z from 'zod';
import { FIRST_NORMAL_OID } from '@agentguard/rules';
import type { Family } from './family.ts';

const OPERATOR = z.object({
  schema: z.string(),
  name: z.string(),
  leftType: z.string().nullable(),
  rightType: z.string(),
  function: z.string(),
});

export const OPERATORS: Family<z.infer<typeof OPERATOR>> = {
  name: 'operator',
  row: OPERATOR,
  // An operator without a function is a promise made by another operator's COMMUTATOR; it cannot be used.
  sql: () => `
    SELECT pg_catalog.json_build_object(
      'schema', n.nspname, 'name', o.oprname,
      'leftType', CASE WHEN o.oprleft <> 0 THEN o.oprleft::pg_catalog.text END,
      'rightType', o.oprright::pg_catalog.text, 'function', o.oprcode::pg_catalog.oid::pg_catalog.text)
    FROM pg_catalog.pg_operator o
    JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace
    WHERE o.oid >= ${FIRST_NORMAL_OID} AND o.oprcode::pg_catalog.oid <> 0`,
};

const CAST = z.object({
  source: z.string(),
  target: z.string(),
  function: z.string().nullable(),
  context: z.enum(['e', 'a', 'i']),
});

export const CASTS: Family<z.infer<typeof CAST>> = {
  name: 'cast',
  row: CAST,
  sql: () => `
    SELECT pg_catalog.json_build_object(
      'source', k.castsource::pg_catalog.text, 'target', k.casttarget::pg_catalog.text,
      'function', CASE WHEN k.castfunc <> 0 THEN k.castfunc::pg_catalog.text END,
      'context', k.castcontext)
    FROM pg_catalog.pg_cast k
    WHERE k.oid >= ${FIRST_NORMAL_OID}`,
};
