/** Relations with the text of their views, and which of them are partitions or children of which. */

import * as z from 'zod';
import { owningExtension, readable, type Family } from './family.ts';

const RELATION = z.object({
  oid: z.string(),
  schema: z.string(),
  name: z.string(),
  kind: z.enum(['r', 'p', 'v', 'm', 'f', 'S', 'i', 'I', 'c']),
  rowSecurity: z.boolean(),
  rows: z.number().nullable(),
  extension: z.string().nullable(),
  view: z.string().nullable(),
});

export type RelationRow = z.infer<typeof RELATION>;

export const RELATIONS: Family<RelationRow> = {
  name: 'relation',
  row: RELATION,
  sql: () => `
    SELECT pg_catalog.json_build_object(
      'oid', c.oid::pg_catalog.text, 'schema', c.nspname, 'name', c.relname, 'kind', c.relkind,
      'rowSecurity', c.relrowsecurity,
      'rows', CASE WHEN c.relkind IN ('r', 'p', 'm', 'f') AND c.reltuples >= 0 THEN c.reltuples END,
      'extension', ${owningExtension('pg_class', 'c.oid')},
      'view', CASE WHEN c.relkind IN ('v', 'm') THEN
        ${readable({ catalog: 'pg_rewrite', oid: 'w.oid', relation: 'c.oid' }, 'pg_catalog.pg_get_viewdef(c.oid)')} END)
    FROM shown c
    LEFT JOIN pg_catalog.pg_rewrite w ON w.ev_class = c.oid AND w.rulename = '_RETURN'`,
};

const CHILD = z.object({ parent: z.string(), child: z.string() });

export const CHILDREN: Family<z.infer<typeof CHILD>> = {
  name: 'child',
  row: CHILD,
  sql: () => `
    SELECT pg_catalog.json_build_object(
      'parent', i.inhparent::pg_catalog.text, 'child', i.inhrelid::pg_catalog.text)
    FROM pg_catalog.pg_inherits i`,
};
