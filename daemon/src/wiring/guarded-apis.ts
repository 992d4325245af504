/** The guarded APIs as sessions see them: which one is at a place, what stands for its credential, how its requests are read. */

import { analyzeHttp, coversHost, needsBody, parseHost } from '@agentguard/rules';
import type { ApiFacts, HttpKnowledge, Pack, SqlParser } from '@agentguard/rules';
import type { ApiAnalysis, GuardedApi } from '../protocols/https/api-guard.ts';
import type { ApiStore, KnownApi } from '../resources/api-store.ts';
import { makePlaceholder } from '../resources/placeholder.ts';
import type { Session } from '../sessions/session.ts';

/** What the directory is built from. */
export interface GuardedApisParts {
  readonly store: ApiStore;
  readonly session: (id: string) => Session | undefined;
  readonly packs: readonly Pack[];
  readonly parser: SqlParser;
}

/** An API as a session is told of it. */
export interface SessionApi {
  readonly api: KnownApi;
  readonly placeholder: string;
}

/** The APIs of all sessions. */
export class GuardedApis {
  readonly #parts: GuardedApisParts;
  readonly #placeholders = new Map<string, Map<string, string>>();

  constructor(parts: GuardedApisParts) {
    this.#parts = parts;
  }

  /**
   * Makes the stand-ins of a session.
   * @throws ResourceError, SecretError when a credential is not to be had: a session without it would only fail later
   */
  async open(session: Session): Promise<readonly SessionApi[]> {
    const made: SessionApi[] = [];
    for (const api of this.#parts.store.list()) {
      if (!session.apis.includes(api.facts.name)) continue;
      const real = await this.#parts.store.credential(api.facts.name);
      made.push({ api, placeholder: makePlaceholder(real.unsafeReveal()) });
    }
    const placeholders = made.map(({ api, placeholder }) => [api.facts.name, placeholder] as const);
    this.#placeholders.set(session.id, new Map(placeholders));
    return made;
  }

  /** The session is over: what stood for its credentials means nothing any more. */
  close(session: string): void {
    this.#placeholders.delete(session);
  }

  /** The API at a place that a session may use; null where there is none. */
  find(session: string, host: string, port: number): GuardedApi | null {
    const live = this.#parts.session(session);
    const placeholders = this.#placeholders.get(session);
    if (live === undefined || placeholders === undefined) return null;
    const api = this.#parts.store.list().find((one) => covers(one, host, port));
    const placeholder = api === undefined ? undefined : placeholders.get(api.facts.name);
    if (api === undefined || placeholder === undefined) return null;
    const { headers, query, facts, ca = null } = api;
    const credential = (): ReturnType<GuardedApi['credential']> =>
      this.#parts.store.credential(facts.name);
    return { facts, places: { headers, query }, ca, placeholder, credential };
  }

  /** What stands for the credentials of a session, all of it. */
  placeholdersOf(session: string): readonly string[] {
    return [...(this.#placeholders.get(session)?.values() ?? [])];
  }

  /** Whether a host is that of a guarded API, whichever session asks. */
  isGuarded(host: string, port: number): boolean {
    return this.#parts.store.list().some((api) => covers(api, host, port));
  }

  /** How requests to an API are read. */
  analysis({ packs }: ApiFacts): ApiAnalysis {
    const knowledge: HttpKnowledge = {
      packs: this.#parts.packs.filter(({ name }) => packs.includes(name)),
      sql: this.#parts.parser,
    };
    return {
      needsBody: (head) => needsBody(head, knowledge),
      analyze: (head, body) => analyzeHttp({ ...head, body }, knowledge),
    };
  }
}

function covers({ entries }: KnownApi, host: string, port: number): boolean {
  const parsed = parseHost(host);
  return parsed.ok && entries.some((entry) => coversHost(entry, parsed.host, port, 'tls'));
}
