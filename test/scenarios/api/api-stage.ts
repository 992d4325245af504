/**
 * An API behind the guard: a server of its own with TLS, HTTP/1.1 and HTTP/2, that keeps what it was sent and answers as it is
 * told, and a guard that holds its credential.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createSecureServer } from 'node:http2';
import type { Http2SecureServer, Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeTestTls } from '../../servers/certificates.ts';
import { startGuard } from '../../servers/guard.ts';
import type { Guard, Printed } from '../../servers/guard.ts';

/** The real credential. It must be seen nowhere but at the server. */
export const API_CANARY = 'ghp_' + 'Canary0b1C2d3E4f5G6h7I8j9K0l1M2n3O4p';

/** An address of this machine that no list of exceptions from the proxy names. */
export const API_HOST = '127.0.0.2';

/** What the server was sent. */
export interface SeenRequest {
  readonly version: string;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Buffer;
}

/** How the server answers. The content was read before, unless the path begins with `/early`. */
export type Answerer = (
  request: SeenRequest,
  response: Http2ServerResponse,
  raw: Http2ServerRequest,
) => void;

/** The machine. */
export interface ApiStage {
  readonly guard: Guard;
  readonly port: number;
  readonly url: string;
  readonly caFile: string;
  readonly seen: readonly SeenRequest[];
  answer: Answerer;
  /** Runs a command guarded, without a sandbox unless it is said. */
  run(args: readonly string[], options?: RunApiOptions): Promise<Printed>;
  stop(): Promise<void>;
}

export interface RunApiOptions {
  readonly sandbox?: 'require' | 'off';
  readonly askTimeout?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly onOutput?: (text: string) => void;
}

export interface ApiStageOptions {
  readonly packs?: readonly string[];
  readonly environment?: string;
  /** Speak HTTP/1.1 only. */
  readonly http1?: boolean;
  readonly policy?: string;
}

/** Starts it. */
export async function startApiStage(options: ApiStageOptions = {}): Promise<ApiStage> {
  const folder = mkdtempSync(join(tmpdir(), 'ag-api-'));
  // Below the real home, since a sandbox hides the temporary folder as a whole.
  const workspace = mkdtempSync(join(homedir(), '.agentguard-api-test-'));
  const tls = await makeTestTls(folder, { names: [API_HOST] });
  const seen: SeenRequest[] = [];
  const state: { answer: Answerer } = { answer: ok };
  const server = await startServer(
    {
      cert: readFileSync(tls.serverCertFile, 'utf8'),
      key: readFileSync(tls.serverKeyFile, 'utf8'),
      http1: options.http1 === true,
    },
    seen,
    state,
  );
  const { port } = server.address() as AddressInfo;
  const { policy } = options;
  const guard = await startGuard({ resources: [], ...(policy === undefined ? {} : { policy }) });
  const packs = (options.packs ?? []).flatMap((pack) => ['--pack', pack]);
  const added = await guard.cli(
    [
      ...['resource', 'add', 'api', '--kind', 'http', '--host', `${API_HOST}:${port}`, ...packs],
      ...['--environment', options.environment ?? 'production', '--ca', tls.caFile],
      ...['--variable', 'API_TOKEN', '--header', 'X-Api-Key', '--query', 'access_token'],
    ],
    `${API_CANARY}\n`,
  );
  if (added.code !== 0) throw new Error(added.stderr);
  const stage: ApiStage = {
    guard,
    port,
    url: `https://${API_HOST}:${port}`,
    caFile: tls.caFile,
    seen,
    get answer() {
      return state.answer;
    },
    set answer(answer) {
      state.answer = answer;
    },
    run: (args, given = {}) => runGuarded({ guard, workspace }, args, given),
    stop: async () => {
      await guard.stop();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const session of sessions) session.destroy();
        setTimeout(resolve, 500).unref();
      });
      for (const one of [folder, workspace]) {
        rmSync(one, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
      }
    },
  };
  const sessions = new Set<{ destroy(): void }>();
  server.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
  });
  return stage;
}

const ok: Answerer = (_request, response) => {
  response.setHeader('content-type', 'application/json');
  response.end('{"ok":true}');
};

interface ServerKeys {
  readonly cert: string;
  readonly key: string;
  readonly http1: boolean;
}

async function startServer(
  { cert, key, http1 }: ServerKeys,
  seen: SeenRequest[],
  state: { readonly answer: Answerer },
): Promise<Http2SecureServer> {
  const server = createSecureServer({
    cert,
    key,
    allowHTTP1: true,
    ...(http1 ? { ALPNProtocols: ['http/1.1'] } : {}),
  });
  server.on('request', (request, response) => {
    const { httpVersion, method, url, headers } = request;
    const toSeen = (body: Buffer): SeenRequest => ({
      ...{ version: httpVersion, method, url, headers, body },
    });
    if (url.startsWith('/early')) {
      const one = toSeen(Buffer.alloc(0));
      seen.push(one);
      state.answer(one, response, request);
      return;
    }
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const one = toSeen(Buffer.concat(chunks));
      seen.push(one);
      state.answer(one, response, request);
    });
  });
  server.on('sessionError', () => undefined);
  // On every address, so that a name which its certificate does not have leads to it too.
  server.listen(0, '0.0.0.0');
  await once(server, 'listening');
  return server;
}

async function runGuarded(
  { guard, workspace }: { readonly guard: Guard; readonly workspace: string },
  args: readonly string[],
  options: RunApiOptions,
): Promise<Printed> {
  const [program, entry] = guard.command;
  const asking = options.askTimeout === undefined ? [] : ['--ask-timeout', options.askTimeout];
  const sandbox = ['--sandbox', options.sandbox ?? 'off'];
  const child = spawn(program, [entry, 'run', ...sandbox, ...asking, '--', ...args], {
    cwd: workspace,
    env: {
      PATH: process.env['PATH'],
      HOME: guard.home,
      LANG: 'C.UTF-8',
      AGENTGUARD_HOME: guard.home,
      ...options.env,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    options.onOutput?.(text);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.stdin ?? '');
  const [code] = (await once(child, 'close')) as [number | null];
  return { code: code ?? -1, stdout, stderr };
}
