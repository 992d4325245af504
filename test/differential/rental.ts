/**
 * The data of the comparison: a car rental of four tenants, small enough to be written anew for every filter. `poison` is 0
 * on every row out of reach and 1 on the others: whoever divides by it has looked at what is out of reach.
 */

/** Tables and the columns that conditions are made of. */
export const TABLES = {
  vehicles: { number: ['id', 'tenant_id', 'cost', 'poison'], text: ['plate'] },
  reservations: {
    number: ['id', 'tenant_id', 'vehicle_id', 'price', 'poison'],
    text: ['status', 'notes'],
  },
  tenants: { number: ['id', 'poison'], text: ['name'] },
} as const;

export type TableName = keyof typeof TABLES;

export const TABLE_NAMES: readonly TableName[] = ['vehicles', 'reservations', 'tenants'];

/** Everything that does not hang on the filter. */
export const SCHEMA = `
CREATE TABLE tenants (id int PRIMARY KEY, name text, poison int NOT NULL DEFAULT 1);
CREATE TABLE vehicles (id int PRIMARY KEY, tenant_id int, plate text, cost numeric, poison int NOT NULL DEFAULT 1);
CREATE TABLE reservations (
  id int PRIMARY KEY, tenant_id int, vehicle_id int, status text, notes varchar(40), price numeric(10,2),
  poison int NOT NULL DEFAULT 1
);
CREATE TABLE reservations_archive () INHERITS (reservations);
CREATE INDEX ON reservations (tenant_id, id);
CREATE VIEW open_reservations AS
  SELECT r.id, r.tenant_id, r.status AS state, v.plate FROM reservations r LEFT JOIN vehicles v ON v.id = r.vehicle_id
  WHERE r.status <> 'closed';`;

/** Fresh rows; the same for the same seed. */
export function rowsFor(seed: number): string {
  return `
SELECT setseed(${((seed % 1000) / 1000).toFixed(3)});
TRUNCATE tenants, vehicles, reservations, reservations_archive;
INSERT INTO tenants SELECT i, CASE WHEN i = 4 THEN NULL ELSE 'tenant ' || i END FROM generate_series(1, 4) i;
INSERT INTO vehicles SELECT i, CASE WHEN i % 9 = 0 THEN NULL ELSE 1 + i % 4 END, 'P' || i % 7,
  CASE WHEN i % 5 = 0 THEN NULL ELSE floor(random() * 9) END FROM generate_series(1, 16) i;
INSERT INTO reservations SELECT i, CASE WHEN i % 11 = 0 THEN NULL ELSE 1 + floor(random() * 4) END,
  1 + floor(random() * 18), (ARRAY['open','closed','held',NULL])[1 + floor(random() * 4)], 'n' || i % 5,
  CASE WHEN i % 6 = 0 THEN NULL ELSE floor(random() * 20) END FROM generate_series(1, 24) i;
INSERT INTO reservations_archive SELECT 100 + i, 1 + i % 4, i, 'closed', 'old', i FROM generate_series(1, 6) i;`;
}

/** Filters as a role has them. \`{{ token.t }}\` is a tenant, \`{{ token.s }}\` a status. */
export const FILTERS: readonly Readonly<Record<TableName, string>>[] = [
  {
    reservations: 'tenant_id = {{ token.t }}',
    vehicles: 'tenant_id = {{ token.t }}',
    tenants: 'id = {{ token.t }}',
  },
  {
    reservations: 'tenant_id = {{ token.t }} AND status <> {{ token.s }}',
    vehicles: 'tenant_id IN ({{ token.t }}, 3)',
    tenants: 'true',
  },
  {
    reservations: 'status IS DISTINCT FROM {{ token.s }} OR tenant_id = {{ token.t }}',
    vehicles: 'cost IS NULL OR cost < 5',
    tenants: 'name IS NOT NULL',
  },
  {
    reservations: 'tenant_id BETWEEN {{ token.t }} AND 3 AND NOT (status = {{ token.s }})',
    vehicles: "plate LIKE 'P1%' OR tenant_id = {{ token.t }}",
    tenants: 'id >= {{ token.t }}',
  },
  {
    reservations: 'coalesce(price, 0) < 12 AND reservations.tenant_id = {{ token.t }}',
    vehicles: 'tenant_id = {{ token.t }}',
    tenants: 'length(name) > 3',
  },
];

/** A filter with which only reading is compared: it holds a query. */
export const NESTED_FILTER: Readonly<Record<TableName, string>> = {
  reservations: 'vehicle_id IN (SELECT id FROM vehicles WHERE vehicles.tenant_id = {{ token.t }})',
  vehicles: 'tenant_id = {{ token.t }}',
  tenants:
    'EXISTS (SELECT 1 FROM vehicles v WHERE v.tenant_id = tenants.id AND v.tenant_id = {{ token.t }})',
};

/** Values of the token for a seed. */
export function valuesFor(seed: number): { readonly t: string; readonly s: string } {
  return { t: String(1 + (seed % 4)), s: ['open', 'closed', "o'pen", 'held'][seed % 4] ?? 'open' };
}

/** A filter as the server would have it in a policy of its own. */
export function toNative(
  filter: string,
  values: { readonly t: string; readonly s: string },
): string {
  return filter
    .replaceAll('{{ token.t }}', values.t)
    .replaceAll('{{ token.s }}', `'${values.s.replaceAll("'", "''")}'`);
}
