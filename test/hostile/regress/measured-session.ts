/**
 * A session on a scratch server that runs what the scripts hold, and tells whether a statement changed anything.
 *
 * The server gives a transaction a number before its first change of any row, and every savepoint one of its own, so
 * a statement that took no number wrote nothing. Sequences and settings do without, and are compared themselves.
 */

import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

/** Longest statement that is waited for. Some of the scripts lock or sleep on purpose. */
const STATEMENT_TIMEOUT_MS = 3000;

/** Past this the connection itself is stuck. */
const CLIENT_TIMEOUT_MS = 15_000;

/** How a statement ended. */
export interface Ran {
  /** The server's own word for what it did; null when it failed. */
  readonly tag: string | null;
  /** search_path, when the server reported a new one. */
  readonly path: string | undefined;
  readonly status: 'idle' | 'in transaction' | 'failed';
  /** Nothing failed and nothing was rolled back since the server was last idle. */
  readonly clean: boolean;
}

/** Rows of one table that a statement changed, however it came to it. */
export interface TableChange {
  /** With its schema, and the tables it is a part of. */
  readonly names: readonly string[];
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
}

/** What a statement changed. */
export type Measured =
  | {
      readonly kind: 'changed';
      /** In words: a transaction number, sequences, settings. */
      readonly what: readonly string[];
      readonly tables: readonly TableChange[];
    }
  | { readonly kind: 'nothing' }
  /** The server refused it: it changed nothing either. */
  | { readonly kind: 'failed' };

/** Transaction numbers held, every sequence that is not the session's own, every setting made by the session. */
const MARKS = `
  select 'a transaction number' as what, count(*)::text as value from pg_catalog.pg_locks
    where locktype = 'transactionid' and pid = pg_catalog.pg_backend_pid() and granted
  union all
  select 'sequence ' || n.nspname || '.' || c.relname, pg_catalog.pg_sequence_last_value(c.oid)::text
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'S' and c.relpersistence <> 't'
  union all
  select 'setting ' || name, setting from pg_catalog.pg_settings where source = 'session'`;

/** The session's own counters of rows that it has not handed in yet. */
const COUNTERS = `
  select s.relid::text as id, n_tup_ins::int as inserted, n_tup_upd::int as updated, n_tup_del::int as deleted,
    array(
      with recursive up(oid) as (
        select s.relid union select inhparent from pg_catalog.pg_inherits join up on inhrelid = up.oid)
      select case when n.oid = pg_my_temp_schema() then 'pg_temp' else n.nspname end || '.' || c.relname
      from up join pg_catalog.pg_class c on c.oid = up.oid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    )::text[] as names
  from pg_catalog.pg_stat_xact_all_tables s where n_tup_ins + n_tup_upd + n_tup_del > 0`;

interface CounterRow extends TableChange {
  readonly id: string;
}

/** The session. */
export class MeasuredSession {
  readonly #client: pg.Client;
  #status = 'I';
  #clean = true;
  #tag = '';
  #gone = false;
  #path: string | undefined;
  #onReady: () => void = () => undefined;

  private constructor(client: pg.Client) {
    this.#client = client;
  }

  static async open(url: string): Promise<MeasuredSession> {
    // Given at the start, so that RESET ALL keeps them.
    const options = `-c statement_timeout=${STATEMENT_TIMEOUT_MS} -c lock_timeout=500`;
    const client = new pg.Client({
      connectionString: url,
      query_timeout: CLIENT_TIMEOUT_MS,
      options,
    });
    const session = new MeasuredSession(client);
    client.on('error', () => session.#end());
    session.#listen();
    await client.connect();
    return session;
  }

  /** The connection has ended. */
  get gone(): boolean {
    return this.#gone;
  }

  /** search_path as the server last reported it; undefined from a server that does not. */
  get path(): string | undefined {
    return this.#path;
  }

  /** Runs a statement for good. */
  async run(text: string, rows: readonly string[] | null = null): Promise<Ran> {
    const path = this.#path;
    const tag = await this.#send(text, rows);
    const status = STATUS[this.#status] ?? 'failed';
    const clean = this.#clean && tag !== null && tag !== 'ROLLBACK';
    this.#clean = clean || status === 'idle';
    return { tag, path: this.#path === path ? undefined : this.#path, status, clean };
  }

  /** Runs a statement, looks at what it changed, and takes it back. The transaction around it stays as it was. */
  async measure(text: string): Promise<Measured> {
    if (this.#status === 'E') return { kind: 'failed' };
    const inside = this.#status === 'T';
    try {
      await this.#query(inside ? 'savepoint measured' : 'begin');
      return await this.#compare(text);
    } catch {
      return { kind: 'failed' };
    } finally {
      const back = 'rollback to savepoint measured; release savepoint measured';
      await this.#query(inside ? back : 'rollback').catch(() => this.#end());
    }
  }

  async end(): Promise<void> {
    await this.#client.end().catch(() => undefined);
  }

  async #compare(text: string): Promise<Measured> {
    const before = await this.#marks();
    // Earlier transactions may still be counted: the server keeps the counters for a second or so.
    const countsBefore = await this.#counters();
    await this.#query(text);
    const what = differing(before, await this.#marks());
    if (what.length === 0) return { kind: 'nothing' };
    return { kind: 'changed', what, tables: grown(countsBefore, await this.#counters()) };
  }

  async #marks(): Promise<ReadonlyMap<string, string | null>> {
    const { rows } = await this.#client.query<{ what: string; value: string | null }>(MARKS);
    return new Map(rows.map(({ what, value }) => [what, value]));
  }

  async #counters(): Promise<readonly CounterRow[]> {
    return (await this.#client.query<CounterRow>(COUNTERS)).rows;
  }

  async #send(text: string, rows: readonly string[] | null): Promise<string | null> {
    try {
      await (rows === null ? this.#query(text) : this.#untilReady(this.#copyIn(text, rows)));
      return this.#tag;
    } catch {
      return null;
    }
  }

  #query(text: string): Promise<unknown> {
    return this.#untilReady(this.#client.query(text));
  }

  /** An error comes before the server says in which state it left the transaction. */
  async #untilReady(answer: Promise<unknown>): Promise<void> {
    const ready = new Promise<void>((resolve) => (this.#onReady = resolve));
    try {
      await answer;
    } catch (error) {
      // What the server did not refuse went wrong on the way, and nothing is certain about the connection any more.
      if (!(error instanceof pg.DatabaseError)) this.#end();
      throw error;
    } finally {
      if (!this.#gone) await ready;
    }
  }

  #end(): void {
    this.#gone = true;
    this.#onReady();
  }

  async #copyIn(text: string, rows: readonly string[]): Promise<void> {
    const lines = Readable.from(rows.map((row) => `${row}\n`));
    await pipeline(lines, this.#client.query(copyFrom(text)));
  }

  /** Events of the client's own connection, which are not in its types. */
  #listen(): void {
    const wire = (this.#client as unknown as { connection: NodeJS.EventEmitter }).connection;
    wire.on('readyForQuery', ({ status }: { status: string }) => {
      this.#status = status;
      this.#onReady();
    });
    wire.on('commandComplete', ({ text }: { text: string }) => {
      this.#tag = text;
    });
    wire.on('parameterStatus', (message: { parameterName: string; parameterValue: string }) => {
      if (message.parameterName === 'search_path') this.#path = message.parameterValue;
    });
  }
}

const STATUS: Readonly<Record<string, Ran['status']>> = {
  I: 'idle',
  T: 'in transaction',
  E: 'failed',
};

function differing(
  before: ReadonlyMap<string, string | null>,
  after: ReadonlyMap<string, string | null>,
): readonly string[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].filter((name) => before.get(name) !== after.get(name));
}

function grown(
  before: readonly CounterRow[],
  after: readonly CounterRow[],
): readonly TableChange[] {
  const old = new Map(before.map((row) => [row.id, row]));
  return after
    .map(({ id, names, ...row }) => ({
      names,
      inserted: row.inserted - (old.get(id)?.inserted ?? 0),
      updated: row.updated - (old.get(id)?.updated ?? 0),
      deleted: row.deleted - (old.get(id)?.deleted ?? 0),
    }))
    .filter(({ inserted, updated, deleted }) => inserted + updated + deleted > 0);
}
