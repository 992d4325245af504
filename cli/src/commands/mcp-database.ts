/** `agentguard mcp database`: a guarded database as an MCP server, with the tools that its user may use and no others. */

import type { CallResult } from '@agentguard/daemon/control';
import { connectStarting } from '../connect.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import { toUrl, toVariableName } from '../launch/environment.ts';
import { holdSession } from '../launch/hold-session.ts';
import { accessOfSession } from '../mcp/access.ts';
import { makeDatabaseTools } from '../mcp/database-tools.ts';
import { askDescription } from '../mcp/described-database.ts';
import type { RelayAccess } from '../mcp/relay.ts';

/** Serves until the client goes. */
export async function mcpDatabase(resource: string): Promise<number> {
  const inside = accessOfSession(process.env);
  if (inside !== null) {
    const url = process.env[toVariableName(resource)];
    if (url === undefined) throw new UsageError(`this session has no database \`${resource}\``);
    await serve(inside, resource, url);
    return EXIT.done;
  }
  const client = await connectStarting();
  const session = await client.call('session.create', {
    agent: `mcp ${resource}`,
    label: null,
    resources: [resource],
    workspace: process.cwd(),
    askTimeoutMs: null,
    attended: false,
    held: true,
  });
  const hold = await holdSession(client, session.session, () => Promise.resolve(null));
  try {
    const { access, url } = fromSession(session);
    await serve(access, resource, url);
    return EXIT.done;
  } finally {
    hold.release();
  }
}

async function serve(access: RelayAccess, resource: string, url: string): Promise<void> {
  const described = await askDescription(access, resource);
  // The SDK is large, and a refusal needs none of it.
  const { serveDatabase } = await import('../mcp/database-server.ts');
  await serveDatabase(url, makeDatabaseTools(described), resource);
}

function fromSession(session: CallResult<'session.create'>): { access: RelayAccess; url: string } {
  const [resource] = session.resources;
  const { mcp, token } = session;
  if (resource === undefined || mcp === undefined) {
    throw new UsageError('this daemon guards no MCP servers', 'agentguard daemon stop');
  }
  return { access: { ...mcp, token }, url: toUrl(resource, token) };
}
