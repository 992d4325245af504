import { describe, expect, it } from 'vitest';
import {
  HARMLESS_IMMUTABLE,
  HARMLESS_STABLE,
  HARMLESS_VOLATILE,
  RUNS_TYPE_CODE,
} from './builtin-function-names.ts';
import {
  classifiedBuiltinFunctions,
  classifyBuiltinFunction,
  runsTypeCode,
} from './builtin-functions.ts';

const HARMLESS = [
  ...HARMLESS_IMMUTABLE,
  ...HARMLESS_STABLE,
  ...HARMLESS_VOLATILE.flatMap(({ names }) => names),
];

describe('functions with an effect are never harmless', () => {
  it.each([
    ['nextval', 'sequence'],
    ['setval', 'sequence'],
    ['set_config', 'setting'],
    ['pg_notify', 'notify'],
    ['lo_unlink', 'large object'],
    ['lo_put', 'large object'],
    ['lowrite', 'large object'],
    ['lo_export', 'outside'],
    ['lo_import', 'outside'],
    ['pg_read_file', 'outside'],
    ['pg_ls_dir', 'outside'],
    ['pg_terminate_backend', 'outside'],
    ['pg_cancel_backend', 'outside'],
    ['pg_reload_conf', 'outside'],
    ['pg_import_system_collations', 'outside'],
    ['pg_logical_emit_message', 'outside'],
    ['pg_restore_attribute_stats', 'outside'],
    ['query_to_xml', 'sql text'],
    ['ts_stat', 'sql text'],
    ['ts_rewrite', 'sql text'],
    ['pg_advisory_lock', 'lock'],
    ['pg_sleep', 'lock'],
    ['lo_get', 'large object read'],
    ['pg_hba_file_rules', 'sensitive read'],
  ])('%s is %s', (name, kind) => {
    expect(classifyBuiltinFunction(name).kind).toBe(kind);
  });
});

describe('what is not on a list is unknown', () => {
  it.each([
    'no_such_function',
    'ABS',
    ' abs',
    '',
    '__proto__',
    'constructor',
    'dblink_exec',
    'pg_file_write', // adminpack puts its functions into pg_catalog
    'binary_upgrade_set_next_pg_type_oid',
    'domain_in', // runs the checks of the domain it is given
    'array_in',
    'record_recv',
    'table_to_xml',
    'database_to_xml',
    'cursor_to_xml',
    'gin_clean_pending_list',
    'plpgsql_call_handler',
    'RI_FKey_cascade_del',
  ])('%j', (name) => {
    expect(classifyBuiltinFunction(name)).toEqual({ kind: 'unknown' });
  });
});

describe('what ordinary statements, ORMs, psql and pg_dump call is harmless', () => {
  it.each([
    ['now', 'length', 'lower', 'upper', 'round'],
    // What the grammar turns into calls: EXTRACT, OVERLAY, POSITION, SUBSTRING, TRIM, AT TIME ZONE, LIKE ESCAPE,
    // SIMILAR TO, OVERLAPS, NORMALIZE, COLLATION FOR, SYSTEM_USER, XMLEXISTS.
    [
      'extract',
      'date_part',
      'overlay',
      'position',
      'substring',
      'btrim',
      'ltrim',
      'rtrim',
      'timezone',
    ],
    [
      'like_escape',
      'similar_to_escape',
      'overlaps',
      'normalize',
      'is_normalized',
      'pg_collation_for',
    ],
    ['system_user', 'xmlexists'],
    [
      'count',
      'sum',
      'avg',
      'min',
      'max',
      'array_agg',
      'string_agg',
      'jsonb_agg',
      'json_build_object',
    ],
    ['row_number', 'rank', 'lag', 'lead', 'percentile_cont', 'generate_series', 'unnest'],
    ['gen_random_uuid', 'random', 'clock_timestamp', 'currval', 'pg_backend_pid', 'version'],
    ['to_tsvector', 'websearch_to_tsquery', 'ts_rank', 'ts_headline', 'jsonb_set', 'to_char'],
    [
      'pg_get_viewdef',
      'pg_get_indexdef',
      'pg_get_expr',
      'pg_get_constraintdef',
      'pg_get_functiondef',
    ],
    ['format_type', 'obj_description', 'col_description', 'pg_table_is_visible', 'pg_get_userbyid'],
    [
      'has_table_privilege',
      'to_regclass',
      'current_setting',
      'current_schemas',
      'pg_get_serial_sequence',
    ],
    ['pg_total_relation_size', 'pg_is_in_recovery', 'pg_export_snapshot', 'pg_stat_get_activity'],
  ])('%s, %s, ...', (...names) => {
    for (const name of names) {
      expect(classifyBuiltinFunction(name), name).toEqual({ kind: 'harmless' });
    }
  });
});

describe('the lists', () => {
  it('name each function once', () => {
    expect(HARMLESS.filter((name, at) => HARMLESS.indexOf(name) !== at)).toEqual([]);
  });

  it('give no function both a harmless and another class', () => {
    expect(HARMLESS.filter((name) => classifyBuiltinFunction(name).kind !== 'harmless')).toEqual(
      [],
    );
  });

  it('hold no name that starts a backup, a slot, a reset, an import or an upgrade among the harmless', () => {
    const suspicious =
      /^(binary_upgrade_|lo_(cr|put|from|unlink|trunc|im|ex)|pg_(ls_|read_|reload|promote|switch|create|drop|terminate|cancel|import|restore|clear|stat_reset|advisory|try|sleep|logical|log_|rotate|replication_(slot|origin_(create|drop|adv|xact)))|query_to|dblink|set_)/u;
    expect(HARMLESS.filter((name) => suspicious.test(name))).toEqual([
      'set_bit',
      'set_byte',
      'set_masklen',
    ]);
  });

  it('mark as running type code only functions that are harmless by themselves', () => {
    expect(
      RUNS_TYPE_CODE.filter((name) => classifyBuiltinFunction(name).kind !== 'harmless'),
    ).toEqual([]);
    expect(['to_jsonb', 'pg_input_is_valid', 'jsonb_populate_record'].map(runsTypeCode)).toEqual([
      true,
      true,
      true,
    ]);
    expect(['abs', 'now', 'no_such_function'].map(runsTypeCode)).toEqual([false, false, false]);
  });

  it('count as reviewed: a change of these numbers means that somebody read what a function does', () => {
    expect({
      immutable: HARMLESS_IMMUTABLE.length,
      stable: HARMLESS_STABLE.length,
      volatile: HARMLESS_VOLATILE.flatMap(({ names }) => names).length,
      all: classifiedBuiltinFunctions().length,
    }).toMatchInlineSnapshot(`
      {
        "all": 2136,
        "immutable": 1515,
        "stable": 427,
        "volatile": 91,
      }
    `);
  });
});
