/** The listener's port: chosen once and kept, so that a URL written down today works tomorrow. */

import { existsSync, readFileSync } from 'node:fs';
import * as z from 'zod';
import { ListenerError } from '../errors.ts';
import { writeFileAtomic } from '../platform/atomic-file.ts';

/** The loopback of IPv4: what every client can reach and no other machine can. */
export const LISTENER_HOST = '127.0.0.1';

const portSchema = z.strictObject({ port: z.number().int().min(1).max(65_535) });

/** Something that can be opened at a port; 0 takes a free one. */
interface Openable {
  listen(address: { readonly host: string; readonly port: number }): Promise<number>;
}

/**
 * Opens at the kept port, or at a free one that is then kept.
 * When the kept one is taken by another program, a free one is used for this run only.
 * @param path file that keeps the port
 * @throws ListenerError when no port can be opened
 */
export async function openAtKeptPort(listener: Openable, path: string): Promise<number> {
  const kept = readKeptPort(path);
  if (kept !== null) {
    try {
      return await listener.listen({ host: LISTENER_HOST, port: kept });
    } catch (error) {
      if (!(error instanceof ListenerError)) throw error;
      return listener.listen({ host: LISTENER_HOST, port: 0 });
    }
  }
  const port = await listener.listen({ host: LISTENER_HOST, port: 0 });
  writeFileAtomic(path, `${JSON.stringify({ port })}\n`);
  return port;
}

function readKeptPort(path: string): number | null {
  if (!existsSync(path)) return null;
  try {
    return portSchema.parse(JSON.parse(readFileSync(path, 'utf8'))).port;
  } catch {
    // A file that says nothing usable costs a new port, nothing else.
    return null;
  }
}
