/** Reads statements with the daemon's own parts, in the daemon's own order: catalog, names, prepared statements, caches. */

import pg from 'pg';
import { analyzeSql, toStatementShape } from '@agentguard/rules';
import type { SqlFacts, SqlParser } from '@agentguard/rules';
import { CatalogKeeper } from '../../../daemon/src/catalog/keeper.ts';
import type { CatalogConnection } from '../../../daemon/src/catalog/query.ts';
import { Outbox } from '../../../daemon/src/protocols/postgres/commands.ts';
import { FactsReader, unreadable } from '../../../daemon/src/protocols/postgres/facts.ts';
import { NameState } from '../../../daemon/src/protocols/postgres/name-state.ts';
import { OperationAccount } from '../../../daemon/src/protocols/postgres/outcomes.ts';
import { PreparedNames } from '../../../daemon/src/protocols/postgres/prepared.ts';
import { ServerEffects } from '../../../daemon/src/protocols/postgres/server-effects.ts';
import { StatementReader } from '../../../daemon/src/protocols/postgres/statement-reader.ts';
import type { Ran } from './measured-session.ts';

/** A script may hold a table of the catalog locked. The daemon gives up after a minute, which is long for a test. */
const CATALOG_PATIENCE_MS = 10_000;

/** Looks that a statement gets at a catalog that changes meanwhile. */
const MAX_LOOKS = 10;

/** What was seen of one analysis. */
export interface Analysis {
  readonly text: string;
  /** Time of the processor: the machine may be busy with something else. */
  readonly tookMs: number;
  /** What the analysis threw; the daemon calls the statement unreadable then. */
  readonly thrown: unknown;
}

/** A script's connection as the daemon knows it. */
export class DaemonReading {
  readonly #keeper: CatalogKeeper;
  readonly #names: NameState;
  readonly #effects: ServerEffects;
  readonly #reader: StatementReader;
  readonly #out = new Outbox();

  private constructor(
    keeper: CatalogKeeper,
    rolePath: readonly string[],
    parts: { readonly facts: FactsReader; readonly reportedPath: string | undefined },
  ) {
    this.#keeper = keeper;
    const prepared = new PreparedNames(() => 0);
    const out = this.#out;
    const names = new NameState({
      rolePath,
      initialPath: undefined,
      reportedPath: parts.reportedPath,
      prepared: (name) => this.#reader.factsOfPrepared(name),
    });
    this.#names = names;
    this.#effects = new ServerEffects({
      names,
      prepared,
      out,
      readiesSeen: () => 0,
      close: () => undefined,
    });
    this.#reader = new StatementReader({
      facts: parts.facts,
      catalog: () => keeper.current() ?? null,
      names,
      reach: () => ({ kind: 'whole' }),
      prepared,
      gated: () => false,
      out,
      now: () => performance.now(),
    });
  }

  /** @param watch told of every analysis that no cache answered */
  static async open(
    url: string,
    options: {
      readonly parser: SqlParser;
      readonly reportedPath: string | undefined;
      readonly watch: (analysis: Analysis) => void;
    },
  ): Promise<DaemonReading> {
    const { parser, watch, reportedPath } = options;
    const keeper = new CatalogKeeper({ open: () => openCatalogConnection(url) });
    keeper.retain();
    const facts = new FactsReader((text, context) => {
      const started = process.cpuUsage();
      try {
        const found = analyzeSql(text, context, parser);
        watch({ text, tookMs: millisecondsSince(started), thrown: undefined });
        return found;
      } catch (error) {
        watch({ text, tookMs: millisecondsSince(started), thrown: error });
        throw error;
      }
    }, toStatementShape);
    const { searchPath } = await keeper.ready();
    return new DaemonReading(keeper, searchPath, { facts, reportedPath });
  }

  /** Facts of a text under what holds now. */
  async read(text: string): Promise<SqlFacts> {
    for (let look = 0; look < MAX_LOOKS; look += 1) {
      const reading = this.#reader.read(text);
      if (reading !== null) return reading.facts;
      this.#obey();
      try {
        await this.#keeper.ready();
      } catch {
        break;
      }
      this.#reader.catalogReady();
    }
    return unreadable(text, 'the catalog cannot be read');
  }

  /** The server has answered a statement, and is ready again. */
  ran(text: string, facts: SqlFacts, { tag, path, status, clean }: Ran): void {
    const run = this.#reader.toRun(text, facts, NO_ACCOUNT, { sent: null, rewriting: null });
    if (tag !== null) this.#effects.statementDone(run, 0, tag);
    if (path !== undefined) this.#names.reported(path);
    this.#effects.ready(status, clean);
    this.#obey();
  }

  async close(): Promise<void> {
    await this.#keeper.close();
  }

  #obey(): void {
    for (const command of this.#out.take()) {
      if (command.kind === 'catalog changed') this.#keeper.markStale();
    }
  }
}

function millisecondsSince(started: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(started);
  return (user + system) / 1000;
}

/** Nothing here is recorded. */
const NO_ACCOUNT = new OperationAccount({ decision: '', finish: () => undefined });

/** Every value as the server writes it. */
const AS_TEXT = { getTypeParser: () => (value: string) => value } as pg.CustomTypesConfig;

async function openCatalogConnection(url: string): Promise<CatalogConnection> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CATALOG_PATIENCE_MS,
    options: `-c statement_timeout=${CATALOG_PATIENCE_MS}`,
  });
  let alive = true;
  client.on('error', () => (alive = false));
  await client.connect();
  return {
    get alive() {
      return alive;
    },
    query: async (text) => {
      const options = { text, rowMode: 'array', types: AS_TEXT } as const;
      return (await client.query<(string | null)[]>(options)).rows;
    },
    close: () => {
      alive = false;
      void client.end().catch(() => undefined);
    },
  };
}
