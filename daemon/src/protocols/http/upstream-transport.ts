/**
 * Dials hosts. Beside the listener the only file of the room with sockets.
 * SECURITY(P-31): it is handed addresses that were checked, and never a name that could lead elsewhere by now.
 */

import { request } from 'node:http';
import type { ClientRequest } from 'node:http';
import { connect, isIP } from 'node:net';
import type { Socket } from 'node:net';
import type { UpstreamProblem } from './replies.ts';

/** The host could not be reached. Its cause is for the log. */
export class DialProblem extends Error {
  readonly problem: UpstreamProblem;

  constructor(problem: UpstreamProblem, cause: unknown) {
    super(`the host is ${problem}`, { cause });
    this.problem = problem;
  }
}

/** Where to dial, and how long to try. */
export interface DialOptions {
  /** Checked addresses, tried in order. */
  readonly addresses: readonly string[];
  readonly port: number;
  /** For all addresses together, in milliseconds. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Connects to the first address that answers. The socket is paused and half open: each direction ends by itself.
 * @throws DialProblem
 */
export async function dial(options: DialOptions): Promise<Socket> {
  const { addresses, port, timeoutMs } = options;
  if (addresses.length === 0) throw new DialProblem('not found', null);
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = AbortSignal.any([options.signal, timeout]);
  // The first of several gets no more than its share, so that one dead address does not use up the time of all.
  const shareMs = Math.ceil(timeoutMs / addresses.length);
  let last: unknown = null;
  for (const address of addresses) {
    if (isIP(address) === 0) throw new DialProblem('unreachable', null);
    try {
      return await connectOnce(
        address,
        port,
        AbortSignal.any([signal, AbortSignal.timeout(shareMs)]),
      );
    } catch (error) {
      last = error;
      if (signal.aborted) break;
    }
  }
  const late = timeout.aborted || (last instanceof Error && last.name === 'TimeoutError');
  throw new DialProblem(late ? 'timeout' : 'unreachable', last);
}

function connectOnce(host: string, port: number, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(toError(signal.reason));
      return;
    }
    const socket = connect({ host, port, allowHalfOpen: true, noDelay: true });
    const abort = (): void => {
      socket.destroy();
      reject(toError(signal.reason));
    };
    signal.addEventListener('abort', abort, { once: true });
    socket.once('error', reject);
    socket.once('connect', () => {
      signal.removeEventListener('abort', abort);
      socket.off('error', reject);
      // From here on its owner listens; until then an error must not end the daemon.
      socket.on('error', () => undefined);
      resolve(socket);
    });
  });
}

/** A request to be written on a connection. */
export interface OutgoingRequest {
  readonly method: string;
  readonly path: string;
  /** Names and values in turn, complete. */
  readonly fields: readonly string[];
  readonly maxHeadBytes: number;
}

/** Begins a request on a dialed connection. Node writes it, so no byte of the client's own framing travels on. */
export function beginRequest(socket: Socket, outgoing: OutgoingRequest): ClientRequest {
  return request({
    createConnection: () => socket,
    method: outgoing.method,
    path: outgoing.path,
    headers: [...outgoing.fields],
    setHost: false,
    maxHeaderSize: outgoing.maxHeadBytes,
    insecureHTTPParser: false,
  });
}

function toError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('aborted');
}
