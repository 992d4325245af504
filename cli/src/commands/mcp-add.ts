/** `agentguard mcp add`: a person says which server may run, where, and with which secrets. */

import { connectStarting } from '../connect.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import { parseDuration } from '../duration.ts';
import { printAnswer, printJson, printNote } from '../output/print.ts';
import { makeVisible } from '../output/visible.ts';
import { toServerLines } from '../mcp/show-server.ts';

/** What was typed. */
export interface McpAddOptions {
  readonly name: string;
  readonly argv: readonly string[];
  readonly cwd: string | null;
  readonly place: 'beside' | 'here' | null;
  /** `NAME=value`. */
  readonly env: readonly string[];
  /** Names of variables that are handed on. */
  readonly passes: readonly string[];
  /** `NAME=secret`. */
  readonly secrets: readonly string[];
  readonly database: string | null;
  readonly timeout: string | null;
  readonly legacy: boolean;
  readonly replace: boolean;
  readonly json: boolean;
}

/** Accepts a server. */
export async function mcpAdd(options: McpAddOptions): Promise<number> {
  if (options.argv.length === 0) throw new UsageError('there is no command of a server');
  const client = await connectStarting();
  const { server } = await client.call('mcp.add', {
    name: options.name,
    argv: [...options.argv],
    cwd: options.cwd,
    place: options.place,
    env: toPairs(options.env),
    passes: [...options.passes],
    secrets: toPairs(options.secrets),
    database: options.database,
    path: process.env['PATH'] ?? '',
    folder: process.cwd(),
    clientBudgetMs: options.timeout === null ? null : parseDuration(options.timeout),
    legacy: options.legacy,
    replace: options.replace,
  });
  if (options.json) printJson({ server });
  else {
    for (const line of toServerLines(server)) printAnswer(makeVisible(line).text);
    printNote(
      `agentguard: nothing of it is shown to an agent before you looked: agentguard mcp review ${server.name}`,
    );
  }
  return EXIT.done;
}

function toPairs(written: readonly string[]): Record<string, string> {
  const pairs = written.map((pair): [string, string] => {
    const at = pair.indexOf('=');
    if (at < 1) throw new UsageError(`\`${pair.slice(0, at < 0 ? 40 : at)}\` is not NAME=VALUE`);
    return [pair.slice(0, at), pair.slice(at + 1)];
  });
  return Object.fromEntries(pairs);
}
