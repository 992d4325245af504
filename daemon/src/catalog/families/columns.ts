/** Columns of everything but indexes, with what the server computes for them. */

import * as z from 'zod';
import { readable, type Family } from './family.ts';

const COLUMNS_OF = z.object({
  relation: z.string(),
  columns: z.array(
    z.object({
      name: z.string(),
      type: z.string(),
      notNull: z.boolean(),
      defaultText: z.string().nullable(),
      generated: z.boolean(),
      number: z.number().int(),
    }),
  ),
});

export const COLUMNS: Family<z.infer<typeof COLUMNS_OF>> = {
  name: 'columns',
  row: COLUMNS_OF,
  sql: () => `
    SELECT pg_catalog.json_build_object('relation', a.attrelid::pg_catalog.text, 'columns',
      pg_catalog.json_agg(pg_catalog.json_build_object(
        'name', a.attname, 'type', a.atttypid::pg_catalog.text, 'notNull', a.attnotnull,
        'generated', a.attgenerated <> '', 'number', a.attnum,
        'defaultText', CASE WHEN d.oid IS NOT NULL THEN
          ${readable({ catalog: 'pg_attrdef', oid: 'd.oid', relation: 'd.adrelid' }, 'pg_catalog.pg_get_expr(d.adbin, d.adrelid)')} END
      ) ORDER BY a.attnum))
    FROM pg_catalog.pg_attribute a
    JOIN shown c ON c.oid = a.attrelid AND c.relkind NOT IN ('i', 'I')
    LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attnum > 0 AND NOT a.attisdropped
    GROUP BY a.attrelid`,
};
