/**
 * The one way out of a sandbox: sockets that listen inside are served from outside, each by one listener of the guard.
 * INVARIANT: what comes in at one of them goes to its own target and nowhere else, whatever the client says.
 */

import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';

/** A listener of the guard that is to be heard inside as well, under the same host and port. */
export interface Forward {
  readonly host: string;
  readonly port: number;
}

/** Listeners without repetition, in the order they came. */
export function distinctForwards(forwards: readonly Forward[]): readonly Forward[] {
  const seen = new Map(forwards.map((forward) => [`${forward.host} ${forward.port}`, forward]));
  return [...seen.values()];
}

/**
 * Serves a socket that listens inside.
 * SECURITY(P-50): the target is fixed here, outside; nothing that is sent inside chooses another.
 * @param inner the socket as it was handed out
 */
export function serveForward(inner: Server, target: Forward): Server {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    joinSockets(socket, connectTo(target));
  });
  // A client that gives up between the kernel's accept and ours is no failure of the session.
  server.on('error', () => undefined);
  server.listen(inner);
  return server;
}

function connectTo({ host, port }: Forward): Socket {
  return connect({ host, port, allowHalfOpen: true, noDelay: true });
}

/** Passes bytes both ways, waits where the reader is slower, passes each end on by itself, and fails together. */
function joinSockets(one: Socket, other: Socket): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.pipe(to);
    from.on('error', () => to.resetAndDestroy());
    from.on('close', () => {
      if (from.errored !== null || !from.readableEnded) to.destroy();
    });
  }
}
