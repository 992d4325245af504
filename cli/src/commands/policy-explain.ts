/** `agentguard policy explain`: a recorded decision, or statements that nobody sent. */

import { readFileSync } from 'node:fs';
import type { CallParams, CallResult } from '@agentguard/daemon/control';
import * as z from 'zod';
import { connectStarting } from '../connect.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import { printAnswer, printJson, printNote } from '../output/print.ts';
import { makeVisible } from '../output/visible.ts';

/** Statements of one request. */
const PER_CALL = 100;

/** How the ids of built-in rules begin. */
const BUILT_IN = 'builtin/';

/** Standard input, as `--batch -` names it. */
const STANDARD_INPUT = 0;

type Hypothetical = CallParams<'policy.judge'>['operations'][number];
type Judged = CallResult<'policy.judge'>['judged'][number];

/** What was typed. `decision`, `sql` and `batch` exclude each other. */
export interface PolicyExplainOptions {
  readonly decision: string | null;
  readonly sql: string | null;
  readonly batch: string | null;
  readonly resource: string | null;
  readonly environment: Hypothetical['environment'];
  readonly role: string | null;
  readonly values: Record<string, string>;
  readonly json: boolean;
}

/** Explains one thing, or each line of a batch. */
export async function policyExplain(options: PolicyExplainOptions): Promise<number> {
  const given = [options.decision, options.sql, options.batch].filter((one) => one !== null);
  if (given.length !== 1) {
    throw new UsageError('explain a decision, a statement (--sql) or a file of them (--batch)');
  }
  if (options.resource !== null && options.environment !== null) {
    throw new UsageError('--environment is for statements without a --resource, which has its own');
  }
  if (options.decision !== null) return explainDecision(options.decision, options.json);
  return options.batch === null ? explainSql(options) : explainBatch(options, options.batch);
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
  const client = await connectStarting();
  let failed = false;
  for (let from = 0; from < lines.length; from += PER_CALL) {
    const read = lines.slice(from, from + PER_CALL).map((line) => readLine(line, options));
    const operations = read.filter((one) => typeof one !== 'string');
    const judged =
      operations.length === 0
        ? []
        : (await client.call('policy.judge', { operations, workspace: process.cwd() })).judged;
    const answers = judged.values();
    for (const one of read) {
      if (typeof one === 'string') {
        failed = true;
        printJson({ error: one });
      } else {
        printJson(answers.next().value);
      }
    }
  }
  return failed ? EXIT.failed : EXIT.done;
}

/** The operation of a line, or what is wrong with it. */
function readLine(line: string, options: PolicyExplainOptions): Hypothetical | string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return 'the line is not JSON';
  }
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
