/** Serves the tools of one database on our standard streams, with the official SDK, over the same gate as every statement. */

import { McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import type { CallToolResult } from '@modelcontextprotocol/server';
import { PRODUCT_VERSION } from '@agentguard/daemon/control';
import pg from 'pg';
import type { DatabaseTool, Statement } from './database-tools.ts';

/** Clients give up at sixty seconds; the refusal has to be there before. */
const ANSWER_WITHIN_MS = 50_000;

/** Longest text of an answer. */
const MAX_ANSWER_CHARACTERS = 4 * 1024 * 1024;

/** Serves until the client goes. */
export async function serveDatabase(
  url: string,
  tools: readonly DatabaseTool[],
  resource: string,
): Promise<void> {
  const ended = new Promise<void>((resolve) => {
    process.stdin.once('end', () => resolve());
    process.stdin.once('close', () => resolve());
  });
  const handle = serveStdio(() => makeServer(url, tools, resource));
  await ended;
  await handle.close();
}

function makeServer(url: string, tools: readonly DatabaseTool[], resource: string): McpServer {
  const server = new McpServer({ name: `agentguard ${resource}`, version: PRODUCT_VERSION });
  for (const tool of tools) {
    const { name, description, schema, readOnly, destructive } = tool;
    const annotations = {
      readOnlyHint: readOnly,
      destructiveHint: destructive,
      openWorldHint: false,
    };
    server.registerTool(name, { description, inputSchema: schema, annotations }, (args) =>
      answer(url, tool, args),
    );
  }
  return server;
}

async function answer(url: string, tool: DatabaseTool, args: unknown): Promise<CallToolResult> {
  try {
    const work = tool.work(args);
    const value = work.kind === 'answer' ? work.value : await runStatement(url, work.statement);
    const text = JSON.stringify(value);
    if (text.length > MAX_ANSWER_CHARACTERS) {
      return failure('the answer is too long; ask for fewer rows or columns');
    }
    return { content: [{ type: 'text', text }] };
  } catch (error) {
    return failure(describe(error));
  }
}

async function runStatement(url: string, { text, values }: Statement): Promise<unknown> {
  const client = new pg.Client({ connectionString: url, query_timeout: ANSWER_WITHIN_MS });
  // What breaks a connection is said by the statement that runs on it.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const given = await client.query<Record<string, unknown>>(text, [...values]);
    const results = Array.isArray(given) ? (given as readonly (typeof given)[]) : [given];
    const shown = results.map(({ command, rowCount, rows }) =>
      rows.length > 0 || command === 'SELECT'
        ? { rows, count: rowCount }
        : { command, count: rowCount },
    );
    return shown.length === 1 ? shown[0] : shown;
  } finally {
    await client.end().catch(() => undefined);
  }
}

function failure(text: string): CallToolResult {
  return { isError: true, content: [{ type: 'text', text }] };
}

/** The guard's own words where it is the guard: message, detail and hint say what to do next. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return 'something failed';
  if (error.message === 'Query read timeout') {
    return 'NOT RUN. Nobody answered in time. Tell the person what you need, then repeat the identical call.';
  }
  const { detail, hint }: Partial<Record<string, unknown>> = Object.fromEntries(
    Object.entries(error),
  );
  const more = [detail, hint].filter((one): one is string => typeof one === 'string');
  return [error.message, ...more].join('\n');
}
