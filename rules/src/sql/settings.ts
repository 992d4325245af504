/**
 * Which run-time settings a client may change, and to what. An allow list: a setting that is not here may change how
 * statements are read, resolved, checked or counted, and deny lists lose to the next name.
 */

/** Judges a value. `null` is a value that is not a literal. */
type Rule = (value: string | null) => boolean;

/** Values that cannot do harm whatever they are. */
const anything: Rule = () => true;

/** Any value, so long as it stands in the statement. */
const literal: Rule = (value) => value !== null;

const yes = /^(on|true|yes|1|t|tr|tru|y|ye)$/iu;

const onlyOn: Rule = (value) => value !== null && yes.test(value.trim());

function only(pattern: RegExp): Rule {
  return (value) => value !== null && pattern.test(value.trim());
}

const KILOBYTES: ReadonlyMap<string, number> = new Map([
  ['B', 1 / 1024],
  ['kB', 1],
  ['MB', 1024],
  ['GB', 1024 ** 2],
  ['TB', 1024 ** 3],
]);

/** Number of kilobytes in a memory setting; NaN when it is not one. Without unit the server means kilobytes. */
function toKilobytes(value: string): number {
  const found = /^(\d+)\s*(B|kB|MB|GB|TB)?$/u.exec(value.trim());
  if (found === null) return Number.NaN;
  return Number(found[1]) * (KILOBYTES.get(found[2] ?? 'kB') ?? Number.NaN);
}

/** Most memory that one client may ask the planner to use for one step: ordinary for reports, no danger to a server. */
const MAX_WORK_MEMORY_KB = 1024 * 1024;

const someMemory: Rule = (value) => value !== null && toKilobytes(value) <= MAX_WORK_MEMORY_KB;

function group(rule: Rule, names: string): [string, Rule][] {
  return names
    .trim()
    .split(/\s+/u)
    .map((name) => [name, rule]);
}

const ALLOWED: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ...group(anything, 'application_name'),
  // How values are written.
  ...group(
    literal,
    `datestyle timezone intervalstyle extra_float_digits bytea_output xmloption quote_all_identifiers lc_messages
    lc_monetary lc_numeric lc_time default_text_search_config xmlbinary icu_validation_level`,
  ),
  // How text is read: only what the parser assumes.
  ['client_encoding', only(/^'?(utf-?8|unicode)'?$/iu)],
  ['names', only(/^'?(utf-?8|unicode)'?$/iu)],
  ['standard_conforming_strings', onlyOn],
  // It only warns; strings are read the same.
  ['escape_string_warning', literal],
  // How names are read: the analysis follows the path.
  ['search_path', literal],
  // How long things may take. A shorter time only ends work; zero is the server's own default.
  ...group(
    literal,
    `statement_timeout lock_timeout idle_in_transaction_session_timeout transaction_timeout idle_session_timeout
    deadlock_timeout client_connection_check_interval tcp_keepalives_idle tcp_keepalives_interval
    tcp_keepalives_count tcp_user_timeout`,
  ),
  ...group(literal, 'client_min_messages'),
  // What transactions may do and see.
  ...group(
    literal,
    `default_transaction_isolation transaction_isolation default_transaction_read_only transaction_read_only
    default_transaction_deferrable transaction_deferrable constraints`,
  ),
  // `off` turns rows that a policy hides into an error; pg_dump sets it.
  ...group(literal, 'row_security'),
  ...group(literal, 'synchronize_seqscans check_function_bodies restrict_nonsystem_relation_kind'),
  // Where and how new objects are stored.
  ...group(literal, 'default_table_access_method default_toast_compression'),
  ['default_tablespace', only(/^(''|"")?$/u)],
  ['temp_tablespaces', only(/^(''|"")?$/u)],
  // Plans differ, answers do not.
  ...group(
    literal,
    `enable_async_append enable_bitmapscan enable_distinct_reordering enable_gathermerge
    enable_group_by_reordering enable_hashagg enable_hashjoin enable_incremental_sort enable_indexonlyscan
    enable_indexscan enable_material enable_memoize enable_mergejoin enable_nestloop enable_parallel_append
    enable_parallel_hash enable_partition_pruning enable_partitionwise_aggregate enable_partitionwise_join
    enable_presorted_aggregate enable_self_join_elimination enable_seqscan enable_sort enable_tidscan
    cpu_index_tuple_cost cpu_operator_cost cpu_tuple_cost parallel_setup_cost parallel_tuple_cost
    random_page_cost seq_page_cost effective_cache_size effective_io_concurrency cursor_tuple_fraction
    default_statistics_target from_collapse_limit join_collapse_limit recursive_worktable_factor
    geqo geqo_effort geqo_generations geqo_pool_size geqo_seed geqo_selection_bias geqo_threshold
    jit jit_above_cost jit_expressions jit_inline_above_cost jit_optimize_above_cost jit_tuple_deforming
    plan_cache_mode constraint_exclusion max_parallel_workers_per_gather max_parallel_maintenance_workers
    min_parallel_index_scan_size min_parallel_table_scan_size parallel_leader_participation
    hash_mem_multiplier array_nulls gin_fuzzy_search_limit`,
  ),
  ...group(someMemory, 'work_mem maintenance_work_mem temp_buffers logical_decoding_work_mem'),
]);

/**
 * Prefixes that belong to code inside the server and are not the application's own, and the guard's own: it says there who
 * is asking.
 * Every other two-part name is a variable of the application, kept by the server for it.
 */
const SERVER_PREFIXES: ReadonlySet<string> = new Set(
  `agentguard auto_explain auth_delay basebackup_to_shell basic_archive citus cron dblink file_fdw hypopg pg_cron pg_net pg_prewarm
  pg_stat_statements pg_tle pgaudit pglogical plperl plpgsql plpython plpython3u pltcl plv8 postgis postgres_fdw
  sepgsql set_user supautils timescaledb`.split(/\s+/u),
);

const CUSTOM_NAME = /^([a-z_][a-z0-9_$]*)(\.[a-z_][a-z0-9_$]*)+$/u;

/**
 * Whether a client may give a setting this value.
 * @param name as written; the server does not tell case apart
 * @param value the literal value, null when it is not a literal
 */
export function maySet(name: string, value: string | null): boolean {
  const rule = ruleOf(name.toLowerCase());
  return rule?.(value) ?? false;
}

/** Whether a client may put a setting back to what its session began with: so for every setting that it may change. */
export function mayReset(name: string): boolean {
  const lower = name.toLowerCase();
  return lower === 'all' || ruleOf(lower) !== undefined;
}

/** The rule of a setting in lower case; undefined when no client may touch it. */
function ruleOf(lower: string): Rule | undefined {
  const known = ALLOWED.get(lower);
  if (known !== undefined) return known;
  const custom = CUSTOM_NAME.exec(lower);
  if (custom === null) return undefined;
  return SERVER_PREFIXES.has(custom[1] ?? '') ? undefined : anything;
}
