/**
 * Tokens of sessions as the PostgreSQL listener checks them: by SCRAM, against every live token, and from a process of
 * that session.
 */

import { randomBytes } from 'node:crypto';
import { comesFromElsewhere } from '../platform/tcp-peer.ts';
import type { PasswordExchange } from '../protocols/postgres/handshake.ts';
import type {
  OpenedSession,
  SessionEnd,
  TokenDirectory,
  TokenRefusal,
} from '../protocols/postgres/connection.ts';
import { makeTokenVerifier, ScramServer, TOKEN_ITERATIONS } from '../protocols/postgres/scram.ts';
import type { TokenVerifier } from '../protocols/postgres/scram.ts';
import type { EndReason } from '../sessions/session.ts';
import type { SessionStore } from '../sessions/session-store.ts';

/** As long as the salts that PostgreSQL makes. */
const SALT_BYTES = 16;

/** One salt per daemon run, made before the first token. */
export class TokenSalt {
  readonly #salt = randomBytes(SALT_BYTES);

  /** What is kept of a token. */
  makeVerifier(token: string): TokenVerifier {
    return makeTokenVerifier(token, this.#salt, TOKEN_ITERATIONS);
  }

  /** The server's half of one exchange, over the sessions that live when the proof arrives. */
  makeExchange(sessions: SessionStore<TokenVerifier>): PasswordExchange<string> {
    return new ScramServer<string>({
      salt: this.#salt,
      iterations: TOKEN_ITERATIONS,
      live: () => liveVerifiers(sessions),
    });
  }
}

/** SECURITY(P-20): only live sessions are looked through, so an ended one's token proves nothing. */
function* liveVerifiers(
  sessions: SessionStore<TokenVerifier>,
): Generator<readonly [string, TokenVerifier]> {
  for (const { id } of sessions.list()) {
    const verifier = sessions.verifier(id);
    if (verifier !== undefined) yield [id, verifier];
  }
}

/** What the directory is built from. */
export interface TokenDirectoryParts {
  readonly salt: TokenSalt;
  readonly sessions: SessionStore<TokenVerifier>;
  /** Told of a token that a process outside of its session presented. */
  readonly onElsewhere: (session: string) => void;
}

/** The directory that the listener is handed. A proved token is a session's id. */
export function makeTokenDirectory(parts: TokenDirectoryParts): TokenDirectory<string> {
  const { salt, sessions, onElsewhere } = parts;
  return {
    makeExchange: () => salt.makeExchange(sessions),
    open: async (id, ends) => {
      const root = sessions.find(id)?.root ?? null;
      if (await comesFromElsewhere(ends, root)) {
        onElsewhere(id);
        return 'elsewhere';
      }
      return openSession(sessions, id);
    },
  };
}

function openSession(
  sessions: SessionStore<TokenVerifier>,
  id: string,
): OpenedSession | TokenRefusal {
  const session = sessions.find(id);
  if (session === undefined) return 'revoked';
  return {
    principal: session.principal,
    resources: session.resources,
    onEnd: (listener) =>
      sessions.onEnd(id, (ended) => {
        listener(toSessionEnd(ended.endReason));
      }),
  };
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
