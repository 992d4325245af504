/**
 * The listener: accepts clients, lets them in, and brings each together with the real server.
 * Beside the dialer the only file of the room with sockets. It decides nothing: whoever looks for a rule finds it in
 * `handshake.ts` and `conversation.ts`.
 */

import { randomUUID } from 'node:crypto';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import type { SecureContext } from 'node:tls';
import type { CatalogSnapshot, PrincipalFacts } from '@agentguard/rules';
import type { ConnectionFacts, Enforcement } from '../../enforcement/enforcement.ts';
import { openListener } from '../../platform/open-listener.ts';
import type { ListenAddress } from '../../platform/open-listener.ts';
import { endsOf } from '../../platform/tcp-peer.ts';
import type { TcpEnds } from '../../platform/tcp-peer.ts';
import { CancelKeys } from './cancel-keys.ts';
import type { CancelKey } from './cancel-keys.ts';
import {
  AUTHENTICATION,
  encodeAuthentication,
  encodeBackendKeyData,
  encodeParameterStatus,
  encodeReadyForQuery,
} from './encode.ts';
import { FactsReader } from './facts.ts';
import type { Analyze, FactsCounters, ToShape } from './facts.ts';
import { ClientFramer } from './frames.ts';
import type { GuardedLink, GuardedResource } from './guarded-resource.ts';
import { Handshake } from './handshake.ts';
import type { HandshakeCommand, Login, PasswordExchange } from './handshake.ts';
import { HANDSHAKE_TIMEOUT_MS, MAX_CONNECTIONS } from './limits.ts';
import { Outlet } from './outlet.ts';
import { WHOLE } from './reach.ts';
import type { Reach } from './reach.ts';
import { toCloseReply, toLoginReply } from './replies.ts';
import type { CloseReason, LoginRefusal } from './replies.ts';
import { endSoon, Talk } from './talk.ts';
import type { TalkProblem } from './talk.ts';

/** Why a session's connections end. */
export type SessionEnd = 'revoked' | 'expired' | 'stopping';

/** What a proved token opens. */
export interface OpenedSession {
  readonly principal: PrincipalFacts;
  /** Names of the resources the session may reach. */
  readonly resources: readonly string[];
  /** Tells once when the session ends; gives the way to stop listening. */
  onEnd(listener: (why: SessionEnd) => void): () => void;
}

/** Why a proved token opens nothing: `elsewhere` is a token in the hands of a process outside of its session. */
export type TokenRefusal = Extract<LoginRefusal, { readonly kind: `token ${string}` }>;

/** The tokens of this daemon. */
export interface TokenDirectory<Token> {
  makeExchange(): PasswordExchange<Token>;
  /** The session of a proved token that came over that connection, or why it opens nothing. */
  open(token: Token, ends: TcpEnds): Promise<OpenedSession | TokenRefusal>;
}

/** Certificate and key of the listener, PEM. */
export interface ListenerTls {
  readonly certificate: string;
  readonly privateKey: string;
}

/** What a listener is built from. */
export interface PostgresListenerParts<Token> {
  readonly enforcement: Enforcement;
  readonly tokens: TokenDirectory<Token>;
  readonly resource: (name: string) => GuardedResource | undefined;
  readonly analyze: Analyze;
  readonly toShape?: ToShape;
  /** How far a connection reaches now; left out where every one reaches all. */
  readonly reach?: (connection: ConnectionFacts) => Reach;
  /** Settings that tell the server who is asking. They win over the client's, but for `application_name`. */
  readonly identity?: (connection: ConnectionFacts) => ReadonlyMap<string, string>;
  /** Gives the listener's certificate when the first client asks for TLS; null offers none. */
  readonly tls?: (() => Promise<ListenerTls>) | null;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  /** Told what is for the log: an upstream that could not be reached, a socket error. */
  readonly onProblem: (problem: ListenerProblem) => void;
}

/** Something for the log. Holds no text of a client. */
export interface ListenerProblem {
  readonly what: 'upstream unreachable' | TalkProblem;
  readonly connection: string;
  readonly resource: string;
  readonly cause: unknown;
}

/** The local address that agents connect to. */
export class PostgresListener<Token> {
  readonly #server: Server;
  readonly #open = new Set<ClientConnection<Token>>();
  readonly #shared: Shared<Token>;

  constructor(parts: PostgresListenerParts<Token>) {
    this.#shared = {
      parts,
      cancelKeys: new CancelKeys(parts.now),
      readers: new Map(),
      secureContext: parts.tls == null ? null : makeOnce(parts.tls),
    };
    // Half open: a client that said all it has to say still gets the answers, as from the server itself.
    const options = { noDelay: true, allowHalfOpen: true };
    this.#server = createServer(options, (socket) => this.#accept(socket));
  }

  /**
   * Starts to accept.
   * @param address port 0 takes a free one
   * @returns the port
   * @throws ListenerError `LISTENER_FAILED`
   */
  listen(address: ListenAddress): Promise<number> {
    return openListener(this.#server, address);
  }

  /** Connections that are open now. */
  get connections(): number {
    return this.#open.size;
  }

  /** How often the facts caches answered, all resources together. */
  get counters(): FactsCounters {
    const sum: FactsCounters = { exactHits: 0, shapeHits: 0, misses: 0 };
    for (const { counters } of this.#shared.readers.values()) {
      sum.exactHits += counters.exactHits;
      sum.shapeHits += counters.shapeHits;
      sum.misses += counters.misses;
    }
    return sum;
  }

  /** Stops accepting and ends every connection: open questions are denied, clients are told. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    await Promise.all([...this.#open].map((connection) => connection.end('daemon stopping')));
    await closed;
  }

  #accept(socket: Socket): void {
    socket.on('error', () => socket.destroy());
    if (this.#open.size >= MAX_CONNECTIONS) {
      socket.end(toCloseReply('too many connections'));
      return;
    }
    const connection = new ClientConnection(this.#shared, socket);
    this.#open.add(connection);
    void connection.ended.then(() => this.#open.delete(connection));
    connection.start();
  }
}

/** What all connections of a listener have in common. */
interface Shared<Token> {
  readonly parts: PostgresListenerParts<Token>;
  readonly cancelKeys: CancelKeys;
  readonly readers: Map<string, FactsReader>;
  readonly secureContext: (() => Promise<SecureContext>) | null;
}

/** One context for all connections. Making it again after a failure is left to the next client. */
function makeOnce(make: () => Promise<ListenerTls>): () => Promise<SecureContext> {
  let made: Promise<SecureContext> | null = null;
  return () => {
    made ??= make().then(
      ({ certificate, privateKey }) => createSecureContext({ cert: certificate, key: privateKey }),
      (error: unknown) => {
        made = null;
        throw error;
      },
    );
    return made;
  };
}

/** One client, from accept to end. */
class ClientConnection<Token> {
  readonly #shared: Shared<Token>;
  readonly #id = `con-${randomUUID().replaceAll('-', '').slice(0, 16)}`;
  readonly #framer = new ClientFramer();
  readonly #handshake: Handshake<Token>;
  readonly #toClient: Outlet;
  readonly #abort = new AbortController();
  readonly #handshakeTimer: NodeJS.Timeout;
  readonly ended: Promise<void>;
  #resolveEnded: () => void = () => undefined;
  #socket: Socket;
  #phase: 'handshake' | 'connecting' | 'talking' | 'over' = 'handshake';
  #talk: Talk | null = null;
  #stopListening: () => void = () => undefined;

  constructor(shared: Shared<Token>, socket: Socket) {
    this.#shared = shared;
    this.#socket = socket;
    this.#toClient = new Outlet(socket);
    const { parts } = shared;
    this.#handshake = new Handshake<Token>({
      tls: shared.secureContext !== null,
      searchPathAllowed: (database) => parts.resource(database)?.searchPathAllowed === true,
      makeExchange: () => parts.tokens.makeExchange(),
    });
    this.#handshakeTimer = setTimeout(
      () => this.#finish('handshake timeout'),
      HANDSHAKE_TIMEOUT_MS,
    );
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
  }

  /** Begins to listen to the client. */
  start(): void {
    this.#listen(this.#socket);
  }

  /** Ends the connection with a word to the client. Resolves when both sides are closed. */
  async end(reason: CloseReason): Promise<void> {
    if (this.#talk !== null) this.#talk.end(reason);
    else this.#finish(reason);
    await this.ended;
  }

  #listen(socket: Socket): void {
    socket.on('data', this.#onData);
    socket.on('end', this.#onEnd);
    socket.on('close', this.#onGone);
    socket.on('error', this.#onGone);
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#framer.push(chunk);
    if (this.#phase === 'handshake') this.#readHandshake();
    else if (this.#phase === 'talking') this.#talk?.clientBytes();
  };

  /** The client sends nothing more. */
  readonly #onEnd = (): void => {
    if (this.#talk !== null) this.#talk.clientEnded();
    else this.#finish(null);
  };

  /** The client is not there any more. */
  readonly #onGone = (): void => {
    if (this.#talk !== null) this.#talk.clientLost();
    else this.#finish(null);
  };

  #readHandshake(): void {
    while (this.#phase === 'handshake') {
      const frame = this.#framer.next();
      if (frame === null) break;
      for (const command of this.#handshake.frame(frame, this.#framer.pending)) {
        this.#carryOut(command);
      }
    }
    this.#toClient.flush();
  }

  #carryOut(command: HandshakeCommand<Token>): void {
    switch (command.kind) {
      case 'send':
        this.#toClient.push(command.bytes);
        return;
      case 'start tls':
        void this.#startTls(command.direct);
        return;
      case 'expect messages':
        this.#framer.expectMessages();
        return;
      case 'cancel':
        this.#shared.cancelKeys.request(command.processId, command.secret);
        return;
      case 'authenticated':
        this.#phase = 'connecting';
        this.#socket.pause();
        clearTimeout(this.#handshakeTimer);
        void this.#open(command.login);
        return;
      case 'close':
        this.#finish(null);
        return;
    }
  }

  async #startTls(direct: boolean): Promise<void> {
    this.#toClient.flush();
    const plain = this.#socket;
    plain.off('data', this.#onData);
    plain.off('end', this.#onEnd);
    // A flowing socket without listener would let the bytes below run out.
    plain.pause();
    const rest = this.#framer.takeRest();
    if (rest.length > 0) plain.unshift(rest);
    const secureContext = await this.#secureContext();
    if (this.#phase === 'over') return;
    if (secureContext === null) {
      this.#finish(null);
      return;
    }
    const secure = new TLSSocket(plain, {
      isServer: true,
      secureContext,
      ALPNProtocols: ['postgresql'],
    });
    this.#socket = secure;
    this.#toClient.replace(secure);
    secure.once('secure', () => {
      // Direct TLS without ALPN could be any protocol replayed at us (protocol 55.2.10).
      if (direct && secure.alpnProtocol !== 'postgresql') this.#finish(null);
      else this.#handshake.tlsEstablished();
    });
    this.#listen(secure);
  }

  /** Null when there is none to be had. */
  async #secureContext(): Promise<SecureContext | null> {
    try {
      return (await this.#shared.secureContext?.()) ?? null;
    } catch {
      // Whatever went wrong, this client gets no encryption, and nothing unencrypted either.
      return null;
    }
  }

  async #open(login: Login<Token>): Promise<void> {
    const { parts } = this.#shared;
    const session = await parts.tokens.open(login.token, endsOf(this.#socket));
    // The client or the daemon may have gone meanwhile.
    if (this.#phase === 'over') return;
    if ('kind' in session) {
      this.#refuse(session);
      return;
    }
    const resource = session.resources.includes(login.database)
      ? parts.resource(login.database)
      : undefined;
    if (resource === undefined) {
      const reachable = session.resources;
      this.#refuse({ kind: 'resource unknown', asked: login.database, reachable });
      return;
    }
    // SECURITY(P-20): a session that ends takes its connections with it.
    this.#stopListening = session.onEnd((why) => void this.end(SESSION_END[why]));
    await this.#connect(login, session.principal, resource);
  }

  async #connect(
    login: Login<Token>,
    principal: PrincipalFacts,
    resource: GuardedResource,
  ): Promise<void> {
    const { catalog } = resource;
    catalog.retain();
    let link: GuardedLink;
    try {
      const settings = this.#settingsOf(login, principal, resource);
      link = await resource.connect(settings, this.#abort.signal);
    } catch (cause) {
      catalog.release();
      this.#problem('upstream unreachable', resource, cause);
      this.#refuse({ kind: 'upstream unreachable' });
      return;
    }
    let snapshot: CatalogSnapshot;
    try {
      snapshot = await catalog.ready();
    } catch (cause) {
      catalog.release();
      link.socket.destroy();
      this.#problem('catalog unavailable', resource, cause);
      this.#refuse({ kind: 'catalog unavailable' });
      return;
    }
    // The client, the session or the daemon may have gone meanwhile.
    if (this.#phase === 'over') {
      catalog.release();
      link.socket.destroy();
      return;
    }
    this.#talkWith(login, link, { principal, resource, rolePath: snapshot.searchPath });
  }

  /** SECURITY(P-77): a client's settings never take the place of those that say who it is. */
  #settingsOf(
    login: Login<Token>,
    principal: PrincipalFacts,
    resource: GuardedResource,
  ): ReadonlyMap<string, string> {
    const connection = { connection: this.#id, principal, resource: resource.facts };
    const identity = this.#shared.parts.identity?.(connection) ?? new Map<string, string>();
    const settings = new Map([...identity, ...login.settings]);
    for (const [name, value] of identity) if (name.includes('.')) settings.set(name, value);
    return settings;
  }

  #talkWith(
    login: Login<Token>,
    link: GuardedLink,
    who: {
      readonly principal: PrincipalFacts;
      readonly resource: GuardedResource;
      readonly rolePath: readonly string[];
    },
  ): void {
    const { resource, principal, rolePath } = who;
    const { cancelKeys, parts } = this.#shared;
    const key = cancelKeys.issue(login.protocol, () => this.#talk?.cancel());
    const connection = { connection: this.#id, principal, resource: resource.facts };
    const talk = new Talk({
      enforcement: parts.enforcement,
      now: parts.now,
      reader: this.#readerFor(resource),
      reach: () => parts.reach?.(connection) ?? WHOLE,
      rolePath,
      initialPath: login.settings.get('search_path'),
      client: this.#socket,
      framer: this.#framer,
      toClient: this.#toClient,
      onProblem: (what, cause) => this.#problem(what, resource, cause),
      onOver: () => {
        cancelKeys.forget(key);
        resource.catalog.release();
        this.#over();
      },
      connection,
      resource,
      link,
    });
    this.#talk = talk;
    this.#phase = 'talking';
    if (!isPinned(link.parameters)) {
      talk.end('unknown state');
      return;
    }
    this.#welcome(link, key);
    talk.start();
  }

  #welcome(link: GuardedLink, key: CancelKey): void {
    this.#toClient.push(encodeAuthentication(AUTHENTICATION.ok));
    for (const [name, value] of link.parameters) {
      this.#toClient.push(encodeParameterStatus(name, value));
    }
    this.#toClient.push(encodeBackendKeyData(key.processId, key.secret));
    this.#toClient.push(encodeReadyForQuery('idle'));
    this.#toClient.flush();
  }

  #readerFor(resource: GuardedResource): FactsReader {
    const { readers, parts } = this.#shared;
    const known = readers.get(resource.facts.name);
    if (known !== undefined) return known;
    const reader = new FactsReader(parts.analyze, parts.toShape);
    readers.set(resource.facts.name, reader);
    return reader;
  }

  #problem(what: ListenerProblem['what'], resource: GuardedResource, cause: unknown): void {
    const { name } = resource.facts;
    this.#shared.parts.onProblem({ what, connection: this.#id, resource: name, cause });
  }

  #refuse(refusal: LoginRefusal): void {
    if (this.#phase === 'over') return;
    this.#toClient.push(toLoginReply(refusal));
    this.#finish(null);
  }

  /** Ends a connection that has not begun to talk. */
  #finish(reason: CloseReason | null): void {
    if (this.#phase === 'over') return;
    if (reason !== null) this.#toClient.push(toCloseReply(reason));
    this.#toClient.flush();
    this.#abort.abort();
    endSoon(this.#socket);
    this.#over();
  }

  #over(): void {
    this.#phase = 'over';
    clearTimeout(this.#handshakeTimer);
    this.#stopListening();
    this.#resolveEnded();
  }
}

const SESSION_END: Readonly<Record<SessionEnd, CloseReason>> = {
  revoked: 'session revoked',
  expired: 'session expired',
  stopping: 'daemon stopping',
};

/** SECURITY(P-15): statements are read under these two settings only. */
function isPinned(parameters: ReadonlyMap<string, string>): boolean {
  return (
    parameters.get('standard_conforming_strings') === 'on' &&
    parameters.get('client_encoding')?.toUpperCase() === 'UTF8'
  );
}
