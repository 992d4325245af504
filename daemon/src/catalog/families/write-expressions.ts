/**
 * What the server computes when a row is written, beside defaults and triggers: CHECK constraints (validated or not),
 * expressions and predicates of indexes, exclusion constraints, partition keys.
 */

import * as z from 'zod';
import { readable, type Family } from './family.ts';

const EXPRESSION = z.object({ relation: z.string(), text: z.string() });

/** NOT ENFORCED exists from this version on; such a constraint never runs. */
const NOT_ENFORCED_FROM = 180_000;

function checks(version: number): string {
  const text = readable(
    { catalog: 'pg_constraint', oid: 'k.oid', relation: 'k.conrelid' },
    'pg_catalog.pg_get_expr(k.conbin, k.conrelid)',
  );
  return `
    SELECT k.conrelid AS relation, ${text} AS text
    FROM pg_catalog.pg_constraint k
    WHERE k.contype = 'c' AND k.conrelid <> 0 ${version >= NOT_ENFORCED_FROM ? 'AND k.conenforced' : ''}`;
}

function indexExpressions(): string {
  const key = 'pg_catalog.pg_get_indexdef(i.indexrelid, a.at::pg_catalog.int4, false)';
  const predicate = 'pg_catalog.pg_get_expr(i.indpred, i.indrelid)';
  return `
    SELECT i.indrelid, ${readable({ catalog: 'pg_class', oid: 'i.indexrelid', relation: 'i.indrelid' }, key)}
    FROM pg_catalog.pg_index i
    CROSS JOIN LATERAL pg_catalog.unnest(i.indkey::pg_catalog.int2[]) WITH ORDINALITY AS a(attnum, at)
    WHERE i.indexprs IS NOT NULL AND a.attnum = 0
    UNION ALL
    SELECT i.indrelid, ${readable({ catalog: 'pg_class', oid: 'i.indexrelid', relation: 'i.indrelid' }, predicate)}
    FROM pg_catalog.pg_index i
    WHERE i.indpred IS NOT NULL`;
}

/** The comparison of each key with itself: its operator is what the constraint runs. */
function exclusions(): string {
  const key = 'pg_catalog.pg_get_indexdef(k.conindid, x.at::pg_catalog.int4, false)';
  const text = `pg_catalog.format('%s OPERATOR(%I.%s) %s', ${key}, n.nspname, o.oprname, ${key})`;
  return `
    SELECT k.conrelid, ${readable({ catalog: 'pg_constraint', oid: 'k.oid', relation: 'k.conrelid' }, text)}
    FROM pg_catalog.pg_constraint k
    CROSS JOIN LATERAL pg_catalog.unnest(k.conexclop) WITH ORDINALITY AS x(operator, at)
    JOIN pg_catalog.pg_operator o ON o.oid = x.operator
    JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace
    WHERE k.conexclop IS NOT NULL`;
}

function partitionKeys(): string {
  const text = 'pg_catalog.pg_get_expr(p.partexprs, p.partrelid)';
  return `
    SELECT p.partrelid, ${readable({ catalog: 'pg_class', oid: 'p.partrelid' }, text)}
    FROM pg_catalog.pg_partitioned_table p
    WHERE p.partexprs IS NOT NULL`;
}

export const WRITE_EXPRESSIONS: Family<z.infer<typeof EXPRESSION>> = {
  name: 'write expression',
  row: EXPRESSION,
  sql: (version) => `
    SELECT pg_catalog.json_build_object('relation', e.relation::pg_catalog.text, 'text', e.text)
    FROM (${checks(version)} UNION ALL ${indexExpressions()} UNION ALL ${exclusions()}
      UNION ALL ${partitionKeys()}) AS e
    JOIN shown c ON c.oid = e.relation`,
};
