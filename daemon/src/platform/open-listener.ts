/** Opens a server of ours on a local address. The server is handed in, so that no file here holds a socket. */

import { ListenerError } from '../errors.ts';

/** Where to listen. */
export interface ListenAddress {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
}

/** As much of a server as opening it takes. */
export interface Openable {
  once(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  off(event: 'error', listener: (error: Error) => void): unknown;
  listen(port: number, host: string, listening: () => void): unknown;
  address(): { readonly port: number } | string | null;
}

/**
 * Starts to accept.
 * @returns the port
 * @throws ListenerError `LISTENER_FAILED`
 */
export async function openListener(server: Openable, address: ListenAddress): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    const fail = (cause: Error): void => {
      const message = `the address ${address.host}:${address.port} cannot be opened`;
      reject(new ListenerError('LISTENER_FAILED', message, { cause, audience: 'user' }));
    };
    server.once('error', fail);
    server.listen(address.port, address.host, () => {
      server.off('error', fail);
      // Running out of file handles must not end the daemon; the client sees a refused connection.
      server.on('error', () => undefined);
      resolve();
    });
  });
  const bound = server.address();
  return bound !== null && typeof bound === 'object' ? bound.port : address.port;
}
