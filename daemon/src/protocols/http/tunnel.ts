/**
 * Carries out what a tunnel's conversation says, over two streams that it is handed. It opens nothing and decides
 * nothing; whoever looks for a rule finds it in `conversation.ts`.
 */

import type { Duplex } from 'node:stream';
import type { Permit } from '../../enforcement/enforcement.ts';
import type { TunnelCommand, TunnelConversation, TunnelEnd } from './conversation.ts';
import { HELLO_TIMEOUT_MS, IDLE_TIMEOUT_MS, LINGER_MS } from './limits.ts';
import { toOutcome } from './outcomes.ts';
import { TLS_REFUSAL, toReplyBytes, toUpstreamReply, TUNNEL_OPEN } from './replies.ts';
import type { UpstreamProblem } from './replies.ts';

/** A stream with the abilities of a socket. */
export interface TunnelSocket extends Duplex {
  readonly bytesRead: number;
  readonly bytesWritten: number;
  setTimeout(ms: number, listener?: () => void): this;
  resetAndDestroy(): this;
  destroySoon(): void;
}

/** What a tunnel is made of. */
export interface TunnelParts {
  readonly conversation: TunnelConversation;
  readonly client: TunnelSocket;
  /** What the client sent behind its CONNECT. */
  readonly head: Buffer;
  readonly permit: Permit;
  /** Resolves with a connected, paused stream. */
  readonly dial: (signal: AbortSignal) => Promise<TunnelSocket>;
  /** Says what a failed dial means. */
  readonly toProblem: (error: unknown) => UpstreamProblem;
  readonly refuse: (what: string, reason: string) => void;
  readonly onProblem: (what: string, cause: unknown) => void;
}

/** One tunnel, from the permit to the outcome. */
export class Tunnel {
  readonly #parts: TunnelParts;
  readonly #abort = new AbortController();
  readonly ended: Promise<void>;
  #resolveEnded: () => void = () => undefined;
  #upstream: TunnelSocket | null = null;
  #helloTimer: NodeJS.Timeout | null = null;
  #end: TunnelEnd | null = null;
  #finished = false;

  constructor(parts: TunnelParts) {
    this.#parts = parts;
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
  }

  start(): void {
    const { client, conversation } = this.#parts;
    client.once('close', () => {
      this.#carryOut(conversation.clientEnded());
      this.#upstream?.destroySoon();
      this.#settle();
    });
    client.on('error', () => this.#broken());
    this.#carryOut(conversation.start());
  }

  /** Ends both sides at once. */
  stop(end: 'session ended' | 'idle'): void {
    this.#carryOut(this.#parts.conversation.stop(end));
  }

  #carryOut(commands: readonly TunnelCommand[]): void {
    for (const command of commands) this.#do(command);
  }

  #do(command: TunnelCommand): void {
    const { client } = this.#parts;
    switch (command.kind) {
      case 'dial':
        void this.#dial();
        return;
      case 'accept':
        this.#accept();
        return;
      case 'forward':
        this.#upstream?.write(command.bytes);
        return;
      case 'splice':
        this.#splice();
        return;
      case 'refuse':
        if (command.what === 'server name') client.write(TLS_REFUSAL);
        this.#parts.refuse(command.what, command.reason);
        return;
      case 'fail':
        client.write(toReplyBytes(toUpstreamReply(command.problem)));
        return;
      case 'close':
        this.#close(command.end);
        return;
    }
  }

  async #dial(): Promise<void> {
    const { conversation, dial } = this.#parts;
    let upstream: TunnelSocket;
    try {
      upstream = await dial(this.#abort.signal);
    } catch (error) {
      this.#parts.onProblem('upstream unreachable', error);
      this.#carryOut(conversation.dialFailed(this.#parts.toProblem(error)));
      return;
    }
    // The client or the session may have gone meanwhile.
    if (this.#end !== null) {
      upstream.destroy();
      return;
    }
    this.#upstream = upstream;
    upstream.once('close', () => {
      this.#carryOut(conversation.upstreamEnded());
      this.#parts.client.destroySoon();
      this.#settle();
    });
    upstream.on('error', () => this.#broken());
    this.#carryOut(conversation.dialed());
  }

  #accept(): void {
    const { client, conversation, head } = this.#parts;
    client.write(TUNNEL_OPEN);
    this.#helloTimer = setTimeout(
      () => this.#carryOut(conversation.helloTimedOut()),
      HELLO_TIMEOUT_MS,
    );
    client.on('data', this.#onHello);
    client.once('end', this.#onEndOfHello);
    if (head.length > 0) this.#onHello(head);
    // It may have ended while the host was dialed; that is told once and nobody listened then.
    if (client.readableEnded) this.#carryOut(conversation.clientEnded());
  }

  readonly #onHello = (chunk: Buffer): void => {
    this.#carryOut(this.#parts.conversation.clientBytes(chunk));
  };

  readonly #onEndOfHello = (): void => {
    this.#carryOut(this.#parts.conversation.clientEnded());
  };

  /** In one turn, so that no byte falls between the two ways of reading. */
  #splice(): void {
    const { client } = this.#parts;
    const upstream = this.#upstream;
    if (upstream === null) return;
    this.#clearHello();
    // Every byte of the tunnel passes this socket in one direction or the other.
    upstream.setTimeout(IDLE_TIMEOUT_MS, () => this.stop('idle'));
    client.pipe(upstream);
    upstream.pipe(client);
  }

  #clearHello(): void {
    if (this.#helloTimer !== null) clearTimeout(this.#helloTimer);
    this.#parts.client.off('data', this.#onHello);
    this.#parts.client.off('end', this.#onEndOfHello);
  }

  #close(end: TunnelEnd): void {
    this.#end ??= end;
    this.#clearHello();
    this.#abort.abort();
    const { client } = this.#parts;
    if (end === 'session ended' || end === 'idle') {
      // A reset on both sides: nobody takes what was cut off for what has ended.
      this.#upstream?.resetAndDestroy();
      client.resetAndDestroy();
    } else {
      this.#upstream?.destroy();
      client.end();
      // What it still sends is read and dropped, so that it gets to read the answer instead of a reset.
      client.resume();
      setTimeout(() => client.destroy(), LINGER_MS).unref();
    }
    this.#settle();
  }

  /** One side was reset: so is the other. */
  #broken(): void {
    if (this.#parts.conversation.open) this.#end ??= 'upstream lost';
    this.#parts.client.resetAndDestroy();
    this.#upstream?.resetAndDestroy();
  }

  /** The outcome is told once, when both sides are gone. */
  #settle(): void {
    const { client, permit } = this.#parts;
    const upstream = this.#upstream;
    if (this.#finished || !client.closed || upstream?.closed === false) return;
    this.#finished = true;
    this.#abort.abort();
    const traffic = { sent: upstream?.bytesWritten ?? 0, received: upstream?.bytesRead ?? 0 };
    permit.finish(toOutcome(this.#end ?? 'done', traffic));
    this.#resolveEnded();
  }
}
