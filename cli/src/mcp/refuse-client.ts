/** Answers a client whose server is not opened: every request with the reason, until it goes. */

import { createInterface } from 'node:readline';

/** As in the daemon: outside of what JSON-RPC keeps for itself. */
const DENIED_CODE = 42501;

/** Reads requests and refuses them. Resolves when the client has gone. */
export async function refuseClient(message: string): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    const id = idOf(line);
    if (id === undefined) continue;
    const error = { code: DENIED_CODE, message };
    process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id, error })}\n`);
  }
}

function idOf(line: string): string | number | undefined {
  try {
    const message: unknown = JSON.parse(line);
    if (
      typeof message !== 'object' ||
      message === null ||
      !('id' in message) ||
      !('method' in message)
    )
      return undefined;
    const { id } = message;
    return typeof id === 'string' || typeof id === 'number' ? id : undefined;
  } catch {
    return undefined;
  }
}
