/**
 * Where the servers of guarded databases are, so that no other way leads there. Hosts and ports only: no password, no
 * user and no database name leaves this file.
 */

import type { GuardedEndpoint } from '../egress/reach.ts';
import { parseUpstreamTarget } from '../protocols/postgres/upstream-target.ts';
import type { SecretValue } from '../secrets/secret-value.ts';

/** Reading the vault for every connection would cost more than the connection. A URL that is replaced counts this soon. */
const MAX_AGE_MS = 5_000;

/** What the endpoints are read from. */
export interface EndpointParts {
  /** Names of the guarded databases. */
  readonly names: () => readonly string[];
  /** The real URL of one; rejects when the vault does not give it. */
  readonly url: (name: string) => SecretValue | Promise<SecretValue>;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
}

interface Known {
  readonly endpoints: readonly GuardedEndpoint[];
  readonly readAt: number;
}

/** The servers of all guarded databases. */
export class GuardedEndpoints {
  readonly #parts: EndpointParts;
  readonly #known = new Map<string, Known>();

  constructor(parts: EndpointParts) {
    this.#parts = parts;
  }

  /**
   * Every server, by the names and addresses that its URL has.
   * SECURITY(P-32): rejects when one is not known and cannot be read; what was known before holds through a vault
   * that is locked meanwhile.
   */
  async list(): Promise<readonly GuardedEndpoint[]> {
    const names = this.#parts.names();
    for (const name of this.#known.keys()) if (!names.includes(name)) this.#known.delete(name);
    const lists = await Promise.all(names.map((name) => this.#endpointsOf(name)));
    return lists.flat();
  }

  async #endpointsOf(name: string): Promise<readonly GuardedEndpoint[]> {
    const known = this.#known.get(name);
    const now = this.#parts.now();
    if (known !== undefined && now - known.readAt < MAX_AGE_MS) return known.endpoints;
    try {
      const endpoints = toEndpoints(await this.#parts.url(name));
      this.#known.set(name, { endpoints, readAt: now });
      return endpoints;
    } catch (error) {
      if (known === undefined) throw error;
      return known.endpoints;
    }
  }
}

/** None for a folder of Unix sockets, which no proxy reaches, and for a URL that nobody can connect with. */
function toEndpoints(url: SecretValue): readonly GuardedEndpoint[] {
  const parsed = parseUpstreamTarget(url.unsafeReveal());
  if (!parsed.ok || parsed.target.endpoint.kind !== 'tcp') return [];
  const { dial, name, port } = parsed.target.endpoint;
  const hosts = new Set(name === null ? [dial] : [dial, name]);
  return [...hosts].map((host) => ({ host, port }));
}
