/** The database of the demo: a small car rental with enough in it to destroy. */

/** Name of the guarded resource, and of the database behind it. */
export const DEMO_RESOURCE = 'reservations-db';

/** The role the guard logs in as; it owns everything, as many real ones do. */
export const DEMO_OWNER = 'rental_owner';

/** Tables whose rows are counted before and after. */
export const DEMO_TABLES = ['customers', 'vehicles', 'reservations'] as const;

/** Statements that make and fill the schema. Runs as the owner. */
export const DEMO_SCHEMA = `
CREATE TABLE customers (
  id integer PRIMARY KEY,
  name text NOT NULL,
  email text NOT NULL
);
CREATE TABLE vehicles (
  id integer PRIMARY KEY,
  plate text NOT NULL,
  model text NOT NULL
);
CREATE TABLE reservations (
  id integer PRIMARY KEY,
  customer_id integer NOT NULL REFERENCES customers ON DELETE CASCADE,
  vehicle_id integer NOT NULL REFERENCES vehicles,
  status text NOT NULL DEFAULT 'booked',
  starts_on date NOT NULL,
  notes text
);
INSERT INTO customers
  SELECT n, 'Customer ' || n, 'customer' || n || '@rental.example' FROM generate_series(1, 200) AS n;
INSERT INTO vehicles
  SELECT n, 'AG-' || (1000 + n), (ARRAY['Corsa', 'Golf', 'Clio'])[n % 3 + 1] FROM generate_series(1, 40) AS n;
INSERT INTO reservations
  SELECT n, n % 200 + 1, n % 40 + 1, 'booked', date '2026-06-01' + n % 90, NULL
  FROM generate_series(1, 1204) AS n;
CREATE FUNCTION archive_old(before date) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE gone integer;
BEGIN
  DELETE FROM reservations;
  GET DIAGNOSTICS gone = ROW_COUNT;
  RETURN gone;
END $$;
ANALYZE;
`;
