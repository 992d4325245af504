/** A server of the official dual-era SDK: answers the old opening and the new one, and asks for input in the new way. */

import { inputRequired, McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import * as z from 'zod';

serveStdio(() => {
  const server = new McpServer({ name: 'dual', version: '1.0.0' });
  server.registerTool(
    'add',
    { description: 'Adds two numbers', inputSchema: z.object({ a: z.number(), b: z.number() }) },
    ({ a, b }) => ({ content: [{ type: 'text', text: String(a + b) }] }),
  );
  server.registerTool(
    'typed',
    {
      description: 'Gives a number in a shape',
      inputSchema: z.object({}),
      outputSchema: z.object({ value: z.number() }),
    },
    () => ({ content: [{ type: 'text', text: '{"value":7}' }], structuredContent: { value: 7 } }),
  );
  server.registerTool(
    'ask',
    { description: 'Asks the person for their name', inputSchema: z.object({}) },
    (_args, ctx) => {
      const given = ctx.mcpReq.inputResponses;
      if (given !== undefined) return { content: [{ type: 'text', text: JSON.stringify(given) }] };
      const requestedSchema = {
        type: 'object' as const,
        properties: { name: { type: 'string' as const } },
      };
      return inputRequired({
        inputRequests: { who: inputRequired.elicit({ message: 'Who are you?', requestedSchema }) },
        requestState: 'state-1',
      });
    },
  );
  server.registerResource('note', 'note://one', { description: 'A note' }, (uri) => ({
    contents: [{ uri: uri.href, text: 'a note' }],
  }));
  server.registerPrompt('hello', { description: 'Says hello' }, () => ({
    messages: [{ role: 'user', content: { type: 'text', text: 'hello' } }],
  }));
  return server;
});
