/** A server that speaks no protocol at all: it remembers what came, and does what a test says. */

import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/** A running server. */
export interface ByteServer {
  readonly port: number;
  /** Everything that came, over all connections. */
  readonly received: () => Buffer;
  readonly sockets: readonly Socket[];
  close(): Promise<void>;
}

/** Starts it. @param onConnection called with each connection, before anything is read from it */
export async function startBytes(
  onConnection: (socket: Socket) => void = () => undefined,
): Promise<ByteServer> {
  const chunks: Buffer[] = [];
  const sockets: Socket[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => chunks.push(chunk));
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    received: () => Buffer.concat(chunks),
    sockets,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
