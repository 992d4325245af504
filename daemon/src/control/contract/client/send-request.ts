/** One HTTP request over the local socket. Knows nothing of methods; a failure of the transport is unreachable. */

import type { IncomingMessage } from 'node:http';
import { ControlError } from '../../../errors.ts';
import {
  CONTROL_HOST,
  CONTROL_PATH_PREFIX,
  CONTROL_VERSION,
  CONTROL_VERSION_HEADER,
  OPERATOR_KEY_HEADER,
} from '../version.ts';

/** What identifies the caller beyond its process. */
export interface Credentials {
  /** A session's token. It takes rights away, it never adds any. */
  readonly token?: string;
  /** Stands in for a terminal when a question is answered. */
  readonly operatorKey?: string;
}

/** A request to one method. */
export interface OutgoingRequest extends Credentials {
  readonly socket: string;
  readonly method: string;
  readonly params: unknown;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Sends a request; resolves with the reply once its head is there.
 * @throws ControlError `CONTROL_UNREACHABLE` with the system's error as its cause
 */
export function sendRequest(outgoing: OutgoingRequest): Promise<IncomingMessage> {
  const body = Buffer.from(JSON.stringify(outgoing.params));
  // Importing `node:http` as a module also loads the WebSocket it offers: 40 ms that every command would wait.
  const { request: httpRequest } = process.getBuiltinModule('node:http');
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      socketPath: outgoing.socket,
      method: 'POST',
      path: `${CONTROL_PATH_PREFIX}${outgoing.method}`,
      headers: requestHeaders(outgoing, body.length),
      // A connection of its own each time: the daemon judges a caller when it connects.
      agent: false,
      ...(outgoing.signal === undefined ? {} : { signal: outgoing.signal }),
    });
    request.on('response', resolve);
    request.on('error', (cause) => {
      reject(unreachable('the daemon cannot be reached', cause));
    });
    request.end(body);
  });
}

/** The failure that everything between us and the daemon's answer ends in. */
export function unreachable(message: string, cause?: unknown): ControlError {
  return new ControlError('CONTROL_UNREACHABLE', message, {
    audience: 'user',
    help: 'agentguard daemon status',
    cause,
  });
}

function requestHeaders(outgoing: OutgoingRequest, length: number): Record<string, string> {
  return {
    host: CONTROL_HOST,
    'content-type': 'application/json',
    'content-length': String(length),
    connection: 'close',
    [CONTROL_VERSION_HEADER]: String(CONTROL_VERSION),
    ...(outgoing.token === undefined ? {} : { authorization: `Bearer ${outgoing.token}` }),
    ...(outgoing.operatorKey === undefined ? {} : { [OPERATOR_KEY_HEADER]: outgoing.operatorKey }),
  };
}
