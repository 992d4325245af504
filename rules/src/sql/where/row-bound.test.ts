/**
 * What a WHERE clause lets through, one row of the table per clause.
 */

import { beforeAll, describe, expect, it } from 'vitest';

import type { RowBound } from '../../facts/effect.ts';
import { analyzeSql } from '../analyze.ts';
import { loadSqlParser } from '../parser.ts';
import type { SqlParser } from '../parser.ts';
import { buildShop, plainContext } from '../testing/build-catalog.ts';

let parser: SqlParser;

beforeAll(async () => {
  parser = await loadSqlParser();
});

const CONTEXT = plainContext(buildShop());

function boundOf(text: string): RowBound | undefined {
  const [statement] = analyzeSql(text, CONTEXT, parser).statements;
  const effect = statement?.effects.find(
    ({ kind, via }) => via.length === 0 && (kind === 'update' || kind === 'delete'),
  );
  return effect?.kind === 'update' || effect?.kind === 'delete' ? effect.rows : undefined;
}

/** Conditions that are true for every row of `orders`, for all rows or none, or for all but a few. */
const ALL = `
true
't'
NOT false
NOT (NOT true)
1 = 1
'a' <> 'b'
2 > 1 AND 'x' = 'x'
now() IS NOT NULL
current_date > '2000-01-01'
$1
$1::int4 IS NULL OR id = $1
random() < 2
id = id
id = id + 0
id <= id
orders.id = id
id IS NOT DISTINCT FROM id
NOT (id <> id)
id IN (id, 5)
id = ANY (ARRAY[id])
id BETWEEN id AND id
id IS NOT NULL
orders IS NOT NULL
orders.* IS NOT NULL
(id + 1) IS NOT NULL
ROW(id, note) IS NOT NULL
coalesce(note, 'x') IS NOT NULL
ctid IS NOT NULL
ctid >= '(0,0)'
'(0,0)' <= ctid
tableoid = 'orders'::regclass
id > 0
0 < id
id >= 1
id <> -1
id NOT IN (-1, 0)
id < 2147483647
id BETWEEN 1 AND 2147483647
id <> ALL ('{}')
created_at < 'infinity'
status LIKE '%'
status ILIKE '%%'
status LIKE '%' ESCAPE '!'
status ~ '.*'
status ~ ''
status ^@ ''
status >= ''
length(status) >= 0
abs(id) > -1
id * 0 = 0
id - id = 0
id % 1 = 0
id > -1 OR id <= -1
id > 5 OR id < 10
id = 3 OR id <> 3
id <> 1 OR id <> 2
status = 'a' OR status <> 'a'
status LIKE 'a%' OR status NOT LIKE 'a%'
note IS NULL OR note IS NOT NULL
id = 1 OR NOT (id = 1)
id = 1 OR true
id IN (1, 2) OR id NOT IN (1, 2)
(id = 5) IS NOT UNKNOWN
true IS TRUE
(id = id) = true
(id <> id) = false
CASE WHEN true THEN true ELSE id = 1 END
CASE WHEN false THEN id = 1 ELSE true END
CASE WHEN id = 1 THEN true ELSE true END
coalesce(NULL, true)
coalesce(id = id, false)
EXISTS (SELECT 1)
EXISTS (SELECT 1 FROM staging WHERE staging.id = 5)
EXISTS (SELECT 1 FROM orders o WHERE o.id = orders.id)
EXISTS (SELECT FROM orders o WHERE o.id = orders.id AND true)
NOT NOT EXISTS (SELECT 1)
id IN (SELECT id FROM orders)
id IN (SELECT o.id FROM orders AS o WHERE 1 = 1)
id IN (SELECT id FROM (SELECT id FROM orders) q)
id IN (SELECT z FROM (SELECT id AS z FROM orders) q)
id IN (TABLE staging UNION SELECT id FROM orders)
id IN (SELECT 1 UNION ALL SELECT id FROM orders)
id = ANY (SELECT id FROM orders)
id = ANY (ARRAY(SELECT id FROM orders))
(id, status) IN (SELECT id, status FROM orders)
id >= (SELECT min(id) FROM orders)
(SELECT max(id) FROM orders) >= id
(SELECT true)
`;

/** Ordinary conditions, and some that only look like one of those above. */
const BOUNDED = `
id = 1
id = $1
id = $1 AND 1 = 1
id IN (1, 2, 3)
id = ANY ($1)
id = ANY ('{1,2}')
id > 10
id >= 2
id < 100
id <> 7
id BETWEEN 10 AND 20
id > 5 AND id < 10
id > 10 OR id < 5
id = 1 OR id = 2
id % 2 = 0
id * 2 = 4
customer_id > 10 OR status = 'x'
total > 0
total <> 0
status = 'open'
status <> 'done'
status LIKE 'a%'
status LIKE '%a%'
status ~ '^a'
status IN ('a', 'b')
status NOT IN ('a', 'b')
status = 'a' OR status = 'b'
status = 'a' OR note <> 'a'
status IS NULL
note IS NOT NULL
note = status
id = customer_id
created_at < now()
created_at < now() - interval '30 days' AND status = 'void'
date_trunc('day', created_at) = current_date
lower(status) = 'open'
length(status) > 3
NOT (status = 'open')
(status = 'open') IS TRUE
coalesce(status = 'open', false)
coalesce(status, 'x') = 'open'
CASE WHEN status = 'a' THEN true ELSE false END
false
1 = 0
id IS NULL
status IS NOT NULL AND id = 4
EXISTS (SELECT 1 FROM staging s WHERE s.id = customer_id AND s.status = 'x')
EXISTS (SELECT 1 FROM orders o WHERE o.id = orders.id AND o.status = 'x')
id IN (SELECT id FROM orders WHERE status = 'void')
id IN (SELECT id FROM orders ORDER BY id LIMIT 1000)
id = (SELECT max(id) FROM orders)
id >= (SELECT max(id) FROM orders)
ctid = '(0,1)'
ctid = ANY (ARRAY(SELECT ctid FROM orders WHERE status = 'x' LIMIT 10))
`;

function lines(text: string): string[] {
  return text.trim().split('\n');
}

/** Each relates the rows to a whole other table, which may hold every key. */
const REACHING = `
EXISTS (SELECT 1 FROM staging s WHERE s.id = orders.id)
NOT EXISTS (SELECT 1 FROM order_items i WHERE i.order_id = orders.id)
id IN (SELECT order_id FROM order_items)
id IN (SELECT customer_id FROM orders)
id IN (SELECT id FROM (SELECT customer_id AS id FROM orders) q)
id IN (SELECT id FROM orders EXCEPT SELECT id FROM staging)
(id, status) IN (SELECT id, 'x' FROM orders)
`;

describe('a condition that is true for every row', () => {
  it.each(lines(ALL))('%s: lets every row through', (condition) => {
    expect(boundOf(`DELETE FROM orders WHERE ${condition}`)).toBe('all');
    expect(boundOf(`UPDATE orders SET note = 'x' WHERE ${condition}`)).toBe('all');
  });
});

describe('a condition that limits the rows', () => {
  it.each(lines(BOUNDED))('%s: bounds them', (condition) => {
    expect(boundOf(`DELETE FROM orders WHERE ${condition}`)).toBe('bounded');
    expect(boundOf(`UPDATE orders SET note = 'x' WHERE ${condition}`)).toBe('bounded');
  });
});

describe('a condition that only relates the rows to a whole table', () => {
  it.each(lines(REACHING))('%s: nobody can tell how many', (condition) => {
    expect(boundOf(`DELETE FROM orders WHERE ${condition}`)).toBe('unknown');
  });

  it.each([
    'id IN (SELECT order_id FROM order_items WHERE order_id = 5)',
    'id IN (SELECT order_id FROM order_items LIMIT 5)',
    'id IN (SELECT id FROM orders WHERE id = 5)',
    'id IN (SELECT id FROM orders WHERE id = -1)',
    'id IN (VALUES (1), (2))',
    "EXISTS (SELECT 1 FROM staging s WHERE s.id = orders.id AND s.status = 'x')",
    "id IN (SELECT order_id FROM order_items) AND status = 'x'",
  ])('%s: bounds them', (condition) => {
    expect(boundOf(`DELETE FROM orders WHERE ${condition}`)).toBe('bounded');
  });
});

const STATEMENTS: readonly [string, RowBound][] = [
  ['DELETE FROM orders', 'all'],
  ['DELETE FROM orders USING staging', 'all'],
  ["DELETE FROM orders USING staging WHERE staging.status = 'x'", 'all'],
  ['DELETE FROM orders USING staging s WHERE s.id = orders.id', 'unknown'],
  ["DELETE FROM orders USING staging s WHERE s.id = orders.id AND s.status = 'x'", 'bounded'],
  ['DELETE FROM orders USING staging s WHERE s.id <> orders.id AND s.id = 5', 'unknown'],
  [
    'DELETE FROM orders USING staging s JOIN customers c ON c.id = s.id WHERE s.id = orders.id',
    'unknown',
  ],
  [
    'DELETE FROM orders USING staging s JOIN customers c ON c.id = s.id AND c.id = 5 WHERE s.id = orders.id',
    'bounded',
  ],
  ['UPDATE orders SET note = v.n FROM (VALUES (1, 2)) v(i, n) WHERE v.i = orders.id', 'bounded'],
  ['UPDATE orders SET note = 1 FROM unnest($1::int[]) u(i) WHERE u.i = orders.id', 'bounded'],
  [
    'WITH few AS (SELECT id FROM staging LIMIT 5) DELETE FROM orders USING few WHERE few.id = orders.id',
    'bounded',
  ],
  [
    'WITH most AS (SELECT id FROM staging) DELETE FROM orders USING most WHERE most.id = orders.id',
    'unknown',
  ],
  ['DELETE FROM orders o USING orders p WHERE o.id = p.id', 'all'],
  ['DELETE FROM orders o USING orders p WHERE o.note = p.note AND o.id > p.id', 'unknown'],
  ["DELETE FROM orders o USING orders p WHERE o.id = p.id AND p.status = 'x'", 'bounded'],
  ["DELETE FROM orders o USING orders p WHERE p.status = 'x'", 'all'],
  ['WITH a AS (SELECT id FROM orders) DELETE FROM orders WHERE id IN (SELECT id FROM a)', 'all'],
  ['WITH a AS (SELECT 1 AS id) DELETE FROM orders WHERE id IN (SELECT id FROM a)', 'bounded'],
  ['WITH orders AS (SELECT 1) DELETE FROM orders', 'all'],
  ['UPDATE orders SET note = q.n FROM (SELECT 1 AS i, 2 AS n) q WHERE q.i = id', 'bounded'],
  [
    "UPDATE orders SET note = 'x' FROM staging JOIN customers c ON true WHERE staging.id = 1",
    'all',
  ],
  ['DELETE FROM orders WHERE CURRENT OF c', 'bounded'],
  ['DELETE FROM nowhere', 'all'],
  ['DELETE FROM nowhere WHERE id = 1', 'bounded'],
  ['MERGE INTO orders USING staging s ON true WHEN MATCHED THEN DELETE', 'all'],
  ['MERGE INTO orders o USING staging s ON o.id = s.id WHEN MATCHED THEN DELETE', 'unknown'],
  ['MERGE INTO orders o USING orders s ON o.id = s.id WHEN MATCHED THEN DELETE', 'all'],
  [
    'MERGE INTO orders o USING staging s ON o.id = s.id WHEN NOT MATCHED BY SOURCE THEN DELETE',
    'all',
  ],
  [
    "MERGE INTO orders o USING staging s ON o.id = s.id WHEN NOT MATCHED BY SOURCE AND o.status = 'x' THEN DELETE",
    'bounded',
  ],
  ["INSERT INTO orders (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET note = 'x'", 'bounded'],
  [
    "INSERT INTO orders (id) SELECT id FROM staging ON CONFLICT (id) DO UPDATE SET note = 'x'",
    'bounded',
  ],
  [
    "INSERT INTO orders (id) SELECT id FROM orders ON CONFLICT (id) DO UPDATE SET note = 'x'",
    'all',
  ],
  [
    "INSERT INTO orders (id) SELECT id FROM orders WHERE status = 'x' ON CONFLICT (id) DO UPDATE SET note = 'x'",
    'bounded',
  ],
];

describe('whole statements', () => {
  it.each(STATEMENTS)('%s: %s', (text, bound) => {
    expect(boundOf(text)).toBe(bound);
  });
});

describe('cached shapes', () => {
  const same = (text: string): boolean => analyzeSql(text, CONTEXT, parser).literalsIgnored;

  it.each([
    'DELETE FROM orders WHERE id = 5',
    "UPDATE orders SET note = 'x' WHERE status = 'y' AND customer_id = 3",
    "SELECT * FROM orders WHERE id > 5 AND status LIKE 'a%'",
    "INSERT INTO staging VALUES (1, 'x')",
  ])('%s: no literal decides', (text) => {
    expect(same(text)).toBe(true);
  });

  it.each([
    'DELETE FROM orders WHERE 1 = 1',
    'DELETE FROM orders WHERE 1 = 2',
    'DELETE FROM orders WHERE id > 5',
    'DELETE FROM orders WHERE id + 1 = id + 2',
    'DELETE FROM orders WHERE id = id * 2',
    'DELETE FROM orders WHERE id NOT IN (5)',
    "DELETE FROM orders WHERE status = 'a' OR status <> 'b'",
    "DELETE FROM orders WHERE status LIKE 'a%'",
    'DELETE FROM orders WHERE id > 7 OR id < 5',
    "DELETE FROM orders WHERE 'f'",
    'SELECT * FROM orders LIMIT 5',
    "SELECT set_config('app.x', 'y', true)",
    "SELECT nextval('orders_id_seq')",
    'SET work_mem = 100',
    'DO $$ BEGIN END $$',
  ])('%s: a literal decides', (text) => {
    expect(same(text)).toBe(false);
  });
});

describe('conditions and sources without number', () => {
  const sources = ', staging s'.repeat(5000);

  it('are unknown rather than looked at for minutes', { timeout: 60_000 }, () => {
    expect(boundOf(`DELETE FROM orders USING staging${sources} WHERE orders.id = s.id`)).toBe(
      'unknown',
    );
    expect(
      boundOf(
        `DELETE FROM orders WHERE EXISTS (SELECT FROM staging${sources} WHERE s.id = status)`,
      ),
    ).not.toBe('all');
    expect(boundOf(`DELETE FROM orders WHERE id = 1${' OR id = 1'.repeat(5000)}`)).toBe('bounded');
    expect(boundOf(`DELETE FROM orders WHERE id = 1${' AND id = 1'.repeat(5000)}`)).toBe('bounded');
  });
});
