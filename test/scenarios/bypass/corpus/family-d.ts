/** Techniques 50 to 53: the state of the connection. Data only. */

import { attack, passes, PAYMENTS, type Attack, type Technique } from '../technique.ts';

/** Settings that turn off a protection or change what statements mean, each with a value that shows. */
const SWITCHES: Readonly<Record<string, string>> = {
  session_replication_role: 'replica',
  track_counts: 'off',
  allow_system_table_mods: 'on',
  zero_damaged_pages: 'on',
  ignore_checksum_failure: 'on',
  lo_compat_privileges: 'on',
  transform_null_equals: 'on',
  log_statement: 'all',
  session_preload_libraries: 'auto_explain',
  dynamic_library_path: '/tmp',
  'plpgsql.variable_conflict': 'use_column',
};

function switchAttacks(): Attack[] {
  return Object.entries(SWITCHES).map(([name, value]) =>
    attack(`SET ${name} = '${value}'`, {
      harm: { kind: 'probe', query: `SHOW ${name}`, harmed: value },
    }),
  );
}

const TO_CLERK = { kind: 'probe', query: 'SELECT current_user', harmed: 'clerk' } as const;

export const FAMILY_D: readonly Technique[] = [
  {
    number: 50,
    title: 'SET ROLE and SESSION AUTHORIZATION',
    attacks: [
      attack('SET ROLE clerk', { harm: TO_CLERK }),
      attack('SET LOCAL ROLE clerk; SELECT 1', { harm: { kind: 'refusal' }, simpleOnly: true }),
      attack('SET role TO clerk', { harm: TO_CLERK }),
      attack('SET SESSION AUTHORIZATION clerk', { harm: TO_CLERK }),
      attack(`SET SESSION SESSION AUTHORIZATION 'clerk'`, { harm: TO_CLERK }),
      attack(['SET ROLE clerk', 'RESET ROLE', 'SET ROLE clerk'], { harm: TO_CLERK }),
      attack('RESET SESSION AUTHORIZATION', { harm: { kind: 'refusal' } }),
    ],
    neighbours: [passes('SELECT current_user, session_user'), passes('SHOW role')],
  },
  {
    number: 51,
    title: 'switches that turn off protection',
    attacks: [
      ...switchAttacks(),
      attack(['SET session_replication_role = replica', 'DELETE FROM customers WHERE id = 1'], {
        harm: { kind: 'probe', query: 'SHOW session_replication_role', harmed: 'replica' },
      }),
      attack(['BEGIN', `SET LOCAL session_replication_role = 'replica'`], {
        harm: { kind: 'probe', query: 'SHOW session_replication_role', harmed: 'replica' },
      }),
      attack('SET SESSION "Session_Replication_Role" TO REPLICA', {
        harm: { kind: 'probe', query: 'SHOW session_replication_role', harmed: 'replica' },
      }),
      attack('ALTER TABLE reservations DISABLE TRIGGER ALL', { stoppedIn: ['production'] }),
      attack('ALTER TABLE payments DROP CONSTRAINT payments_reservation_id_fkey', {
        stoppedIn: ['production'],
      }),
      attack('ALTER EVENT TRIGGER on_comment DISABLE', { stoppedIn: ['production'] }),
    ],
    neighbours: [
      passes(`SET application_name = 'x'`),
      passes(`SET statement_timeout = '30s'`),
      passes(`SET TIME ZONE 'UTC'`),
      passes(`SET DateStyle = 'ISO, MDY'`),
      passes('SHOW session_replication_role'),
      passes('SET extra_float_digits = 3'),
      passes('SET work_mem = $$16MB$$'),
    ],
  },
  {
    number: 52,
    title: 'names that move',
    attacks: [
      attack([
        'CREATE TEMP TABLE payments (id int)',
        'DROP TABLE pg_temp.payments',
        'DELETE FROM payments',
      ]),
      attack(['CREATE TEMP TABLE payments (id int)', 'DISCARD TEMP', 'DELETE FROM payments']),
      attack(['CREATE TEMP TABLE payments (id int)', 'DISCARD ALL', 'DELETE FROM payments']),
      attack(['BEGIN', 'CREATE TEMP TABLE payments (id int)', 'ROLLBACK', 'DELETE FROM payments']),
      attack([
        'BEGIN',
        'SAVEPOINT s',
        'CREATE TEMP TABLE payments (id int)',
        'ROLLBACK TO s',
        'DELETE FROM payments',
        'COMMIT',
      ]),
      attack([
        'BEGIN',
        'CREATE TEMP TABLE payments (id int) ON COMMIT DROP',
        'COMMIT',
        'DELETE FROM payments',
      ]),
      attack([
        'CREATE TEMP TABLE payments (id int)',
        'ALTER TABLE pg_temp.payments RENAME TO moved',
        'DELETE FROM payments',
      ]),
      attack([
        'CREATE TEMP TABLE payments (id int)',
        'SET search_path = public, pg_temp',
        'DELETE FROM payments',
      ]),
      attack(['CREATE TEMP TABLE payments (id int)', 'DELETE FROM public.payments']),
      attack(['CREATE TEMP TABLE payments (id int)', 'TRUNCATE public.payments']),
      attack(['CREATE TABLE archive.payments (id int)', 'DELETE FROM payments'], {
        harm: PAYMENTS,
      }),
      attack(
        ['BEGIN', 'CREATE TABLE archive.payments (id int)', 'DELETE FROM payments', 'COMMIT'],
        {
          harm: PAYMENTS,
        },
      ),
      attack([
        'PREPARE s AS SELECT length($$x$$)',
        'SET search_path = evil, pg_catalog',
        'EXECUTE s',
      ]),
      attack([
        'CREATE TEMP TABLE payments (id int)',
        'PREPARE s AS DELETE FROM payments',
        'DROP TABLE pg_temp.payments',
        'EXECUTE s',
      ]),
      attack(
        [
          'CREATE TABLE archive.scratch (id int)',
          'DROP TABLE archive.scratch',
          'ALTER TABLE payments RENAME TO scratch',
          'DELETE FROM scratch',
        ],
        { harm: PAYMENTS, stoppedIn: ['production'] },
      ),
      attack([
        'CREATE TEMP TABLE mine (id int)',
        'CREATE TRIGGER t AFTER INSERT ON mine FOR EACH ROW EXECUTE FUNCTION traps.on_late_box()',
        'INSERT INTO mine VALUES (1)',
      ]),
      attack([
        'CREATE TEMP TABLE mine (id int DEFAULT traps.purge())',
        'INSERT INTO mine DEFAULT VALUES',
      ]),
      attack(['CREATE TEMP TABLE mine (id careful)', 'INSERT INTO mine VALUES (1)']),
      attack([
        'CREATE TEMP TABLE mine (LIKE default_box INCLUDING ALL)',
        'INSERT INTO mine (id) VALUES (1)',
      ]),
      attack([
        'CREATE TEMP TABLE mine (id int, FOREIGN KEY (id) REFERENCES pg_temp.mine)',
        'CREATE TEMP TABLE parent AS SELECT 1 AS id',
        'CREATE RULE r AS ON DELETE TO parent DO ALSO DELETE FROM public.payments',
        'DELETE FROM parent',
      ]),
      attack([
        'CREATE TEMP TABLE mine () INHERITS (imported_reservations)',
        'DELETE FROM imported_reservations',
      ]),
    ],
    neighbours: [
      passes([
        'CREATE TEMP TABLE scratch AS SELECT 1 AS id',
        'INSERT INTO scratch VALUES (2)',
        'UPDATE scratch SET id = 3',
        'DELETE FROM scratch',
        'DROP TABLE scratch',
      ]),
      passes(['PREPARE s AS SELECT length($$x$$)', 'SET search_path = public', 'EXECUTE s']),
      passes([
        'BEGIN',
        'CREATE TEMP TABLE scratch (id int) ON COMMIT DROP',
        'INSERT INTO scratch VALUES (1)',
        'DELETE FROM scratch',
        'COMMIT',
      ]),
    ],
  },
  {
    number: 53,
    title: 'late effects',
    attacks: [
      attack(`INSERT INTO late_box (body) VALUES ('x')`, { harm: PAYMENTS }),
      attack(['BEGIN', `INSERT INTO late_box (body) VALUES ('x')`, 'COMMIT'], { harm: PAYMENTS }),
      attack(['BEGIN', 'DELETE FROM payments WHERE id = 1', `PREPARE TRANSACTION 'parked'`], {
        harm: { kind: 'state', only: ['shared prepared transactions'] },
        undo: `ROLLBACK PREPARED 'parked'`,
      }),
    ],
    neighbours: [
      passes([
        'BEGIN',
        'SET CONSTRAINTS ALL IMMEDIATE',
        `UPDATE payments SET cents = 7 WHERE id = 7`,
        'COMMIT',
      ]),
      passes(['BEGIN', 'DELETE FROM payments WHERE id = -1', 'COMMIT']),
    ],
  },
];
