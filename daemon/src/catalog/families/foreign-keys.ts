/** Foreign keys, by the table they point at. */

import * as z from 'zod';
import type { Family } from './family.ts';

const ACTION = z.enum(['a', 'r', 'c', 'n', 'd']);

const FOREIGN_KEY = z.object({
  referenced: z.string(),
  referencing: z.string(),
  name: z.string(),
  onDelete: ACTION,
  onUpdate: ACTION,
  referencedColumns: z.array(z.string()),
});

/** NOT ENFORCED exists from this version on; such a key has no triggers and so no action. */
const NOT_ENFORCED_FROM = 180_000;

export const FOREIGN_KEYS: Family<z.infer<typeof FOREIGN_KEY>> = {
  name: 'foreign key',
  row: FOREIGN_KEY,
  sql: (version) => `
    SELECT pg_catalog.json_build_object(
      'referenced', k.confrelid::pg_catalog.text, 'referencing', k.conrelid::pg_catalog.text,
      'name', k.conname, 'onDelete', k.confdeltype, 'onUpdate', k.confupdtype,
      'referencedColumns', (
        SELECT pg_catalog.json_agg(a.attname ORDER BY u.at)
        FROM pg_catalog.unnest(k.confkey) WITH ORDINALITY AS u(attnum, at)
        JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.attnum))
    FROM pg_catalog.pg_constraint k
    WHERE k.contype = 'f' ${version >= NOT_ENFORCED_FROM ? 'AND k.conenforced' : ''}`,
};
