/**
 * The system tables and views that describe the schema and nothing of what is stored in it. Drivers, ORMs and psql read
 * them. An allow list: `pg_stats` shows values of columns, `pg_stat_activity` what others are doing, and the next version
 * of the server may bring more of the kind.
 */

import type { ObjectName } from '../facts/effect.ts';

/** Names of those in pg_catalog. */
export const DESCRIBES_THE_SCHEMA: ReadonlySet<string> = new Set(
  `pg_aggregate pg_am pg_amop pg_amproc pg_attrdef pg_attribute pg_auth_members pg_available_extension_versions
  pg_available_extensions pg_cast pg_class pg_collation pg_constraint pg_conversion pg_cursors pg_database
  pg_db_role_setting pg_default_acl pg_depend pg_description pg_enum pg_event_trigger pg_extension
  pg_foreign_data_wrapper pg_foreign_table pg_group pg_index pg_indexes pg_inherits pg_init_privs pg_language
  pg_matviews pg_namespace pg_opclass pg_operator pg_opfamily pg_partitioned_table pg_policies pg_policy
  pg_prepared_statements pg_proc pg_publication pg_publication_namespace pg_publication_rel pg_publication_tables
  pg_range pg_rewrite pg_roles pg_rules pg_seclabel pg_seclabels pg_sequence pg_settings pg_shdepend
  pg_shdescription pg_statistic_ext pg_tables pg_tablespace pg_timezone_abbrevs pg_timezone_names pg_transform
  pg_trigger pg_ts_config pg_ts_config_map pg_ts_dict pg_ts_parser pg_ts_template pg_type pg_user pg_views`.split(
    /\s+/,
  ),
);

/** Functions of the server behind the tables that are not above: what others do, what is stored, how much there is. */
const REVEALING =
  /^(?:pg_stat_get_|pg_lock_status$|pg_mcv_list_items$|pg_get_replication_slots$|pg_prepared_xact$|pg_get_backend_memory_contexts$|pg_export_snapshot$|pg_control_)/;

/** Whether a function of that name shows what no role grants. Of one's own with such a name it says the same. */
export function revealsMore(name: string): boolean {
  return REVEALING.test(name);
}

/** Whether a system table shows the schema and no more. `information_schema` has nothing else. */
export function isPlainCatalogTable({ schema, name }: ObjectName): boolean {
  return schema === 'information_schema' || DESCRIBES_THE_SCHEMA.has(name);
}
