/**
 * What a function that came with the server does, by its bare name in pg_catalog.
 * An allow list: a name that is not known is `unknown`, whatever its declared volatility says.
 * Never ask it about a function outside pg_catalog, or about one whose oid is not the server's own.
 */

import type { OutsideTarget } from '../facts/effect.ts';
import {
  HARMLESS_IMMUTABLE,
  HARMLESS_STABLE,
  HARMLESS_VOLATILE,
  RUNS_TYPE_CODE,
} from './builtin-function-names.ts';

/** What a call of a built-in function does beyond giving its result. */
export type BuiltinFunctionClass =
  | { readonly kind: 'harmless' }
  /** `advance` is nextval, `set` is setval. Neither is undone by a rollback. */
  | { readonly kind: 'sequence'; readonly action: 'advance' | 'set' }
  /** `set_config`: the first argument names the setting, the second its value. */
  | { readonly kind: 'setting' }
  | { readonly kind: 'outside'; readonly target: OutsideTarget }
  /**
   * Runs the SQL in that argument, counted from 0. `ts_rewrite` does so only with two arguments;
   * with three it takes no SQL.
   */
  | { readonly kind: 'sql text'; readonly argument: number }
  /** Creates, changes or removes a large object. */
  | { readonly kind: 'large object' }
  /** Reads the content of a large object. */
  | { readonly kind: 'large object read' }
  /** Takes or frees an advisory lock, or holds the connection for a time. */
  | { readonly kind: 'lock' }
  | { readonly kind: 'notify' }
  /** Reads what no table name shows: the server's access and configuration files. */
  | { readonly kind: 'sensitive read' }
  | { readonly kind: 'unknown' };

const HARMLESS: BuiltinFunctionClass = { kind: 'harmless' };
const UNKNOWN: BuiltinFunctionClass = { kind: 'unknown' };
const LARGE_OBJECT: BuiltinFunctionClass = { kind: 'large object' };
const LOCK: BuiltinFunctionClass = { kind: 'lock' };
const SENSITIVE_READ: BuiltinFunctionClass = { kind: 'sensitive read' };
const SERVER_FILE: BuiltinFunctionClass = { kind: 'outside', target: 'server file' };
const OTHER_SESSION: BuiltinFunctionClass = { kind: 'outside', target: 'other session' };
const SERVER_CONTROL: BuiltinFunctionClass = { kind: 'outside', target: 'server control' };

function group(known: BuiltinFunctionClass, names: string): [string, BuiltinFunctionClass][] {
  return names
    .trim()
    .split(/\s+/u)
    .map((name) => [name, known]);
}

const WITH_EFFECT: readonly [string, BuiltinFunctionClass][] = [
  ['nextval', { kind: 'sequence', action: 'advance' }],
  ['setval', { kind: 'sequence', action: 'set' }],
  ['set_config', { kind: 'setting' }],
  ['pg_notify', { kind: 'notify' }],
  ['query_to_xml', { kind: 'sql text', argument: 0 }],
  ['query_to_xmlschema', { kind: 'sql text', argument: 0 }],
  ['query_to_xml_and_xmlschema', { kind: 'sql text', argument: 0 }],
  ['ts_stat', { kind: 'sql text', argument: 0 }],
  ['ts_rewrite', { kind: 'sql text', argument: 1 }],
  ...group(
    LARGE_OBJECT,
    'lo_creat lo_create lo_from_bytea lo_put lo_truncate lo_truncate64 lo_unlink lowrite',
  ),
  ...group({ kind: 'large object read' }, 'lo_get loread'),
  // The server's own rules and settings as its files say them, addresses and names of roles included.
  ...group(SENSITIVE_READ, 'pg_hba_file_rules pg_ident_file_mappings pg_show_all_file_settings'),
  ...group(
    LOCK,
    `pg_advisory_lock pg_advisory_lock_shared pg_advisory_unlock pg_advisory_unlock_all
    pg_advisory_unlock_shared pg_advisory_xact_lock pg_advisory_xact_lock_shared pg_try_advisory_lock
    pg_try_advisory_lock_shared pg_try_advisory_xact_lock pg_try_advisory_xact_lock_shared
    pg_sleep pg_sleep_for pg_sleep_until`,
  ),
  ...group(
    SERVER_FILE,
    `lo_import lo_export pg_read_file pg_read_file_old pg_read_binary_file pg_stat_file pg_current_logfile
    pg_ls_dir pg_ls_logdir pg_ls_waldir pg_ls_tmpdir pg_ls_archive_statusdir pg_ls_summariesdir
    pg_ls_logicalmapdir pg_ls_logicalsnapdir pg_ls_replslotdir pg_available_wal_summaries
    pg_wal_summary_contents`,
  ),
  ...group(OTHER_SESSION, 'pg_terminate_backend pg_cancel_backend pg_log_backend_memory_contexts'),
  ...group(
    SERVER_CONTROL,
    `pg_reload_conf pg_rotate_logfile pg_rotate_logfile_old pg_promote pg_switch_wal
    pg_wal_replay_pause pg_wal_replay_resume pg_create_restore_point pg_log_standby_snapshot
    pg_start_backup pg_stop_backup pg_backup_start pg_backup_stop
    pg_create_physical_replication_slot pg_create_logical_replication_slot
    pg_copy_physical_replication_slot pg_copy_logical_replication_slot pg_drop_replication_slot
    pg_replication_slot_advance pg_sync_replication_slots pg_logical_slot_get_changes
    pg_logical_slot_get_binary_changes pg_logical_slot_peek_changes pg_logical_slot_peek_binary_changes
    pg_replication_origin_create pg_replication_origin_drop pg_replication_origin_advance
    pg_replication_origin_session_setup pg_replication_origin_session_reset
    pg_replication_origin_xact_setup pg_replication_origin_xact_reset pg_logical_emit_message
    pg_import_system_collations pg_nextoid
    pg_stat_reset pg_stat_reset_shared pg_stat_reset_slru pg_stat_reset_single_table_counters
    pg_stat_reset_single_function_counters pg_stat_reset_backend_stats pg_stat_reset_replication_slot
    pg_stat_reset_subscription_stats
    pg_restore_relation_stats pg_restore_attribute_stats pg_clear_relation_stats pg_clear_attribute_stats`,
  ),
];

const CLASSES: ReadonlyMap<string, BuiltinFunctionClass> = new Map<string, BuiltinFunctionClass>([
  ...[
    ...HARMLESS_IMMUTABLE,
    ...HARMLESS_STABLE,
    ...HARMLESS_VOLATILE.flatMap(({ names }) => names),
  ].map((name): [string, BuiltinFunctionClass] => [name, HARMLESS]),
  ...WITH_EFFECT,
]);

const TYPE_CODE: ReadonlySet<string> = new Set(RUNS_TYPE_CODE);

/**
 * Class of the function of pg_catalog with that name, spelled as in pg_proc. Holds for every overload of it in
 * PostgreSQL 14 to 18; `unknown` for every name that is not on a list.
 */
export function classifyBuiltinFunction(name: string): BuiltinFunctionClass {
  return CLASSES.get(name) ?? UNKNOWN;
}

/**
 * True when a harmless function runs code that belongs to a type found at run time: input and output functions,
 * domain checks, comparison functions, casts to json. With types of the server's own that code is harmless as well;
 * with others the caller follows their expressions and support functions.
 */
export function runsTypeCode(name: string): boolean {
  return TYPE_CODE.has(name);
}

/** Every name that has a class, for tests that hold the lists against a real server. */
export function classifiedBuiltinFunctions(): readonly string[] {
  return [...CLASSES.keys()];
}
