/**
 * A client and the real server talking: feeds bytes and events into the conversation, carries out its commands, and keeps both
 * sides from outrunning each other. It is handed its transports and decides nothing.
 */

import type { Duplex } from 'node:stream';
import type {
  ConnectionFacts,
  Enforcement,
  Operation,
  Ruling,
} from '../../enforcement/enforcement.ts';
import { BackendScanner } from './backend-scanner.ts';
import type { AuthorizeRequest, ConversationCommand } from './commands.ts';
import { Conversation } from './conversation.ts';
import type { FactsReader } from './facts.ts';
import type { ClientFramer } from './frames.ts';
import type { GuardedLink, GuardedResource } from './guarded-resource.ts';
import { DRAIN_TIMEOUT_MS } from './limits.ts';
import { Outlet } from './outlet.ts';
import type { Reach } from './reach.ts';
import type { CloseReason } from './replies.ts';
import type { TextRow } from './text-row.ts';

/** Something for the log that a talk came upon. */
export type TalkProblem = 'catalog unavailable' | 'cancel failed' | 'unknown state';

/** How long a transport gets to write its last bytes. */
const LAST_WORDS_MS = 2_000;

/** Lets a transport write what it holds, then closes it for good. */
export function endSoon(socket: Duplex): void {
  if (socket.destroyed) return;
  socket.resume();
  socket.end();
  const timer = setTimeout(() => socket.destroy(), LAST_WORDS_MS);
  timer.unref();
  socket.once('close', () => clearTimeout(timer));
}

/** What a talk is built from. */
export interface TalkParts {
  readonly enforcement: Enforcement;
  readonly connection: ConnectionFacts;
  readonly resource: GuardedResource;
  readonly reader: FactsReader;
  /** How far the connection reaches now. */
  readonly reach: () => Reach;
  readonly link: GuardedLink;
  readonly client: Duplex;
  readonly framer: ClientFramer;
  readonly toClient: Outlet;
  readonly rolePath: readonly string[];
  readonly initialPath: string | undefined;
  readonly now: () => number;
  readonly onProblem: (what: TalkProblem, cause: unknown) => void;
  readonly onOver: () => void;
}

/** Client and server talking: carries bytes and commands between two sockets and one conversation. */
export class Talk {
  readonly #parts: TalkParts;
  readonly #conversation: Conversation;
  readonly #scanner: BackendScanner;
  readonly #toServer: Outlet;
  /** Aborted and renewed whenever a question is withdrawn; one question is open at a time. */
  #question = new AbortController();
  /** Takes what was looked at inside of a held transaction. */
  #looked: ((rows: readonly TextRow[] | null) => void) | null = null;
  #clientPaused = false;
  #serverFull = false;
  #clientGone = false;
  #flushScheduled = false;
  #over = false;
  #drainTimer: NodeJS.Timeout | null = null;

  constructor(parts: TalkParts) {
    this.#parts = parts;
    this.#toServer = new Outlet(parts.link.socket);
    this.#conversation = new Conversation({
      facts: parts.reader,
      reach: parts.reach,
      catalog: () => parts.resource.catalog.current(),
      rolePath: parts.rolePath,
      initialPath: parts.initialPath,
      reportedPath: parts.link.parameters.get('search_path'),
      now: parts.now,
    });
    this.#scanner = new BackendScanner(this.#conversation.observer, (slice, sink) => {
      if (sink === 'hold') this.#conversation.heldBytes(slice);
      else if (!this.#clientGone) parts.toClient.push(slice);
    });
  }

  /** Lets both sides flow. */
  start(): void {
    const { socket } = this.#parts.link;
    const { client } = this.#parts;
    socket.on('data', (chunk: Buffer) => this.#serverBytes(chunk));
    socket.on('drain', () => {
      this.#serverFull = false;
      this.#resumeClient();
    });
    const lost = (): void => {
      this.#conversation.serverLost();
      this.#settle();
    };
    socket.on('error', lost);
    socket.on('end', lost);
    socket.on('close', lost);
    client.on('drain', () => socket.resume());
    socket.resume();
    // The client may have sent its first statement before it read our welcome.
    this.clientBytes();
    this.#resumeClient();
  }

  /** The framer was fed. */
  clientBytes(): void {
    const { framer } = this.#parts;
    // Read on while paused frames are few; what is left in the framer is read when the client is resumed.
    while (!this.#clientPaused) {
      const frame = framer.next();
      if (frame === null) break;
      this.#conversation.clientFrame(frame);
      this.#run();
    }
    this.#settle();
  }

  /** It sends nothing more, and may still read. */
  clientEnded(): void {
    this.#conversation.clientEnded();
    this.#settle();
  }

  clientLost(): void {
    this.#clientGone = true;
    // The answers are read for the record only.
    this.#parts.link.socket.resume();
    this.#conversation.clientLost();
    this.#settle();
  }

  cancel(): void {
    this.#conversation.cancel();
    this.#settle();
  }

  end(reason: CloseReason): void {
    this.#conversation.end(reason);
    this.#settle();
  }

  #serverBytes(chunk: Buffer): void {
    if (this.#over) return;
    const problem = this.#scanner.scan(chunk);
    if (problem === null) {
      this.#conversation.serverChunkDone();
    } else {
      if (!this.#conversation.closed) this.#parts.onProblem('unknown state', problem);
      this.#conversation.serverProblem();
    }
    this.#settle();
    if (this.#parts.toClient.full && !this.#clientGone) this.#parts.link.socket.pause();
  }

  /** Carries out what was commanded and writes what was gathered. */
  #settle(): void {
    this.#run();
    this.#flush();
  }

  #flush(): void {
    this.#toServer.flush();
    if (!this.#clientGone) this.#parts.toClient.flush();
    if (this.#toServer.full && !this.#serverFull) {
      this.#serverFull = true;
      this.#parts.client.pause();
    }
  }

  /** Writes at the end of this turn. */
  #flushSoon(): void {
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    process.nextTick(() => {
      this.#flushScheduled = false;
      this.#flush();
    });
  }

  #run(): void {
    for (;;) {
      const commands = this.#conversation.takeCommands();
      if (commands.length === 0) return;
      for (const command of commands) this.#carryOut(command);
    }
  }

  #carryOut(command: ConversationCommand): void {
    switch (command.kind) {
      case 'upstream':
        this.#toServer.push(command.bytes);
        return;
      case 'downstream':
        // In the middle of a server's message ours would be taken for a part of it.
        if (this.#scanner.atBoundary && !this.#clientGone) this.#parts.toClient.push(command.bytes);
        return;
      case 'authorize':
        this.#authorize(command.request);
        return;
      case 'refuse':
        this.#refuse(command.id, command.what, command.reason);
        return;
      case 'judge':
        this.#judge(command);
        return;
      case 'looked':
        this.#looked?.(command.rows);
        return;
      case 'go on':
        this.#rule(command.id, command.run.afterRollback(this.#question.signal));
        return;
      case 'withdraw':
        this.#question.abort();
        this.#question = new AbortController();
        return;
      case 'await catalog':
        this.#awaitCatalog();
        return;
      case 'catalog changed':
        this.#parts.resource.catalog.markStale();
        return;
      case 'cancel upstream':
        this.#parts.link.cancel().catch((cause: unknown) => {
          this.#parts.onProblem('cancel failed', cause);
        });
        return;
      case 'pause client':
        this.#clientPaused = true;
        this.#parts.client.pause();
        return;
      case 'resume client':
        this.#clientPaused = false;
        this.#resumeClient();
        return;
      case 'drain':
        this.#drain();
        return;
      case 'close':
        this.#close(command.reason === 'client left');
        return;
    }
  }

  #authorize(request: AuthorizeRequest): void {
    const { id, text, facts, inTransaction, holdable, reread, rewriting } = request;
    const operation: Operation = {
      connection: this.#parts.connection,
      text,
      action: { protocol: 'postgres', sql: facts },
      inTransaction,
      ...(rewriting === null ? {} : { rewriting }),
      holdable,
      reread: () => ({ protocol: 'postgres', sql: reread() }),
    };
    this.#rule(id, this.#parts.enforcement.authorize(operation, this.#question.signal));
  }

  #rule(id: number, ruled: Promise<Ruling>): void {
    ruled.then(
      (ruling) => {
        this.#conversation.ruled(id, ruling);
        this.#run();
        // In a pipeline the next ruling mostly comes in the same turn, and what it lets through is written together.
        if (this.#conversation.waiting) this.#flushSoon();
        else this.#flush();
      },
      () => this.#rulingFailed(),
    );
  }

  /** Lets a held run be judged, and reads inside of its transaction for whoever does. */
  #judge({ id, run, result }: ConversationCommand & { readonly kind: 'judge' }): void {
    const look = (sql: string): Promise<readonly TextRow[] | null> => {
      return new Promise((resolve) => {
        this.#looked = resolve;
        this.#conversation.look(id, sql);
        this.#settle();
      });
    };
    run.judge(result, look).then(
      (verdict) => {
        this.#conversation.judged(id, verdict);
        this.#settle();
      },
      () => this.#rulingFailed(),
    );
  }

  #refuse(id: number, what: string, reason: string): void {
    this.#parts.enforcement.refuse(this.#parts.connection, what, reason).then(
      (denial) => {
        this.#conversation.ruled(id, { kind: 'denial', denial });
        this.#settle();
      },
      () => this.#rulingFailed(),
    );
  }

  /** SECURITY(P-06): without a record nothing passes. */
  #rulingFailed(): void {
    this.#conversation.rulingFailed();
    this.#settle();
  }

  #awaitCatalog(): void {
    this.#parts.resource.catalog.ready().then(
      () => {
        this.#conversation.catalogReady(true);
        this.#settle();
      },
      (cause: unknown) => {
        this.#parts.onProblem('catalog unavailable', cause);
        this.#conversation.catalogReady(false);
        this.#settle();
      },
    );
  }

  #resumeClient(): void {
    if (this.#clientPaused || this.#serverFull || this.#clientGone || this.#over) return;
    // What the framer still holds comes before what the socket still holds.
    process.nextTick(() => {
      if (this.#clientPaused || this.#over) return;
      this.clientBytes();
      if (!this.#isHeldBack()) this.#parts.client.resume();
    });
  }

  #isHeldBack(): boolean {
    return this.#clientPaused || this.#serverFull;
  }

  /** Only the answers to what was sent are waited for. */
  #drain(): void {
    this.#drainTimer = setTimeout(() => {
      this.#conversation.drainTimeout();
      this.#settle();
    }, DRAIN_TIMEOUT_MS);
  }

  #close(gently: boolean): void {
    if (this.#over) return;
    this.#over = true;
    if (this.#drainTimer !== null) clearTimeout(this.#drainTimer);
    this.#toServer.flush();
    this.#parts.toClient.flush();
    endSoon(this.#parts.client);
    const { socket } = this.#parts.link;
    if (gently) endSoon(socket);
    else socket.destroy();
    this.#parts.onOver();
  }
}
