/**
 * Functions of the server by number, for operators, casts and aggregates of somebody else's that call one directly.
 * Made of pg_proc of PostgreSQL 18 and the classes in `builtin-functions.ts`; numbers below 10000 never change between
 * majors and are never used again. What is not listed is never treated as harmless.
 */

import type { Oid } from '../catalog.ts';

/** Distances between the numbers of harmless functions in ascending order, in base 36. */
const HARMLESS_DISTANCES = `
  v 2 1 1 3 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 3 1 1 1 1 1 1 1 1 1 1 2 1 1 3 1 1 5 5 k 1 5 1 1 1 1 1 1 1 1 1
  1 1 1 1 1 1 1 1 1 1 1 1 1 1 3 3 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 3 1 1 1 1 1 1 1 1 1
  1 1 1 1 1 1 1 1 7 1 1 1 1 1 1 1 1 1 2 1 1 1 1 1 1 1 1 1 1 1 1 1 1 2 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1
  1 1 1 1 1 d 8 2 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 2
  4 1 a 1 1 1 1 1 1 1 1 1 2 1 3 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 3 1 1 1 1 1 1 1 1 6 1 1 1 1 1 1 3 1 1 3 2
  1 1 1 c 1 3 7 4 1 1 2 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 2 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 2 1 1 1 1 1 1 1 1 1 w 1 2a
  1 6 e 7 9 1 1 1 e 1 2 1 1 1 1 9 1 7 1 1 1 1 1 2 d 1 1 1 3 2 6 1 3 2 1 3 1 1 1 1 1 2 1 1 1 a 1 1 1 1 1 1 1 1 1
  2 1 1 1 c 2 1 1 1 5 1 1 1 1 1 1 3 p 7 d 1 1 1 1 1 1 1 1 1 1 1 1 4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1
  2 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 b 1 8 1 1 1 1 1 1 1 1 1 1 1 5 1 1 1 1 1 1 1 1 1 1
  1 1 1 1 3 1 3 2 1 1 1 b 1 2 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 r 5 1 3 1 1 2 5 1 1 1 1 1 1 1 1 1
  9 1 1 1 1 1 1 1 9 1 1 1 3 1 1 1 1 1 1 1 1 a 1 1 1 1 1 t 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1
  1 1 1 1 1 1 1 1 1 2 1 1 1 1 1 1 1 7 1 1 1 1 1 1 1 1 1 1 1 1 f 1 1 1 1 b 6 1 1 1 1 1 1 1 1 1 1 5 1 1 1 2 1 1 6
  1 2 1 1 2 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 2 1 1 1 1 5 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 7 d 1 1 1 1 1
  1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 3 3 2 1 1 1 1 1 1 1 1 1 1 1 1 1 1 3 1 1 1 1 1 1 1 1 1 1 1 1 1 1 2 1 1 1 1 1 1 1
  1 1 1 1 1 1 1 1 1 3 2 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1
  1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 v 1 1 2 6 1 1 1 1 1 b 8 1 4 1 1 1 1 2 4 1
  1 1 a 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 8 1 1 1 1 1 1 7 1 1 1 1 1 1 1 1 1 1 1 1 d 1 1 1 1 1 1 3 1 1 1 1 1 1
  1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 3 1 1 1 2 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1
  1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 e 2 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 f 1 b 1 1 1 h 1 1 8 1 1 3 1 1
  1 2 1 1 1 1 1 1 1 1 1 1 1 v 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 7 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1
  1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 7 1 1 1 1 1 1 1 1 3 1 7 6 1 6 a 1 1 1 1 1 1 1 1 1 1 1 1 4 1 1 1 1 1 1 1 1 1 1 1
  1 1 1 1 1 1 1 1 1 2 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 a 1 1 1 1 1 1 1 1 2 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 4 2
  1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 2 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1
  1 1 1 1 1 1 1 1 1 1 1 1 1 1 4 1 1 1 1 2 1 1 1 1 1 1 2 1 1 1 1 1 1 1 1 1 1 1 d 1 1 1 1 1 1 1 1 1 9 2 1 1 2 1 1
  1 1 1 1 1 1 1 5 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 9 2 1 1 2 1 2 f 2 1 1 1 8 1 1 1 1 1 1 6 1 3 3 1
  1 1 1 1 1 7 1 1 1 1 1 1 7 1 1 1 1 1 1 7 1 1 1 1 1 1 7 1 1 1 1 1 6 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2
  2 2 2 2 2 2 2 2 1 1 1 1 1 1 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 5 1 1 1 1 1 1 1 1 1 2 1 1 1 1 1 1 1 1 1 1 1 1 1 1
  1 1 1 1 d 1 1 1 1 6 1 1 1 1 1 1 1 1 1 1 1 1 1 b 7 1 b f d 1 1 1 1 1 1 8 1 1 1 1 1 1 1 1 1k 1 1 1 1 1 1 1 1 1 1
  1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 9 1 1 9 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 8 1 1 1 4 2 1 1 1 1 1 1 1
  1 5 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 f 1 4 1 1 1 1 1 1 1 1 2 j 1 e 1 1 1 3 1 1 1 1 1 1 1 1
  1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 9 1 7 1 2 1 1 1 1 1 1 4 1 1 1 1 1 1 1 1 2 1 8 7 1 1 1 1 1 1 1 1 1 a 1 1 1 1 1 1
  1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 2 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1
  1 1 1 3 1 1 1 1 1 3 1 1 3 4 1 1 f 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 o 1 1 1 1 1 1 1 1 4 1 1 1 1 1 1 3 1 1 1 1 2 1
  1 1 2 1 4 1 1 2 2 1 1 1 1 1 1 8 2 1 1 1 1 1 1 1 1 2 1 1 1 4 1 1 1 1 1 a 1 1 1 1 1 1 1 1 2 c 1 7 1 1 1 1 1 3 3
  1 1 1 1 1 2 1 1 2 9 2 2 2 2 1 2 1 1 1 1 1 2 1 4 1 3 1 1 1 1 1 1 1 2 1 3 4 8 1 1 1 3 4 8 g 6 e 1 2 1 3 5 1 1 1
  1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 4 9 1 1 1 3 1 1 1 1 1 1 1 7 1 1 1 1 a 1 2 1 b 1 1 1 1 1 b 1 1 1 1 1 1 1 1 1
  9 1 1 1 1 1 1 1 2 4 1 1 1 5 1 1 4 5 6 1 1 1 1 4 1 1 7 2 2 r 1 1 1 3 1 1 1 1 1 1 1 1 1 9 1 3 2 m 1 1 1 1 1 1 1
  1 1 1 1 i 1 4 7 1 1 1 1 1 1 1 1 2 1 1 1 7 d 1 2 4 1 1 1 1 2 1 1 1 1 1 1 1 1 1 1 1 1 7 3 1 2 4 3 6 1 f 1 2 2 1
  1 1 1 1 2 4 1 1 1 1 1 5 1 5 2 2 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 s c 1 7
  1 1 1 3 1 1 1 1 1 1 3 1 1 1 1 1 1 2 1 1 1 1 1 1 2 1 1 1 1 1 1 1 1 7 1 3 2 2 2 2 2 2 2 2 2 2 9 2 1 1 1 1 1 1 1
  1 l 6 1 1 1 1 1 1 1 1 1 1 1 1 3 4 6 4 4 d 1 1 2 3 1 1 2 3 1 1 a 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1
  1 1 1 1 1 1 1 1 1a 1 1 1 3 1 1 2 4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 c 4 2 1 1 1 1 1 1 1 3 1 1 1 1 1 1 1 1 1 1 1 1
  1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 3 1d 1 11 1 c 1d 2j 1 7 h
  1 1 c1 2 1 2 1 2 d 1 1 a 1 1 1 5 1 1 1 1 1 1 1 1 1 1 1 1 1 1 2 1 1 1 1 1 1 1 1 4 1 a 2 1 1 b 1 1 1 1 p5 3 6 2d
  4 2 2 b 1 1 1 12 1 1 1 1 1 1 1 1 1 1 3 1 1 3 1 5 1 1 1 1 1 1 1 1 1 1 2 1 1 1 1 1 1 1 1 1 1 1 1 3 1 1 1 1 1 1 1
  1 1 1 1 1 1 1 3 3 1 9 8 1 2 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 4 1 2 4 1 1 2 4 1 1 1 1 h 1 1 2 1 1 1 1 1 5 4
  1 1 1 1 1 1 1 1 1 2 1 1 1 1 1 5 1 1 3 2 1 2 1 1 1 3 1 1 1 1 1 1 1 1 1 1 1 1 1 4 1 1 1 1 1 2 1 1 3 1 1 1 3 2 b
  1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1
`;

/** Numbers from here on were given by initdb and differ from server to server. */
const FIRST_UNSTABLE_OID = 10000;

const HARMLESS: ReadonlySet<number> = toNumbers(HARMLESS_DISTANCES);

function toNumbers(distances: string): ReadonlySet<number> {
  const numbers = new Set<number>();
  let number = 0;
  for (const distance of distances.trim().split(/\s+/u)) {
    number += Number.parseInt(distance, 36);
    if (number < FIRST_UNSTABLE_OID) numbers.add(number);
  }
  return numbers;
}

/** Whether the function of the server with that number is known to do nothing beyond giving a result. */
export function isHarmlessBuiltinOid(oid: Oid): boolean {
  return HARMLESS.has(Number(oid));
}

/** Names of functions of the server that SQL can call and that have no class. */
export const UNLISTED_BUILTINS: ReadonlySet<string> = new Set(
  `
  amvalidate any_out anyarray_out anyarray_send anycompatible_out anycompatiblearray_out anycompatiblearray_send
  anycompatiblemultirange_out anycompatiblenonarray_out anycompatiblerange_out anyelement_out anyenum_out
  anymultirange_out anynonarray_out anyrange_out binary_upgrade_add_sub_rel_state
  binary_upgrade_create_empty_extension binary_upgrade_logical_slot_has_caught_up
  binary_upgrade_replorigin_advance binary_upgrade_set_missing_value binary_upgrade_set_next_array_pg_type_oid
  binary_upgrade_set_next_heap_pg_class_oid binary_upgrade_set_next_heap_relfilenode
  binary_upgrade_set_next_index_pg_class_oid binary_upgrade_set_next_index_relfilenode
  binary_upgrade_set_next_multirange_array_pg_type_oid binary_upgrade_set_next_multirange_pg_type_oid
  binary_upgrade_set_next_pg_authid_oid binary_upgrade_set_next_pg_enum_oid
  binary_upgrade_set_next_pg_tablespace_oid binary_upgrade_set_next_pg_type_oid
  binary_upgrade_set_next_toast_pg_class_oid binary_upgrade_set_next_toast_relfilenode
  binary_upgrade_set_record_init_privs brin_bloom_summary_out brin_bloom_summary_send brin_desummarize_range
  brin_minmax_multi_summary_out brin_minmax_multi_summary_send brin_summarize_new_values brin_summarize_range
  currtid2 cursor_to_xml cursor_to_xmlschema database_to_xml database_to_xml_and_xmlschema database_to_xmlschema
  event_trigger_out fdw_handler_out fmgr_c_validator fmgr_internal_validator fmgr_sql_validator
  gin_clean_pending_list gin_cmp_tslexeme gin_compare_jsonb gist_translate_cmptype_common gtsvectorout
  index_am_handler_out language_handler_out pg_ddl_command_out pg_ddl_command_send pg_dependencies_out
  pg_dependencies_send pg_extension_config_dump pg_isolation_test_session_is_blocked pg_mcv_list_out
  pg_mcv_list_send pg_ndistinct_out pg_ndistinct_send pg_node_tree_out pg_node_tree_send
  pg_replication_origin_progress pg_replication_origin_session_progress pg_stat_force_next_flush
  pg_stop_making_pinned_objects plpgsql_validator postgresql_fdw_validator satisfies_hash_partition
  schema_to_xml schema_to_xml_and_xmlschema schema_to_xmlschema shell_out spg_poly_quad_compress
  table_am_handler_out table_to_xml table_to_xml_and_xmlschema table_to_xmlschema trigger_out tsm_handler_out
  void_out void_send xmlvalidate
  `
    .trim()
    .split(/\s+/u),
);
