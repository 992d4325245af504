/**
 * The listener that relays connect to, and the processes of servers: the only file of the room with sockets and children.
 * It moves bytes and carries out what the conversation says; it decides nothing.
 */

import { randomBytes, randomUUID } from 'node:crypto';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import type { Enforcement, Permit, Ruling } from '../../enforcement/enforcement.ts';
import { openListener } from '../../platform/open-listener.ts';
import type { ListenAddress } from '../../platform/open-listener.ts';
import { startServer } from '../../platform/start-server.ts';
import { endsOf } from '../../platform/tcp-peer.ts';
import type { TcpEnds } from '../../platform/tcp-peer.ts';
import { Conversation } from './conversation.ts';
import type { ConversationCommand, ConversationEvent } from './conversation.ts';
import { frameLine, LineCodec } from './frames.ts';
import type { OpenedServer, ServerDirectory } from './guarded-server.ts';
import { readGreeting } from './handshake.ts';
import type { Greeting, Welcome } from './handshake.ts';
import {
  BUDGET_MARGIN_MS,
  END_GRACE_MS,
  GREETING_TIMEOUT_MS,
  HIGH_WATER_BYTES,
  MAX_CONNECTIONS,
  MAX_GREETING_BYTES,
} from './limits.ts';

/** What the listener is built from. */
export interface McpListenerParts {
  readonly enforcement: Enforcement;
  readonly servers: ServerDirectory;
  /** The session of a live token, presented by a process of that session; null for every other. */
  readonly session: (token: string, ends: TcpEnds) => Promise<string | null>;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  readonly onStranger: (what: string) => void;
  /** Told what is for the log. Holds no text of either side. */
  readonly onProblem: (what: string, cause: unknown) => void;
}

/** The way to a server: a process of ours, or the second connection of a relay. */
interface ServerEnd {
  readonly input: Writable;
  readonly output: Readable;
  /** Ends it: its input first, then by force. */
  end(): void;
}

/** The listener and its conversations. */
export class McpListener {
  readonly #parts: McpListenerParts;
  readonly #server: Server;
  readonly #running = new Map<string, RunningConversation>();
  readonly #sockets = new Set<Socket>();

  constructor(parts: McpListenerParts) {
    this.#parts = parts;
    this.#server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      this.#accept(socket).catch((error: unknown) => {
        this.#parts.onProblem('a relay could not be served', error);
        socket.destroy();
      });
    });
    this.#server.maxConnections = MAX_CONNECTIONS;
  }

  /**
   * Starts to accept.
   * @returns the port
   * @throws ListenerError `LISTENER_FAILED`
   */
  listen(address: ListenAddress): Promise<number> {
    return openListener(this.#server, address);
  }

  /** What may be seen or called changed: clients are told to ask anew. */
  scopeChanged(server: string): void {
    for (const running of this.#running.values()) {
      if (running.name === server) running.handle({ kind: 'scope changed' });
    }
  }

  /** Ends every conversation with a server, or every one. */
  end(server?: string): void {
    for (const running of this.#running.values()) {
      if (server === undefined || running.name === server) running.end();
    }
  }

  /** Stops accepting and ends everything, children included. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    const ended = [...this.#running.values()].map((running) => running.ended);
    this.end();
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all([closed, ...ended]);
  }

  async #accept(socket: Socket): Promise<void> {
    socket.on('error', () => socket.destroy());
    const line = await readFirstLine(socket);
    const greeting = line === null ? null : readGreeting(line.first);
    if (line === null || greeting === null) {
      this.#parts.onStranger('a client of the MCP listener is no relay');
      socket.destroy();
      return;
    }
    const session = await this.#parts.session(greeting.token, endsOf(socket));
    if (session === null) {
      this.#parts.onStranger('the token is not that of a running session');
      const problem = 'the token is not that of a running session';
      refuse(socket, { problem, help: 'start the agent with: agentguard run -- COMMAND' });
      return;
    }
    if (line.rest.length > 0) socket.unshift(line.rest);
    if (greeting.kind === 'describe') await this.#describe(socket, greeting.resource, session);
    else if (greeting.kind === 'server') this.#attach(socket, greeting, session);
    else await this.#open(socket, greeting, session);
  }

  async #open(
    socket: Socket,
    greeting: Greeting & { kind: 'client' },
    session: string,
  ): Promise<void> {
    const opened = await this.#parts.servers.open(session, greeting.argv);
    if (!('server' in opened)) {
      refuse(socket, opened);
      return;
    }
    const id = `mcp-${randomUUID().slice(0, 12)}`;
    const { place } = opened;
    const running = new RunningConversation(socket, { ...this.#parts, opened, id, owner: session });
    this.#running.set(id, running);
    void running.ended.then(() => this.#running.delete(id));
    if (place.kind === 'here') {
      const { program, args, cwd } = place;
      const child = startServer({ program, args, cwd, env: await place.env() });
      child.onFailure(() => running.handle({ kind: 'gone', side: 'server' }));
      running.attach(child);
    }
    const start = place.kind === 'beside' ? place.start : null;
    welcome(socket, { ok: true, conversation: id, start });
    running.start();
  }

  async #describe(socket: Socket, resource: string, session: string): Promise<void> {
    const described = await this.#parts.servers.describe(session, resource);
    if ('problem' in described) refuse(socket, described);
    else socket.end(`${JSON.stringify(described)}\n`);
  }

  #attach(socket: Socket, greeting: Greeting & { kind: 'server' }, session: string): void {
    const running = this.#running.get(greeting.conversation);
    if (running?.takesServer(session) !== true) {
      refuse(socket, { problem: 'there is no such conversation', help: 'agentguard status' });
      return;
    }
    welcome(socket, { ok: true, conversation: greeting.conversation, start: null });
    running.attach({
      input: socket,
      output: socket,
      end: () => {
        socket.end();
        setTimeout(() => socket.destroy(), 2 * END_GRACE_MS).unref();
      },
    });
  }
}

interface RunningParts extends McpListenerParts {
  readonly opened: OpenedServer;
  readonly id: string;
  /** The session that it belongs to. */
  readonly owner: string;
}

/** A conversation with its ends. */
class RunningConversation {
  readonly #parts: RunningParts;
  readonly #client: Socket;
  readonly #conversation: Conversation;
  readonly #asked = new Map<number, AbortController>();
  readonly #permits = new Map<number, Permit>();
  readonly #early: Uint8Array[] = [];
  readonly #timer: NodeJS.Timeout;
  readonly #stopListening: () => void;
  readonly #ended = Promise.withResolvers<undefined>();
  #server: ServerEnd | null = null;
  #over = false;

  constructor(client: Socket, parts: RunningParts) {
    this.#client = client;
    this.#parts = parts;
    const { opened, id } = parts;
    const secret = randomBytes(9).toString('base64url');
    this.#conversation = new Conversation({ server: opened.server, id, secret });
    this.#timer = setInterval(() => this.handle({ kind: 'tick' }), 1000);
    this.#timer.unref();
    // SECURITY(P-20): an ended session takes its servers with it.
    this.#stopListening = opened.onEnd(() => this.end());
  }

  get name(): string {
    return this.#parts.opened.server.name;
  }

  /** Resolves when both ends are gone. */
  get ended(): Promise<undefined> {
    return this.#ended.promise;
  }

  /** Begins to read from the client. */
  start(): void {
    const codec = new LineCodec();
    this.#client.on('data', (chunk: Buffer) => {
      for (const frame of codec.push(chunk)) this.handle({ kind: 'client', frame });
    });
    this.#client.on('end', () => {
      for (const frame of codec.end()) this.handle({ kind: 'client', frame });
      this.#gone('client');
    });
    this.#client.on('close', () => this.#gone('client'));
    // It was paused behind its first line.
    this.#client.resume();
  }

  /** Whether a relay of this session may bring the server now. */
  takesServer(session: string): boolean {
    return (
      this.#server === null &&
      !this.#over &&
      session === this.#parts.owner &&
      this.#parts.opened.place.kind === 'beside'
    );
  }

  attach(server: ServerEnd): void {
    this.#server = server;
    const codec = new LineCodec();
    server.output.on('data', (chunk: Buffer) => {
      for (const frame of codec.push(chunk)) this.handle({ kind: 'server', frame });
    });
    const gone = (): void => {
      for (const frame of codec.end()) this.handle({ kind: 'server', frame });
      this.#gone('server');
    };
    server.output.on('end', gone);
    server.output.on('close', gone);
    server.output.on('error', gone);
    server.input.on('error', gone);
    server.output.resume();
    for (const message of this.#early.splice(0)) this.#toServer(message);
    if (this.#over) server.end();
  }

  handle(event: ConversationEvent): void {
    if (this.#over && event.kind !== 'ruled') return;
    for (const command of this.#conversation.handle(event, this.#parts.now()))
      this.#carryOut(command);
  }

  /** Ends both sides. */
  end(): void {
    this.#gone('client');
  }

  #carryOut(command: ConversationCommand): void {
    switch (command.kind) {
      case 'to client':
        if (this.#client.writable)
          pauseWhileFull(this.#client, frameLine(command.message), this.#server?.output);
        return;
      case 'to server':
        this.#toServer(command.message);
        return;
      case 'authorize':
        this.#authorize(command);
        return;
      case 'withdraw':
        this.#asked.get(command.key)?.abort();
        return;
      case 'finish':
        this.#permits.get(command.key)?.finish(command.outcome);
        this.#permits.delete(command.key);
        return;
      case 'record':
        this.#parts.opened.record(command.name, command.details);
        return;
      case 'taint':
        this.#parts.opened.taint();
    }
  }

  #toServer(message: Uint8Array): void {
    if (this.#server === null) this.#early.push(message);
    else if (this.#server.input.writable)
      pauseWhileFull(this.#server.input, frameLine(message), this.#client);
  }

  #authorize({ key, operation }: ConversationCommand & { kind: 'authorize' }): void {
    const asked = new AbortController();
    this.#asked.set(key, asked);
    const waitAtMostMs = Math.max(0, this.#parts.opened.server.clientBudgetMs - BUDGET_MARGIN_MS);
    const held = {
      ...operation,
      waitAtMostMs,
      onQuestion: (approval: string) => this.handle({ kind: 'asked', key, approval }),
    };
    this.#parts.enforcement.authorize(held, asked.signal).then(
      (ruling) => this.#ruled(key, ruling),
      (error: unknown) => {
        // SECURITY(P-06): what cannot be recorded is not done, and nothing more passes here.
        this.#parts.onProblem('a call could not be decided', error);
        this.end();
      },
    );
  }

  #ruled(key: number, ruling: Ruling): void {
    this.#asked.delete(key);
    if (ruling.kind === 'permit') this.#permits.set(key, ruling.permit);
    this.handle({ kind: 'ruled', key, denial: ruling.kind === 'denial' ? ruling.denial : null });
  }

  #gone(side: 'client' | 'server'): void {
    if (this.#over) return;
    this.handle({ kind: 'gone', side });
    this.#over = true;
    clearInterval(this.#timer);
    this.#stopListening();
    for (const asked of this.#asked.values()) asked.abort();
    this.#server?.end();
    this.#client.end();
    setTimeout(() => this.#client.destroy(), END_GRACE_MS).unref();
    this.#ended.resolve(undefined);
  }
}

/** Writes, and stops the other side's reading until a slow reader has caught up. */
function pauseWhileFull(to: Writable, bytes: Uint8Array, from: Readable | undefined): void {
  to.write(bytes);
  if (from === undefined || to.writableLength < HIGH_WATER_BYTES || from.isPaused()) return;
  from.pause();
  const goOn = (): void => {
    from.resume();
  };
  to.once('drain', goOn);
  to.once('close', goOn);
}

function welcome(socket: Socket, words: Welcome): void {
  socket.write(`${JSON.stringify(words)}\n`);
}

function refuse(
  socket: Socket,
  { problem, help }: { readonly problem: string; readonly help: string },
): void {
  const words: Welcome = { ok: false, problem, help };
  socket.end(`${JSON.stringify(words)}\n`);
  setTimeout(() => socket.destroy(), END_GRACE_MS).unref();
}

/** The first line and what came behind it; null when none comes in time or within its bound. */
function readFirstLine(
  socket: Socket,
): Promise<{ readonly first: Buffer; readonly rest: Buffer } | null> {
  return new Promise((resolve) => {
    let read = Buffer.alloc(0);
    const done = (result: { first: Buffer; rest: Buffer } | null): void => {
      clearTimeout(timer);
      socket.off('data', take);
      socket.off('close', leave);
      socket.pause();
      resolve(result);
    };
    const leave = (): void => done(null);
    const take = (chunk: Buffer): void => {
      read = Buffer.concat([read, chunk]);
      const end = read.indexOf(0x0a);
      if (end >= 0) done({ first: read.subarray(0, end), rest: read.subarray(end + 1) });
      else if (read.length > MAX_GREETING_BYTES) done(null);
    };
    const timer = setTimeout(leave, GREETING_TIMEOUT_MS);
    socket.on('data', take);
    socket.once('close', leave);
  });
}
