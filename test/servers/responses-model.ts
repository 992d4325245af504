/** A model in small that speaks the Responses API, as Codex wants it: scripted shell commands, one per turn. */

import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as z from 'zod';

/** A running model. */
export interface ResponsesModel {
  readonly port: number;
  /** Bodies of all requests, as text. */
  readonly requests: readonly string[];
  /** What the agent reported of each scripted command, in order. */
  results(): readonly string[];
  close(): Promise<void>;
}

const requestSchema = z.looseObject({
  input: z.array(z.looseObject({ type: z.string().optional(), output: z.unknown().optional() })),
});

const NO_DETAILS = { input_tokens_details: null, output_tokens_details: null };
const USAGE = { input_tokens: 1, output_tokens: 1, total_tokens: 2, ...NO_DETAILS };

/** Starts a model that has the agent run these commands and then says that it is done. */
export async function startResponsesModel(
  commands: readonly string[],
  host = '127.0.0.1',
): Promise<ResponsesModel> {
  const requests: string[] = [];
  let results: readonly string[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request);
    requests.push(body);
    if (request.url?.endsWith('/responses') !== true) {
      response.writeHead(404).end();
      return;
    }
    const { input } = requestSchema.parse(JSON.parse(body));
    const outputs = input.filter(({ type }) => type === 'function_call_output');
    results = outputs.map(({ output }) =>
      typeof output === 'string' ? output : JSON.stringify(output),
    );
    stream(response, outputs.length, commands[outputs.length]);
  };
  const server = createServer((request, response) => {
    void answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    results: () => results,
    close: async () => {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      server.closeAllConnections();
      await closed;
    },
  };
}

function stream(response: ServerResponse, turn: number, command: string | undefined): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const send = (type: string, data: object): void => {
    response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
  };
  const id = `resp_${turn}`;
  send('response.created', { response: { id } });
  send('response.output_item.done', { item: toItem(turn, command) });
  send('response.completed', { response: { id, usage: USAGE } });
  response.end();
}

function toItem(turn: number, command: string | undefined): object {
  if (command === undefined) {
    const content = [{ type: 'output_text', text: 'done' }];
    return { type: 'message', id: 'msg', role: 'assistant', content };
  }
  return {
    type: 'function_call',
    id: `fc_${turn}`,
    call_id: `call_${turn}`,
    name: 'exec_command',
    arguments: JSON.stringify({ cmd: command }),
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  let text = '';
  request.setEncoding('utf8');
  for await (const part of request) text += String(part);
  return text;
}
