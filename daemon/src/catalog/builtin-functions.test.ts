import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  classifiedBuiltinFunctions,
  classifyBuiltinFunction,
  runsTypeCode,
} from '@agentguard/rules';
import {
  binariesOf,
  SERVER_TEST,
  startTestServer,
  TEST_MAJORS,
  type TestServer,
  type TestSession,
} from './test-server.ts';

/** Volatile functions that are harmless all the same. A name is added only with its reason in the list of the rules. */
const VOLATILE_AND_HARMLESS =
  `array_sample array_shuffle bernoulli clock_timestamp current_query currval gen_random_uuid lastval lo_close
  lo_lseek lo_lseek64 lo_open lo_tell lo_tell64 pg_blocking_pids pg_collation_actual_version pg_control_checkpoint
  pg_control_init pg_control_recovery pg_control_system pg_current_wal_flush_lsn pg_current_wal_insert_lsn
  pg_current_wal_lsn pg_database_collation_actual_version pg_database_size pg_export_snapshot pg_get_aios
  pg_get_backend_memory_contexts pg_get_loaded_modules pg_get_multixact_members pg_get_sequence_data
  pg_get_shmem_allocations pg_get_shmem_allocations_numa pg_get_wait_events pg_get_wal_replay_pause_state
  pg_get_wal_resource_managers pg_get_wal_summarizer_state pg_indexes_size pg_is_in_recovery pg_is_wal_replay_paused
  pg_jit_available pg_last_committed_xact pg_last_wal_receive_lsn pg_last_wal_replay_lsn
  pg_last_xact_replay_timestamp pg_lock_status pg_notification_queue_usage pg_partition_ancestors pg_partition_tree
  pg_prepared_xact pg_relation_size pg_replication_origin_session_is_setup pg_safe_snapshot_blocking_pids
  pg_sequence_last_value pg_show_replication_origin_status pg_stat_clear_snapshot pg_stat_get_backend_io
  pg_stat_get_backend_wal pg_stat_get_io pg_stat_get_recovery_prefetch pg_stat_get_xact_blocks_fetched
  pg_stat_get_xact_blocks_hit pg_stat_get_xact_function_calls pg_stat_get_xact_function_self_time
  pg_stat_get_xact_function_total_time pg_stat_get_xact_numscans pg_stat_get_xact_tuples_deleted
  pg_stat_get_xact_tuples_fetched pg_stat_get_xact_tuples_hot_updated pg_stat_get_xact_tuples_inserted
  pg_stat_get_xact_tuples_newpage_updated pg_stat_get_xact_tuples_returned pg_stat_get_xact_tuples_updated
  pg_stat_have_stats pg_table_size pg_tablespace_size pg_total_relation_size pg_xact_commit_timestamp
  pg_xact_commit_timestamp_origin pg_xact_status random random_normal setseed suppress_redundant_updates_trigger
  system timeofday tsvector_update_trigger tsvector_update_trigger_column txid_status uuidv4 uuidv7`.split(
    /\s+/u,
  );

/** Only in PostgreSQL 14, which is supported and rarely installed. */
const GONE = ['pg_start_backup', 'pg_stop_backup'];

/** Types whose values bring code of their own along: what stands in an argument or in its elements. */
const TYPE_FROM_ARGUMENT =
  "'^(any|anyelement|anyarray|anynonarray|anyenum|anyrange|anymultirange|anycompatible.*|record|_record)$'";

const known = new Set<string>();

for (const major of TEST_MAJORS) {
  const present = binariesOf(major) !== undefined;
  if (!present)
    console.warn(
      `SKIPPED: built-in functions are not compared with PostgreSQL ${major}, it is not installed`,
    );

  describe.skipIf(!present)(
    `the list of built-in functions against PostgreSQL ${major}${present ? '' : ' (NOT TESTED: not installed)'}`,
    SERVER_TEST,
    () => {
      let server: TestServer;
      let session: TestSession;

      beforeAll(async () => {
        server = await startTestServer(major);
        session = await server.connect();
        for (const name of await names('true')) known.add(name);
      }, 60_000);

      afterAll(async () => {
        await session.end();
        await server.stop();
      });

      async function names(condition: string): Promise<readonly string[]> {
        const rows = await session.query(
          `SELECT DISTINCT proname FROM pg_proc p WHERE pronamespace = 'pg_catalog'::regnamespace AND ${condition}`,
        );
        return rows.map(([name]) => name ?? '');
      }

      function harmless(name: string): boolean {
        return classifyBuiltinFunction(name).kind === 'harmless';
      }

      it('calls no volatile function harmless but those that were looked at one by one', async () => {
        const volatile = await names("provolatile = 'v'");
        expect(
          volatile.filter(harmless).filter((name) => !VOLATILE_AND_HARMLESS.includes(name)),
        ).toEqual([]);
      });

      it('calls nothing harmless that only the server itself may call', async () => {
        const internal = await names("'internal'::regtype = ANY (proargtypes)");
        expect(
          internal.filter(harmless).filter((name) => !['bernoulli', 'system'].includes(name)),
        ).toEqual([]);
      });

      it('knows of every harmless function whose argument decides whose code runs', async () => {
        const byArgument = await names(
          `proargtypes::oid[] && (SELECT array_agg(oid) FROM pg_type WHERE typname ~ ${TYPE_FROM_ARGUMENT})`,
        );
        expect(byArgument.filter(harmless).filter((name) => !runsTypeCode(name))).toEqual([]);
      });
    },
  );
}

const allPresent = TEST_MAJORS.every((major) => binariesOf(major) !== undefined);

it.skipIf(!allPresent)(
  'every name on the list exists on a server that was compared, so that no typing error hides there',
  () => {
    const missing = classifiedBuiltinFunctions().filter(
      (name) => !known.has(name) && !GONE.includes(name),
    );
    expect(missing).toEqual([]);
  },
);
