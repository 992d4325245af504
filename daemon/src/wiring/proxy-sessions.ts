/** Tokens of sessions as the proxy checks them: by their digest, and from a process of that session. */

import { comesFromElsewhere } from '../platform/tcp-peer.ts';
import type { ProxySession, ProxySessions } from '../protocols/http/session-stay.ts';
import type { SessionStore } from '../sessions/session-store.ts';

/** What the directory is built from. */
export interface ProxySessionParts {
  readonly sessions: SessionStore<unknown>;
  /** Told of a token that a process outside of its session presented. */
  readonly onElsewhere: (session: string) => void;
}

/** The sessions that the proxy is handed. */
export function makeProxySessions({ sessions, onElsewhere }: ProxySessionParts): ProxySessions {
  return {
    open: async (token, ends) => {
      const found = sessions.findByToken(token);
      if (found === undefined) return 'unknown';
      if (await comesFromElsewhere(ends, found.root)) {
        onElsewhere(found.id);
        return 'elsewhere';
      }
      // It may have ended while its process was looked for.
      return openSession(sessions, found.id);
    },
  };
}

/** SECURITY(P-20): an ended session is found no more, and its token is like every other text. */
function openSession(sessions: SessionStore<unknown>, id: string): ProxySession | 'unknown' {
  const session = sessions.find(id);
  if (session === undefined) return 'unknown';
  return {
    id,
    principal: session.principal,
    unlisted: session.unlisted,
    isLive: () => sessions.find(id) !== undefined,
    onEnd: (listener) =>
      sessions.onEnd(id, () => {
        listener();
      }),
  };
}
