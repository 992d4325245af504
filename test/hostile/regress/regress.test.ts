/**
 * PostgreSQL's own regression scripts, read as the daemon reads them and run on a real server. What the guard calls
 * harmless is measured there. By default a sample; AGENTGUARD_TEST_REGRESS=full takes every statement of every script.
 */

import { chmodSync, cpSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { classOfFacts, loadSqlParser } from '@agentguard/rules';
import type { SqlFacts, SqlParser } from '@agentguard/rules';
import { startPostgres, type TestPostgres } from '../../servers/postgres.ts';
import { skipLoudly } from '../../servers/skip.ts';
import { DaemonReading, type Analysis } from './daemon-reading.ts';
import { canBeMeasured, findUnsaid, isDenied, isQuery, reasonOf } from './judge.ts';
import { MeasuredSession, type Measured } from './measured-session.ts';
import { readScript, type ScriptStatement } from './script.ts';
import { findRegressSources, type RegressSources } from './sources.ts';
import { Tally } from './tally.ts';

/** Seconds of a sample, or `full`. */
const BUDGET = process.env['AGENTGUARD_TEST_REGRESS'] ?? '40';
const FULL = BUDGET === 'full';
const BUDGET_MS = FULL ? Number.POSITIVE_INFINITY : Number(BUDGET) * 1000;

/** In a sample a script gives its beginning only, so that more scripts are seen. */
const MAX_PER_SCRIPT = FULL ? Number.POSITIVE_INFINITY : 120;

/** No statement may take the analysis longer, of the processor's time. The slowest honest one takes milliseconds. */
const MAX_ANALYSIS_MS = 2000;

/** Scripts that many others build upon. */
const GROUND = ['test_setup.sql', 'create_misc.sql'];

const DATABASE = 'regression';
const TEMPLATE = 'regression_template';

let server: TestPostgres | undefined;
let sources: RegressSources;
let parser: SqlParser;
let folder: string;

beforeAll(async () => {
  sources = await findRegressSources();
  if (sources.kind === 'missing') return;
  parser = await loadSqlParser();
  folder = mkdtempSync(join(tmpdir(), 'ag-regress-'));
  // The server, which is another user, reads the data files.
  cpSync(join(sources.folder, 'data'), join(folder, 'data'), { recursive: true });
  chmodSync(folder, 0o755);
  server = await startPostgres({ settings: { autovacuum: 'off' } });
  await server.sql(`create database ${TEMPLATE}`);
  const session = await MeasuredSession.open(server.url(undefined, undefined, TEMPLATE));
  for (const name of GROUND) {
    for (const { text, rows } of scriptOf(name)) await session.run(text, rows);
  }
  await session.end();
}, 300_000);
afterAll(async () => {
  await server?.stop();
  if (sources.kind === 'here') rmSync(folder, { recursive: true, force: true });
});

it(
  'nothing of PostgreSQL itself makes the reading fail or changes what the reading did not say (P-02)',
  { timeout: 7_200_000 },
  async (context) => {
    if (sources.kind === 'missing') {
      skipLoudly(`PostgreSQL's own regression statements: ${sources.why}`);
      context.skip();
      return;
    }
    const tally = new Tally();
    const until = Date.now() + BUDGET_MS;
    for (const name of shuffled(readdirSync(join(sources.folder, 'sql')))) {
      if (Date.now() > until) break;
      if (name.endsWith('.sql') && !GROUND.includes(name)) await runScript(name, { tally, until });
    }
    process.stderr.write(`\n${tally.describe(FULL)}\n`);
    expect(tally.problems).toEqual([]);
    expect(tally.number('called harmless, measured')).toBeGreaterThan(20);
  },
);

/** The same order on every machine, and no alphabetical beginning that is always the same kind. */
function shuffled(names: readonly string[]): readonly string[] {
  const key = (name: string): string => createHash('sha256').update(`order ${name}`).digest('hex');
  return names.toSorted((left, right) => key(left).localeCompare(key(right)));
}

function scriptOf(name: string): readonly ScriptStatement[] {
  if (sources.kind === 'missing') return [];
  const text = readFileSync(join(sources.folder, 'sql', name), 'utf8');
  const [source, build] = ['PG_ABS_SRCDIR', 'PG_ABS_BUILDDIR'];
  return readScript(text, parser, { [source]: folder, [build]: folder, PG_DLSUFFIX: '.so' });
}

interface Run {
  readonly tally: Tally;
  readonly until: number;
}

async function runScript(name: string, { tally, until }: Run): Promise<void> {
  const url = await freshDatabase();
  const session = await MeasuredSession.open(url);
  const watch = (analysis: Analysis): void => judgeAnalysis(name, analysis, tally);
  const reading = await DaemonReading.open(url, { parser, reportedPath: session.path, watch });
  try {
    for (const statement of scriptOf(name).slice(0, MAX_PER_SCRIPT)) {
      if (Date.now() > until || session.gone) break;
      await take(statement, { name, session, reading, tally });
    }
    tally.count(session.gone ? 'scripts that lost their connection' : 'scripts');
  } finally {
    await session.end();
    await reading.close();
  }
}

async function freshDatabase(): Promise<string> {
  if (server === undefined) throw new Error('there is no server');
  await server.sql(`drop database if exists ${DATABASE} with (force)`);
  for (let attempt = 1; ; attempt += 1) {
    try {
      // A connection that has just ended counts for a moment.
      await server.sql(`create database ${DATABASE} template ${TEMPLATE} strategy file_copy`);
      return server.url(undefined, undefined, DATABASE);
    } catch (error) {
      if (attempt === 50) throw error;
      await sleep(50);
    }
  }
}

function judgeAnalysis(name: string, { text, tookMs, thrown }: Analysis, tally: Tally): void {
  if (thrown !== undefined)
    tally.complain(
      name,
      text,
      `the analysis threw ${thrown instanceof Error ? thrown.message : 'something'}`,
    );
  if (tookMs > MAX_ANALYSIS_MS) tally.complain(name, text, `took ${Math.round(tookMs)} ms`);
}

interface Script {
  readonly name: string;
  readonly session: MeasuredSession;
  readonly reading: DaemonReading;
  readonly tally: Tally;
}

/** One statement: read, measured when that proves something, and run. */
async function take({ text, rows }: ScriptStatement, script: Script): Promise<void> {
  const { session, reading, tally } = script;
  const facts = await reading.read(text);
  tally.statement(classOfFacts(facts));
  // The conversation goes on as if a person had said yes to all that is asked about. What is denied does not happen.
  if (isDenied(facts)) {
    tally.count('denied, and not run');
    return;
  }
  if (rows === null) await measure(text, facts, script);
  reading.ran(text, facts, await session.run(text, rows));
}

async function measure(text: string, facts: SqlFacts, script: Script): Promise<void> {
  const kind = classOfFacts(facts);
  switch (kind) {
    case 'unknown':
      if (!isQuery(facts)) return;
      if ((await script.session.measure(text)).kind === 'nothing') {
        script.tally.falseAlarm(reasonOf(facts));
      }
      return;
    case 'nothing':
    case 'read':
    case 'session':
    case 'write':
      if (!canBeMeasured(facts)) return;
      judge(text, facts, { ...script, measured: await script.session.measure(text) });
      return;
    default:
      return;
  }
}

function judge(text: string, facts: SqlFacts, seen: Script & { measured: Measured }): void {
  const { name, tally, measured } = seen;
  const kind = classOfFacts(facts);
  const called = kind === 'write' ? 'called a change of rows' : 'called harmless';
  tally.count(`${called}, ${measured.kind === 'failed' ? 'refused by the server' : 'measured'}`);
  const unsaid = findUnsaid(facts, measured);
  if (unsaid.length > 0) tally.complain(name, text, `called ${kind}: ${unsaid.join('; ')}`);
}
