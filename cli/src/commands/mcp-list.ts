/** `agentguard mcp list`: the servers behind the guard, and those that sessions wanted. */

import { connectStarting } from '../connect.ts';
import { EXIT } from '../exit-code.ts';
import { toServerLines } from '../mcp/show-server.ts';
import { printAnswer, printJson } from '../output/print.ts';
import { makeVisible } from '../output/visible.ts';

/** Lists them. */
export async function mcpList(options: { readonly json: boolean }): Promise<number> {
  const client = await connectStarting();
  const { servers, proposals } = await client.call('mcp.list', {});
  if (options.json) {
    printJson({ servers, proposals });
    return EXIT.done;
  }
  for (const server of servers) {
    for (const line of toServerLines(server)) printAnswer(makeVisible(line).text);
  }
  for (const { argv, session } of proposals) {
    printAnswer(makeVisible(`not accepted, wanted by ${session}: ${argv.join(' ')}`).text);
  }
  if (servers.length + proposals.length === 0) printAnswer('no MCP server is behind the guard');
  return EXIT.done;
}
