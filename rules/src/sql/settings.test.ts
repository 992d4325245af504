/**
 * Which settings a client may change, as a table.
 */

import { describe, expect, it } from 'vitest';

import { mayReset, maySet } from './settings.ts';

describe('maySet', () => {
  it.each([
    ['application_name', 'x'],
    ['application_name', null],
    ['Application_Name', 'x'],
    ['client_encoding', 'UTF8'],
    ['client_encoding', 'utf-8'],
    ['client_encoding', 'unicode'],
    ['standard_conforming_strings', 'on'],
    ['standard_conforming_strings', 'TRUE'],
    ['escape_string_warning', 'off'],
    ['datestyle', 'ISO, DMY'],
    ['DateStyle', 'ISO'],
    ['timezone', 'Europe/Berlin'],
    ['extra_float_digits', '3'],
    ['search_path', ''],
    ['search_path', 'app, public'],
    ['statement_timeout', '0'],
    ['lock_timeout', '1s'],
    ['idle_in_transaction_session_timeout', '0'],
    ['transaction_timeout', '0'],
    ['client_min_messages', 'warning'],
    ['default_transaction_isolation', 'serializable'],
    ['default_transaction_read_only', 'on'],
    ['row_security', 'off'],
    ['check_function_bodies', 'false'],
    ['default_table_access_method', 'heap'],
    ['default_tablespace', ''],
    ['default_toast_compression', 'lz4'],
    ['xmloption', 'content'],
    ['quote_all_identifiers', 'on'],
    ['restrict_nonsystem_relation_kind', 'view, foreign-table'],
    ['synchronize_seqscans', 'off'],
    ['enable_seqscan', 'off'],
    ['work_mem', '64MB'],
    ['work_mem', '1GB'],
    ['random_page_cost', '1.1'],
    ['jit', 'off'],
    ['plan_cache_mode', 'force_custom_plan'],
    ['constraint_exclusion', 'on'],
    ['app.tenant_id', '7'],
    ['app.tenant_id', null],
    ['request.jwt.claims', '{}'],
  ])('%s = %s passes', (name, value) => {
    expect(maySet(name, value)).toBe(true);
  });

  it.each([
    ['client_encoding', 'SJIS'],
    ['client_encoding', 'UTF8x'],
    ['client_encoding', 'SQL_ASCII'],
    ['client_encoding', null],
    ['standard_conforming_strings', 'off'],
    ['standard_conforming_strings', 'of'],
    ['standard_conforming_strings', '0'],
    ['standard_conforming_strings', null],
    ['search_path', null],
    ['session_replication_role', 'replica'],
    ['session_replication_role', 'origin'],
    ['role', 'postgres'],
    ['session_authorization', 'postgres'],
    ['is_superuser', 'on'],
    ['track_counts', 'off'],
    ['track_activities', 'off'],
    ['track_functions', 'all'],
    ['log_statement', 'none'],
    ['log_min_messages', 'panic'],
    ['backslash_quote', 'on'],
    ['transform_null_equals', 'on'],
    ['lo_compat_privileges', 'on'],
    ['allow_system_table_mods', 'on'],
    ['zero_damaged_pages', 'on'],
    ['ignore_system_indexes', 'on'],
    ['ignore_checksum_failure', 'on'],
    ['local_preload_libraries', 'x'],
    ['session_preload_libraries', 'x'],
    ['dynamic_library_path', '/tmp'],
    ['default_tablespace', 'fast'],
    ['work_mem', '100GB'],
    ['work_mem', null],
    ['synchronous_commit', 'off'],
    ['commit_delay', '100'],
    ['stats_fetch_consistency', 'snapshot'],
    ['plpgsql.variable_conflict', 'use_column'],
    ['pgaudit.log', 'none'],
    ['agentguard.person', 'ann'],
    ['AgentGuard.tenant_id', '7'],
    ['auto_explain.log_min_duration', '0'],
    ['app.', 'x'],
    ['.app', 'x'],
    ['', 'x'],
    ['constructor', 'x'],
    ['no_such_setting', 'x'],
  ])('%s = %s is refused', (name, value) => {
    expect(maySet(name, value)).toBe(false);
  });
});

describe('mayReset', () => {
  it.each(['all', 'ALL', 'search_path', 'standard_conforming_strings', 'app.x'])(
    '%s passes',
    (name) => {
      expect(mayReset(name)).toBe(true);
    },
  );

  it.each(['role', 'session_authorization', 'session_replication_role', 'track_counts'])(
    '%s is refused',
    (name) => {
      expect(mayReset(name)).toBe(false);
    },
  );
});
