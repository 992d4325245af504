/**
 * One tunnel after its CONNECT was permitted, as a state machine without I/O: events in, commands out.
 *
 * dialing -> hello -> open -> over. Nothing a client says goes upstream before its first message was read and fits the
 * host that the tunnel was opened for, and nothing an upstream says comes down before that either.
 */

import { parseHost } from '@agentguard/rules';
import type { Host } from '@agentguard/rules';
import { peekClientHello } from './client-hello.ts';
import type { ClientHello } from './client-hello.ts';
import type { UpstreamProblem } from './replies.ts';

/** Why a tunnel is over. */
export type TunnelEnd =
  /** Both sides ended as they should. */
  | 'done'
  | 'refused'
  | 'client left'
  | 'upstream lost'
  | 'hello timeout'
  | 'idle'
  | 'session ended'
  | UpstreamProblem;

/** What the connection is to do, in order. */
export type TunnelCommand =
  | { readonly kind: 'dial' }
  /** Say that the tunnel is open, and begin to read the client. */
  | { readonly kind: 'accept' }
  | { readonly kind: 'forward'; readonly bytes: Buffer }
  /** From here on bytes pass in both directions, unseen. */
  | { readonly kind: 'splice' }
  /** Put a refusal on the record; both sides are closed whatever comes of it. */
  | { readonly kind: 'refuse'; readonly what: string; readonly reason: string }
  /** Tell the client that the host did not answer. */
  | { readonly kind: 'fail'; readonly problem: UpstreamProblem }
  | { readonly kind: 'close'; readonly end: TunnelEnd };

/** Protocols that may be spoken inside (IANA, ALPN Protocol IDs): no database among them. */
const HTTP_PROTOCOLS = new Set(['h2', 'http/1.1', 'http/1.0']);

/** RFC 8701: values that clients send to keep servers tolerant. */
const GREASE = /^([\x0a\x1a\x2a\x3a\x4a\x5a\x6a\x7a\x8a\x9a\xaa\xba\xca\xda\xea\xfa])\1$/;

/** The part of one tunnel that can be told without a network. */
export class TunnelConversation {
  readonly #host: Host;
  #state: 'dialing' | 'hello' | 'open' | 'over' = 'dialing';
  #hello: Buffer[] = [];

  /** @param host what the tunnel is for, as it was judged */
  constructor(host: Host) {
    this.#host = host;
  }

  /** Whether bytes pass unseen. */
  get open(): boolean {
    return this.#state === 'open';
  }

  start(): readonly TunnelCommand[] {
    return [{ kind: 'dial' }];
  }

  dialed(): readonly TunnelCommand[] {
    if (this.#state !== 'dialing') return [];
    this.#state = 'hello';
    return [{ kind: 'accept' }];
  }

  dialFailed(problem: UpstreamProblem): readonly TunnelCommand[] {
    if (this.#state !== 'dialing') return [];
    this.#state = 'over';
    return [
      { kind: 'fail', problem },
      { kind: 'close', end: problem },
    ];
  }

  /** SECURITY(P-33): what begins a tunnel is TLS for its host and for HTTP, or the tunnel is closed. */
  clientBytes(bytes: Buffer): readonly TunnelCommand[] {
    if (this.#state !== 'hello') return [];
    this.#hello.push(bytes);
    const gathered = Buffer.concat(this.#hello);
    const peeked = peekClientHello(gathered);
    switch (peeked.kind) {
      case 'more':
        this.#hello = [gathered];
        return [];
      case 'refused':
        return this.#refuse('tunnel content', peeked.reason);
      case 'hello':
        return this.#judge(peeked.hello, gathered);
    }
  }

  clientEnded(): readonly TunnelCommand[] {
    return this.#close('client left');
  }

  upstreamEnded(): readonly TunnelCommand[] {
    return this.#close('upstream lost');
  }

  /** The client said nothing in time, or nothing whole. */
  helloTimedOut(): readonly TunnelCommand[] {
    return this.#state === 'hello' ? this.#close('hello timeout') : [];
  }

  /** Ends it from outside: its session is over, or nothing moved for too long. */
  stop(end: 'session ended' | 'idle'): readonly TunnelCommand[] {
    if (this.#state === 'over') return [];
    this.#state = 'over';
    return [{ kind: 'close', end }];
  }

  #judge(hello: ClientHello, bytes: Buffer): readonly TunnelCommand[] {
    const reason = mismatch(hello, this.#host);
    if (reason !== null) return this.#refuse('server name', reason);
    const strange = hello.protocols.find((name) => !HTTP_PROTOCOLS.has(name) && !GREASE.test(name));
    if (strange !== undefined) {
      const shown = /^[\w./-]{1,40}$/.test(strange) ? ` \`${strange}\`` : '';
      return this.#refuse('tunnel content', `the application protocol${shown} is not HTTP`);
    }
    this.#state = 'open';
    this.#hello = [];
    return [{ kind: 'forward', bytes }, { kind: 'splice' }];
  }

  #refuse(what: string, reason: string): readonly TunnelCommand[] {
    this.#state = 'over';
    this.#hello = [];
    return [
      { kind: 'refuse', what, reason },
      { kind: 'close', end: 'refused' },
    ];
  }

  /** Before it is open. An open tunnel is ended by its two sides, each in its own time. */
  #close(end: TunnelEnd): readonly TunnelCommand[] {
    if (this.#state === 'over' || this.#state === 'open') return [];
    this.#state = 'over';
    this.#hello = [];
    return [{ kind: 'close', end }];
  }
}

/** Why the hello is not for the host; null when it is. */
function mismatch({ serverName, encrypted }: ClientHello, host: Host): string | null {
  // What an encrypted hello asks for cannot be seen, and one that only looks encrypted cannot be told apart.
  if (encrypted) return 'the ClientHello is encrypted (ECH), so it cannot be seen whom it is for';
  if (host.kind !== 'name') {
    // RFC 6066 section 3: an address is never sent as a server name.
    return serverName === null ? null : 'TLS to an address names a server';
  }
  if (serverName === null) return 'TLS names no server (SNI), so it cannot be seen whom it is for';
  const named = parseHost(serverName);
  if (named.ok && named.host.kind === 'name' && named.host.text === host.text) return null;
  const shown = named.ok ? `\`${named.host.text}\`` : 'something that is no host name';
  return `TLS is for ${shown}, the tunnel is for \`${host.text}\``;
}
