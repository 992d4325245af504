/** Rewrite rules other than those that make a view, and row security policies. */

import * as z from 'zod';
import { readable, type Family } from './family.ts';

const RULE = z.object({
  relation: z.string(),
  name: z.string(),
  event: z.enum(['1', '2', '3', '4']),
  enabled: z.boolean(),
  definition: z.string(),
});

export const RULES: Family<z.infer<typeof RULE>> = {
  name: 'rule',
  row: RULE,
  sql: () => `
    SELECT pg_catalog.json_build_object(
      'relation', w.ev_class::pg_catalog.text, 'name', w.rulename, 'event', w.ev_type,
      'enabled', w.ev_enabled IN ('O', 'A'),
      'definition', ${readable({ catalog: 'pg_rewrite', oid: 'w.oid', relation: 'c.oid' }, 'pg_catalog.pg_get_ruledef(w.oid)')})
    FROM pg_catalog.pg_rewrite w
    JOIN shown c ON c.oid = w.ev_class
    WHERE w.rulename <> '_RETURN'`,
};

const POLICY = z.object({
  relation: z.string(),
  name: z.string(),
  command: z.enum(['*', 'r', 'a', 'w', 'd']),
  usingText: z.string().nullable(),
  checkText: z.string().nullable(),
});

function expression(column: string): string {
  return `CASE WHEN p.${column} IS NOT NULL THEN
    ${readable({ catalog: 'pg_policy', oid: 'p.oid', relation: 'p.polrelid' }, `pg_catalog.pg_get_expr(p.${column}, p.polrelid)`)} END`;
}

export const POLICIES: Family<z.infer<typeof POLICY>> = {
  name: 'policy',
  row: POLICY,
  sql: () => `
    SELECT pg_catalog.json_build_object(
      'relation', p.polrelid::pg_catalog.text, 'name', p.polname, 'command', p.polcmd,
      'usingText', ${expression('polqual')}, 'checkText', ${expression('polwithcheck')})
    FROM pg_catalog.pg_policy p
    JOIN shown c ON c.oid = p.polrelid`,
};
