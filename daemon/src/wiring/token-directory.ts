/**
 * Tokens of sessions as the PostgreSQL listener checks them: by SCRAM, against every live token, and from a process of
 * that session.
 */

import { toTime } from '../enforcement/to-entries.ts';
import { comesFromElsewhere } from '../platform/tcp-peer.ts';
import type { PasswordExchange } from '../protocols/postgres/handshake.ts';
import type {
  OpenedSession,
  SessionEnd,
  TokenDirectory,
  TokenRefusal,
} from '../protocols/postgres/connection.ts';
import {
  KEY_BYTES,
  makeTokenVerifier,
  ScramServer,
  TOKEN_ITERATIONS,
} from '../protocols/postgres/scram.ts';
import type { TokenVerifier } from '../protocols/postgres/scram.ts';
import type { EndReason } from '../sessions/session.ts';
import type { SessionStore } from '../sessions/session-store.ts';
import type { TokenDesk } from '../sessions/token-desk.ts';

/** The one salt of a home, kept with its issued tokens. */
export class TokenSalt {
  readonly #salt: Buffer;

  constructor(salt: Buffer) {
    this.#salt = salt;
  }

  /** What is kept of a token. */
  makeVerifier(token: string): TokenVerifier {
    return makeTokenVerifier(token, this.#salt, TOKEN_ITERATIONS);
  }

  /** The server's half of one exchange, over the sessions that live when the proof arrives. */
  makeExchange(
    sessions: SessionStore<TokenVerifier>,
    over: () => Iterable<readonly [string, TokenVerifier]>,
  ): PasswordExchange<string> {
    return new ScramServer<string>({
      salt: this.#salt,
      iterations: TOKEN_ITERATIONS,
      live: () => knownVerifiers(sessions, over()),
    });
  }
}

/** A verifier as text, for the file of issued tokens. */
export function toVerifierText({ storedKey, serverKey }: TokenVerifier): string {
  return `${storedKey.toString('base64')}:${serverKey.toString('base64')}`;
}

/** The verifier behind such a text. One that is broken fits no proof. */
export function toVerifier(text: string): TokenVerifier {
  const [stored = '', server = ''] = text.split(':');
  const [storedKey, serverKey] = [Buffer.from(stored, 'base64'), Buffer.from(server, 'base64')];
  if (storedKey.length === KEY_BYTES && serverKey.length === KEY_BYTES) {
    return { storedKey, serverKey };
  }
  return { storedKey: Buffer.alloc(KEY_BYTES), serverKey: Buffer.alloc(KEY_BYTES) };
}

/** SECURITY(P-20): a token that is over proves which one it was, and that buys its holder the reason and nothing else. */
function* knownVerifiers(
  sessions: SessionStore<TokenVerifier>,
  over: Iterable<readonly [string, TokenVerifier]>,
): Generator<readonly [string, TokenVerifier]> {
  yield* over;
  for (const { id } of sessions.list()) {
    const verifier = sessions.verifier(id);
    if (verifier !== undefined) yield [id, verifier];
  }
}

/** What the directory is built from. */
export interface TokenDirectoryParts {
  readonly salt: TokenSalt;
  readonly sessions: SessionStore<TokenVerifier>;
  readonly desk: Pick<TokenDesk<TokenVerifier>, 'overVerifiers' | 'whyOver'>;
  /** Told of a token that a process outside of its session presented. */
  readonly onElsewhere: (session: string) => void;
}

/** The directory that the listener is handed. A proved token is a session's id. */
export function makeTokenDirectory(parts: TokenDirectoryParts): TokenDirectory<string> {
  const { salt, sessions, desk, onElsewhere } = parts;
  return {
    makeExchange: () => salt.makeExchange(sessions, () => desk.overVerifiers()),
    open: async (id, ends) => {
      const root = sessions.find(id)?.root ?? null;
      if (await comesFromElsewhere(ends, root)) {
        onElsewhere(id);
        return { kind: 'token elsewhere' };
      }
      return openSession(sessions, id) ?? whyNot(desk, id);
    },
  };
}

function openSession(sessions: SessionStore<TokenVerifier>, id: string): OpenedSession | null {
  const session = sessions.find(id);
  if (session === undefined) return null;
  return {
    principal: session.principal,
    resources: session.resources,
    onEnd: (listener) =>
      sessions.onEnd(id, (ended) => {
        listener(toSessionEnd(ended.endReason));
      }),
  };
}

/** Why a token that was proved opens nothing. */
function whyNot(desk: TokenDirectoryParts['desk'], id: string): TokenRefusal {
  const over = desk.whyOver(id);
  if (over === null) return { kind: 'token revoked', at: null, by: null };
  const at = toTime(over.at);
  return over.why === 'expired'
    ? { kind: 'token expired', at }
    : { kind: 'token revoked', at, by: over.by };
}

function toSessionEnd(reason: EndReason | null): SessionEnd {
  switch (reason) {
    case 'expired':
      return 'expired';
    case 'daemon stopped':
      return 'stopping';
    case 'ended':
    case 'left':
    case 'revoked':
    case null:
      return 'revoked';
  }
}
