/**
 * A model in small: an HTTP server that speaks the Messages API with streaming and answers with scripted tool calls, one per
 * turn, whatever it is told. Everything it is sent is kept, so that a test can look for what an agent gave away.
 */

import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as z from 'zod';

/** One turn of the model: a tool that the agent is told to use. */
export interface ScriptedCall {
  readonly tool: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** A running model. */
export interface ModelServer {
  readonly port: number;
  /** Bodies of all requests, as text. */
  readonly requests: readonly string[];
  /** What the agent reported of each scripted call, in order. */
  results(): readonly string[];
  close(): Promise<void>;
}

const blockSchema = z.looseObject({ type: z.string() });
const requestSchema = z.looseObject({
  tools: z.array(z.looseObject({ name: z.string() })).optional(),
  messages: z.array(
    z.looseObject({ role: z.string(), content: z.union([z.string(), z.array(blockSchema)]) }),
  ),
});
const resultSchema = z.looseObject({
  type: z.literal('tool_result'),
  tool_use_id: z.string(),
  content: z.union([z.string(), z.array(z.looseObject({ text: z.string().optional() }))]),
});

type ModelRequest = z.infer<typeof requestSchema>;

/** Ids of the scripted calls, so that the turn is known from the conversation alone. */
const CALL_ID = /^toolu_scripted_(\d+)$/;

/** Starts a model that plays the script and then says that it is done. */
export async function startModel(
  script: readonly ScriptedCall[],
  host = '127.0.0.1',
): Promise<ModelServer> {
  const requests: string[] = [];
  const results = new Map<number, string>();
  const server = createServer((request, response) => {
    void answer(request, response, { script, requests, results }).catch(() => {
      response.destroy();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    results: () => [...results].sort(([a], [b]) => a - b).map(([, text]) => text),
    close: () => close(server),
  };
}

interface Play {
  readonly script: readonly ScriptedCall[];
  readonly requests: string[];
  readonly results: Map<number, string>;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  play: Play,
): Promise<void> {
  const body = await readBody(request);
  play.requests.push(body);
  if (request.url?.includes('/count_tokens') === true) {
    response.setHeader('content-type', 'application/json').end('{"input_tokens":10}');
    return;
  }
  if (request.method !== 'POST' || request.url?.startsWith('/v1/messages') !== true) {
    response.writeHead(404).end();
    return;
  }
  const asked = requestSchema.parse(JSON.parse(body));
  const done = noteResults(asked, play.results);
  const next = play.script[done];
  // Questions beside the conversation, a title for instance, offer no such tool.
  const offered = asked.tools?.some(({ name }) => name === next?.tool) === true;
  const block: Block =
    next === undefined || !offered
      ? { type: 'text', text: 'done' }
      : { type: 'tool_use', id: `toolu_scripted_${done}`, name: next.tool, input: next.input };
  stream(response, block);
}

/** Keeps the results that the conversation holds, and gives their number. */
function noteResults({ messages }: ModelRequest, results: Map<number, string>): number {
  let done = 0;
  for (const { content } of messages) {
    if (typeof content === 'string') continue;
    for (const block of content) {
      const result = resultSchema.safeParse(block);
      const id = result.success ? CALL_ID.exec(result.data.tool_use_id) : null;
      if (!result.success || id === null) continue;
      const said = result.data.content;
      const text = typeof said === 'string' ? said : said.map((part) => part.text ?? '').join('');
      results.set(Number(id[1]), text);
      done = Math.max(done, Number(id[1]) + 1);
    }
  }
  return done;
}

type Block =
  | { readonly type: 'text'; readonly text: string }
  | {
      readonly type: 'tool_use';
      readonly id: string;
      readonly name: string;
      readonly input: Readonly<Record<string, unknown>>;
    };

/** The events of one streamed message, in the order of the Messages API. */
function stream(response: ServerResponse, block: Block): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const send = (type: string, data: Readonly<Record<string, unknown>>): void => {
    response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
  };
  send('message_start', { message: EMPTY_MESSAGE });
  send('content_block_start', { index: 0, content_block: withoutContent(block) });
  send('content_block_delta', { index: 0, delta: toDelta(block) });
  send('content_block_stop', { index: 0 });
  const reason = block.type === 'tool_use' ? 'tool_use' : 'end_turn';
  send('message_delta', {
    delta: { stop_reason: reason, stop_sequence: null },
    usage: { output_tokens: 1 },
  });
  send('message_stop', {});
  response.end();
}

const EMPTY_MESSAGE = {
  id: 'msg_scripted',
  type: 'message',
  role: 'assistant',
  model: 'scripted',
  content: [],
  stop_reason: null,
  stop_sequence: null,
  usage: { input_tokens: 1, output_tokens: 1 },
};

function withoutContent(block: Block): Block {
  return block.type === 'tool_use' ? { ...block, input: {} } : { ...block, text: '' };
}

function toDelta(block: Block): Readonly<Record<string, unknown>> {
  return block.type === 'tool_use'
    ? { type: 'input_json_delta', partial_json: JSON.stringify(block.input) }
    : { type: 'text_delta', text: block.text };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
