/** Web servers of the tests: HTTPS with a certificate of a test authority, and HTTP. They remember what reached them. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createPlain } from 'node:http';
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import { createServer as createTls } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeTestTls } from '../../servers/certificates.ts';

/** A running server. */
export interface WebServer {
  readonly port: number;
  /** Certificate of the authority; an empty text for HTTP. */
  readonly caFile: string;
  /** `GET /path`, in the order they came. */
  readonly requests: readonly string[];
  /** TCP connections that were made to it. */
  readonly connections: () => number;
  close(): Promise<void>;
}

/** Starts HTTPS for these names. `answer` replaces the plain `hello from HOST`. */
export async function startHttps(
  names: readonly string[],
  answer?: RequestListener,
): Promise<WebServer> {
  const folder = mkdtempSync(join(tmpdir(), 'ag-web-'));
  const tls = await makeTestTls(folder, { names });
  const certificate = {
    cert: readFileSync(tls.serverCertFile),
    key: readFileSync(tls.serverKeyFile),
  };
  const started = await start((listener) => createTls(certificate, listener), answer);
  return {
    ...started,
    caFile: tls.caFile,
    close: async () => {
      await started.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Starts HTTP without TLS. */
export async function startHttp(answer?: RequestListener): Promise<WebServer> {
  return { ...(await start((listener) => createPlain(listener), answer)), caFile: '' };
}

async function start(
  make: (listener: RequestListener) => Server,
  answer: RequestListener = greet,
): Promise<Omit<WebServer, 'caFile'>> {
  const requests: string[] = [];
  let connections = 0;
  const server = make((request, response) => {
    requests.push(`${request.method ?? ''} ${request.url ?? ''}`);
    answer(request, response);
  });
  server.on('connection', () => (connections += 1));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    connections: () => connections,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const greet: RequestListener = (request: IncomingMessage, response) => {
  request.resume();
  request.on('end', () => response.end(`hello from ${request.headers.host ?? 'nowhere'}`));
};
