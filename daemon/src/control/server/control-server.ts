/**
 * The listening side of the control socket: plumbing from a connection to a handler and back.
 * Who may do what is decided in authorize.ts, what a request must look like in request-head.ts.
 */

import { chmodSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { dirname } from 'node:path';
import { ensureOwnerFolder } from '../../platform/owner-only.ts';
import { CALLS, isCallName, methodShape, STREAMS } from '../contract/methods.ts';
import type { CallName, CallResult } from '../contract/methods.ts';
import type { Actor, CallContext, Caller } from './actor.ts';
import { authorize, describeRights } from './authorize.ts';
import type { AuthorizeParts } from './authorize.ts';
import { identifyCaller, isStillThere } from './caller.ts';
import type { ControlHandlers } from './handlers.ts';
import { CONTROL_LIMITS } from './limits.ts';
import type { ControlLimits } from './limits.ts';
import { createOperatorKey } from './operator-key.ts';
import { readParams } from './read-body.ts';
import { sendRefusal, sendResult, toRefusal } from './reply.ts';
import { judgeHead } from './request-head.ts';
import type { Refusal, RequestHead } from './request-head.ts';
import { sendStream } from './send-stream.ts';

/** Everything a control server is built from. */
export interface ControlServerParts extends AuthorizeParts {
  /** Path of the socket; its folder is made and verified. On Windows the name of a pipe. */
  readonly socket: string;
  readonly handlers: ControlHandlers;
  /** Told when there is a new operator key: worth a line on the record. */
  readonly onOperatorKeyCreated: (caller: Caller) => void;
  /** Told of failures that are for the log. */
  readonly onFailure: (method: string, error: unknown) => void;
  /** Default CONTROL_LIMITS. */
  readonly limits?: Partial<ControlLimits>;
}

/** A listening server. */
export interface ControlServer {
  /** Stops listening, ends streams, waits a moment for replies under way, removes the socket. */
  close(): Promise<void>;
}

/**
 * Starts listening. The caller holds the lock of the single instance, so a socket that is in the way is a dead one's.
 * @throws PlatformError when the folder is not ours alone; the operating system's error when it cannot listen
 */
export async function startControlServer(parts: ControlServerParts): Promise<ControlServer> {
  const control = new Control(parts);
  await control.listen();
  return control;
}

class Control implements ControlServer {
  readonly #parts: ControlServerParts;
  readonly #limits: ControlLimits;
  readonly #server: Server;
  readonly #callers = new WeakMap<Socket, Caller | null>();
  readonly #connections = new Set<Socket>();
  readonly #stop = new AbortController();

  constructor(parts: ControlServerParts) {
    this.#parts = parts;
    this.#limits = { ...CONTROL_LIMITS, ...parts.limits };
    this.#server = createServer(
      {
        maxHeaderSize: this.#limits.maxHeadBytes,
        headersTimeout: this.#limits.headTimeoutMs,
        requestTimeout: this.#limits.requestTimeoutMs,
        keepAliveTimeout: this.#limits.idleTimeoutMs,
        // How often the two time-outs above are looked at.
        connectionsCheckingInterval: Math.min(1000, this.#limits.headTimeoutMs),
        // Judged by ourselves, with the reply that carries the version.
        requireHostHeader: false,
      },
      (request, response) => void this.#serve(request, response),
    );
    this.#server.on('connection', (socket: Socket) => {
      this.#accept(socket);
    });
  }

  async listen(): Promise<void> {
    const { socket } = this.#parts;
    const pipe = process.platform === 'win32';
    if (!pipe) {
      ensureOwnerFolder(dirname(socket));
      rmSync(socket, { force: true });
    }
    // SECURITY(P-13): the mask holds from the first moment; the mode set afterwards is the same and says so to a reader.
    const mask = process.umask(0o177);
    try {
      await listenOn(this.#server, socket);
    } finally {
      process.umask(mask);
    }
    if (!pipe) chmodSync(socket, 0o600);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
    this.#server.closeIdleConnections();
    const late = setTimeout(() => {
      this.#server.closeAllConnections();
    }, this.#limits.closeTimeoutMs);
    await closed;
    clearTimeout(late);
  }

  #accept(socket: Socket): void {
    this.#connections.add(socket);
    socket.on('close', () => this.#connections.delete(socket));
    this.#callers.set(socket, identifyCaller(socket));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const entered = this.#enter(request);
      if ('refusal' in entered) {
        sendRefusal(response, entered.refusal);
        return;
      }
      await this.#answer(entered, request, response);
    } catch (error) {
      if (!request.destroyed || request.complete) this.#parts.onFailure('control', error);
      sendRefusal(response, toRefusal(error));
    }
  }

  /** Everything that is judged before the body is read. */
  #enter(
    request: IncomingMessage,
  ): { readonly head: RequestHead; readonly actor: Actor } | { readonly refusal: Refusal } {
    if (this.#connections.size > this.#limits.maxConnections) return { refusal: TOO_MANY };
    const { method, url, rawHeaders } = request;
    const judged = judgeHead({ verb: method, url, rawHeaders });
    if (!judged.ok) return judged;
    const caller = this.#callers.get(request.socket) ?? null;
    if (caller === null || !isStillThere(caller)) return { refusal: NOBODY };
    const authorized = authorize(judged.head, caller, this.#parts);
    return authorized.ok ? { head: judged.head, actor: authorized.actor } : authorized;
  }

  async #answer(
    entered: { readonly head: RequestHead; readonly actor: Actor },
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const { method } = entered.head;
    const { params: schema } = methodShape(method);
    const body = await readParams(request, schema, this.#limits.maxBodyBytes);
    if (!body.ok) {
      sendRefusal(response, body.refusal);
      return;
    }
    const foreign = refuseForeignSession(entered.actor, body.params);
    if (foreign !== null) {
      sendRefusal(response, foreign);
      return;
    }
    const context = { actor: entered.actor, signal: this.#signalOf(response) };
    if (isCallName(method)) {
      await this.#call(method, { params: body.params, context }, response);
      return;
    }
    const handler = unsafeStreamHandler(this.#parts.handlers.streams[method]);
    await sendStream(response, handler(body.params, context), {
      schema: STREAMS[method].event,
      beatMs: this.#limits.beatMs,
      signal: context.signal,
      onFailure: (error) => {
        this.#parts.onFailure(method, error);
      },
    });
  }

  async #call(
    method: CallName,
    call: { readonly params: unknown; readonly context: CallContext },
    response: ServerResponse,
  ): Promise<void> {
    try {
      const result = await this.#resultOf(method, call);
      // Fields that the table does not name never leave, whatever a handler put into its result.
      sendResult(response, CALLS[method].result.parse(result));
    } catch (error) {
      const refusal = toRefusal(error);
      if (refusal.status >= 500) this.#parts.onFailure(method, error);
      sendRefusal(response, refusal);
    }
  }

  async #resultOf(
    method: CallName,
    call: { readonly params: unknown; readonly context: CallContext },
  ): Promise<unknown> {
    switch (method) {
      case 'whoami':
        return this.#whoami(call.context.actor);
      case 'operator-key.create':
        return this.#createOperatorKey(call.context.actor);
      default:
        return unsafeCallHandler(this.#parts.handlers.calls[method])(call.params, call.context);
    }
  }

  #createOperatorKey({ caller }: Actor): CallResult<'operator-key.create'> {
    const file = this.#parts.operatorKeyFile;
    ensureOwnerFolder(dirname(file));
    createOperatorKey(file);
    this.#parts.onOperatorKeyCreated(caller);
    return { file };
  }

  #whoami(actor: Actor): CallResult<'whoami'> {
    const { rights, withheld } = describeRights(actor, this.#parts);
    return {
      kind: actor.kind,
      person: this.#parts.person,
      session: actor.kind === 'session' ? actor.session : null,
      pid: actor.caller.pid,
      rights,
      withheld,
    };
  }

  /** Aborted when the caller goes before its reply is whole, or when the server stops. */
  #signalOf(response: ServerResponse): AbortSignal {
    const gone = new AbortController();
    response.on('close', () => {
      gone.abort();
    });
    return AbortSignal.any([gone.signal, this.#stop.signal]);
  }
}

const TOO_MANY: Refusal = {
  status: 503,
  code: 'CONTROL_REFUSED',
  message: 'too many connections to the control socket',
  help: 'agentguard status',
};

const NOBODY: Refusal = {
  status: 403,
  code: 'CONTROL_FORBIDDEN',
  message: 'it cannot be told which process of this account is calling',
  help: null,
};

/** A session's token opens that session and no other. */
function refuseForeignSession(actor: Actor, params: unknown): Refusal | null {
  if (actor.kind === 'person' || typeof params !== 'object' || params === null) return null;
  if (!('session' in params) || params.session === actor.session) return null;
  const message = 'a token opens its own session only';
  return { status: 403, code: 'CONTROL_FORBIDDEN', message, help: null };
}

/** The table types each handler by its name; here the name is any of them, and its own schema has parsed. */
function unsafeCallHandler(
  handler: unknown,
): (params: unknown, context: CallContext) => Promise<unknown> {
  return handler as (params: unknown, context: CallContext) => Promise<unknown>;
}

/** As above, of a stream. */
function unsafeStreamHandler(
  handler: unknown,
): (params: unknown, context: CallContext) => AsyncIterable<unknown> {
  return handler as (params: unknown, context: CallContext) => AsyncIterable<unknown>;
}

function listenOn(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
}
