/** Whose request it is: by the token in its head, looked at once for each connection. */

import { readCredential } from './messages.ts';
import { toChallenge } from './replies.ts';
import type { Reply } from './replies.ts';
import type { TcpEnds } from '../../platform/tcp-peer.ts';
import type { ProxySession, ProxySessions } from './session-stay.ts';

/** A token that opened its session on a connection before. */
interface Proved {
  readonly token: string;
  readonly session: ProxySession;
}

/** The proved connections of one proxy. */
export class Authentication {
  readonly #sessions: ProxySessions;
  readonly #onRefused: () => void;
  readonly #proved = new WeakMap<object, Proved>();

  /** @param onRefused told of a credential that opens nothing; a token in other hands is told of by `sessions` */
  constructor(sessions: ProxySessions, onRefused: () => void) {
    this.#sessions = sessions;
    this.#onRefused = onRefused;
  }

  /**
   * The session of a request, or what its client is told.
   * SECURITY(P-01): the token is what opens the proxy; a session's principal comes from it and from nothing else.
   * @param connection the same object for all requests of one connection
   */
  async authenticate(
    fields: readonly string[],
    connection: object,
    ends: TcpEnds,
  ): Promise<ProxySession | Reply> {
    const credential = readCredential(fields);
    if (credential.kind === 'none') return toChallenge('missing');
    const token = credential.kind === 'token' ? credential.token : null;
    const proved = this.#proved.get(connection);
    // The process at the other end was looked for once; the next request of its connection comes from the same one.
    const again = proved !== undefined && proved.token === token && proved.session.isLive();
    if (again) return proved.session;
    const session = token === null ? 'unknown' : await this.#sessions.open(token, ends);
    if (token !== null && typeof session !== 'string') {
      this.#proved.set(connection, { token, session });
      return session;
    }
    if (session === 'unknown') this.#onRefused();
    return toChallenge('refused');
  }

  /** The session that proved itself on a connection before; undefined when none did. */
  provedBy(connection: object): ProxySession | undefined {
    return this.#proved.get(connection)?.session;
  }
}
