/** `agentguard policy explain`: a recorded decision, or statements that nobody sent. */

import { readFileSync } from 'node:fs';
import type { CallParams, CallResult } from '@agentguard/daemon/control';
import * as z from 'zod';
import { connectStarting } from '../connect.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import { printAnswer, printJson, printNote } from '../output/print.ts';
import { makeVisible } from '../output/visible.ts';
import { HttpJudge } from '../policy/http-judge.ts';
import type { HttpAnswer } from '../policy/http-judge.ts';
import { readRequestLine } from '../policy/written-request.ts';

/** Statements of one request. */
const PER_CALL = 100;

/** How the ids of built-in rules begin. */
const BUILT_IN = 'builtin/';

/** Standard input, as `--batch -` names it. */
const STANDARD_INPUT = 0;

type Hypothetical = CallParams<'policy.judge'>['operations'][number];
type Judged = CallResult<'policy.judge'>['judged'][number];

/** What was typed. `decision`, `sql`, `http` and `batch` exclude each other. */
export interface PolicyExplainOptions {
  readonly decision: string | null;
  readonly sql: string | null;
  /** `DELETE https://api.example.com/v1/apps/shop`. */
  readonly http: string | null;
  readonly headers: readonly string[];
  /** Text, or `@` and the name of a file. */
  readonly body: string | null;
  readonly batch: string | null;
  readonly resource: string | null;
  readonly environment: Hypothetical['environment'];
  readonly role: string | null;
  readonly values: Record<string, string>;
  readonly json: boolean;
}

/** Explains one thing, or each line of a batch. */
export async function policyExplain(options: PolicyExplainOptions): Promise<number> {
  const given = [options.decision, options.sql, options.http, options.batch].filter(
    (one) => one !== null,
  );
  if (given.length !== 1) {
    throw new UsageError(
      'explain a decision, a statement (--sql), a request (--http) or a file of them (--batch)',
    );
  }
  if (options.resource !== null && options.environment !== null) {
    throw new UsageError('--environment is for statements without a --resource, which has its own');
  }
  if (options.decision !== null) return explainDecision(options.decision, options.json);
  if (options.http !== null) return explainHttp(options, options.http);
  return options.batch === null ? explainSql(options) : explainBatch(options, options.batch);
}

async function explainHttp(options: PolicyExplainOptions, http: string): Promise<number> {
  const { headers, body, resource, environment } = options;
  const request = readRequestLine(http, { headers, body });
  const judge = await HttpJudge.load();
  const judged = judge.judge(request, { resource, environment });
  if (options.json) {
    printJson(judged);
    return EXIT.done;
  }
  printAnswer(`${judged.verdict}: ${makeVisible(judged.reason).text}`);
  for (const { name, kind, severity, does } of judged.operations) {
    printAnswer(`  ${makeVisible(`${severity ?? kind} ${name}: ${does}`).text}`);
  }
  return EXIT.done;
}

async function explainDecision(decision: string, json: boolean): Promise<number> {
  const client = await connectStarting();
  const explained = await client.call('policy.explain', { decision });
  if (json) {
    printJson(explained);
    return EXIT.done;
  }
  const { statement, resource, recorded, recordedReason, recordedRevision } = explained;
  printAnswer(`${decision} on ${resource}: ${makeVisible(statement).text}`);
  printAnswer(`recorded: ${recorded}, ${makeVisible(recordedReason).text}`);
  printAnswer(`now: ${explained.verdict}, ${makeVisible(explained.reason).text}`);
  if (recordedRevision !== explained.revision) {
    printNote('  the policy has changed since then');
  }
  printSteps(explained.steps);
  return EXIT.done;
}

async function explainSql(options: PolicyExplainOptions): Promise<number> {
  const client = await connectStarting();
  const operations = [toOperation(options, { sql: options.sql ?? '' })];
  const { judged } = await client.call('policy.judge', { operations, workspace: process.cwd() });
  const [one] = judged;
  if (one === undefined) return EXIT.failed;
  if (options.json) printJson(one);
  else {
    printAnswer(`${one.verdict}: ${makeVisible(one.reason).text}`);
    if (one.obligations.length > 0) printNote(`  after: ${one.obligations.join(', ')}`);
    printSteps(one.steps);
  }
  return EXIT.done;
}

function printSteps(steps: Judged['steps']): void {
  // The built-in rules are many, and those that have nothing to say are the same every time.
  const shown = steps.filter(({ rule, verdict }) => verdict !== null || !rule.startsWith(BUILT_IN));
  for (const { rule, verdict, why } of shown) {
    printAnswer(`  ${(verdict ?? '-').padEnd(5)} ${rule}: ${makeVisible(why).text}`);
  }
  const silent = steps.length - shown.length;
  if (silent > 0) printNote(`  ${silent} built-in rules have nothing to say`);
}

/** A line that is a request instead: the rest of it is read beside the judging of requests. */
function isRequest(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'url' in value;
}

const lineSchema = z.strictObject({
  sql: z.string(),
  resource: z.string().optional(),
  environment: z.enum(['production', 'staging', 'development', 'unknown']).optional(),
  role: z.string().optional(),
  values: z.record(z.string(), z.string()).optional(),
});

/** One line of JSON comes back for each line that goes in, in the same order. */
async function explainBatch(options: PolicyExplainOptions, file: string): Promise<number> {
  const text = readFileSync(file === '-' ? STANDARD_INPUT : file, 'utf8');
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  // Requests are judged here; the daemon is asked for statements, whose catalogs it holds.
  const http = lines.some((line) => line.includes('"url"')) ? await HttpJudge.load() : null;
  let failed = false;
  for (let from = 0; from < lines.length; from += PER_CALL) {
    const read = lines.slice(from, from + PER_CALL).map((line) => readLine(line, options, http));
    const operations = read.filter((one) => typeof one !== 'string' && 'sql' in one);
    const judged = operations.length === 0 ? [] : (await judgeStatements(operations)).judged;
    const answers = judged.values();
    for (const one of read) {
      if (typeof one === 'string') {
        failed = true;
        printJson({ error: one });
      } else {
        printJson('sql' in one ? answers.next().value : one);
      }
    }
  }
  return failed ? EXIT.failed : EXIT.done;
}

async function judgeStatements(
  operations: readonly Hypothetical[],
): Promise<CallResult<'policy.judge'>> {
  const client = await connectStarting();
  return client.call('policy.judge', { operations: [...operations], workspace: process.cwd() });
}

/** The operation of a line, the answer to a request, or what is wrong with it. */
function readLine(
  line: string,
  options: PolicyExplainOptions,
  http: HttpJudge | null,
): Hypothetical | HttpAnswer | string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return 'the line is not JSON';
  }
  if (http !== null && isRequest(value)) return http.judgeLine(value, options);
  const parsed = lineSchema.safeParse(value);
  if (!parsed.success)
    return `the line has another shape: ${parsed.error.issues[0]?.message ?? ''}`;
  return toOperation(options, parsed.data);
}

/** What a line says stands above what was typed for all. */
function toOperation(
  options: PolicyExplainOptions,
  line: z.infer<typeof lineSchema>,
): Hypothetical {
  const environment = line.environment ?? options.environment;
  const resource = line.resource ?? (line.environment === undefined ? options.resource : null);
  return {
    sql: line.sql,
    resource,
    environment,
    role: line.role ?? options.role,
    values: { ...options.values, ...line.values },
  };
}
