/** A model in small that speaks the Gemini API, as Gemini CLI wants it: scripted shell commands, one per turn. */

import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as z from 'zod';
import type { ModelServer } from './model.ts';

/** The tool that runs a command. */
const SHELL = 'run_shell_command';

const responseSchema = z.looseObject({ response: z.unknown() });
const requestSchema = z.looseObject({
  contents: z.array(
    z.looseObject({
      parts: z.array(z.looseObject({ functionResponse: responseSchema.optional() })),
    }),
  ),
  tools: z
    .array(
      z.looseObject({
        functionDeclarations: z.array(z.looseObject({ name: z.string() })).optional(),
      }),
    )
    .optional(),
});

/** Starts a model that has the agent run these commands and then says that it is done. */
export async function startGeminiModel(
  commands: readonly string[],
  host = '127.0.0.1',
): Promise<ModelServer> {
  const requests: string[] = [];
  let results: readonly string[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request);
    requests.push(body);
    const { contents, tools } = requestSchema.parse(JSON.parse(body));
    const offered = tools?.some(({ functionDeclarations }) =>
      functionDeclarations?.some(({ name }) => name === SHELL),
    );
    const outputs = contents
      .flatMap(({ parts }) => parts)
      .flatMap(({ functionResponse }) => functionResponse ?? []);
    // Questions beside the conversation offer no tools and know nothing of it.
    if (offered === true) results = outputs.map(({ response: said }) => toText(said));
    const command = offered === true ? commands[outputs.length] : undefined;
    reply(response, request.url?.includes('streamGenerateContent') === true, command);
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
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

/** What the agent lays around the output of a command. */
const WRAPPED =
  /^<untrusted_context>\nOutput: (.*?)(?:\nProcess Group PGID: \d+)?\n<\/untrusted_context>$/s;

/** What a tool said: the one text in its answer where there is one. */
function toText(said: unknown): string {
  const parsed = z.object({ output: z.string() }).safeParse(said);
  if (!parsed.success) return JSON.stringify(said);
  return WRAPPED.exec(parsed.data.output)?.[1] ?? parsed.data.output;
}

function reply(response: ServerResponse, streamed: boolean, command: string | undefined): void {
  const part =
    command === undefined
      ? { text: 'done' }
      : { functionCall: { name: SHELL, args: { command, description: 'a step' } } };
  const body = JSON.stringify({
    candidates: [{ content: { role: 'model', parts: [part] }, finishReason: 'STOP', index: 0 }],
    usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 },
  });
  const type = streamed ? 'text/event-stream' : 'application/json';
  response.writeHead(200, { 'content-type': type });
  response.end(streamed ? `data: ${body}\n\n` : body);
}

async function readBody(request: IncomingMessage): Promise<string> {
  let text = '';
  request.setEncoding('utf8');
  for await (const part of request) text += String(part);
  return text;
}
