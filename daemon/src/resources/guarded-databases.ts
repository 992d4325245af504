/**
 * The databases behind the guard, alive: how each is reached with its real credential, and the picture of its
 * catalog. The credential is read from the vault for each connection and handed to the dialer only.
 */

import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import type { ResourceFacts } from '@agentguard/rules';
import { CatalogKeeper } from '../catalog/keeper.ts';
import { ResourceError, UpstreamError } from '../errors.ts';
import type { CatalogView, GuardedResource } from '../protocols/postgres/guarded-resource.ts';
import { connectUpstream } from '../protocols/postgres/upstream.ts';
import type { UpstreamLink } from '../protocols/postgres/upstream.ts';
import { makeQuery } from '../protocols/postgres/upstream-query.ts';
import { parseUpstreamTarget } from '../protocols/postgres/upstream-target.ts';
import type { UpstreamTarget } from '../protocols/postgres/upstream-target.ts';
import type { SecretValue } from '../secrets/secret-value.ts';
import { IDENTITY_PREFIX } from './server-identity.ts';
import type { ResourceStore } from './resource-store.ts';

/** A server that takes longer to let us in is down for the purposes of a waiting client. */
const CONNECT_TIMEOUT_MS = 15_000;

/** What is said to a server about who is asking when the daemon reads the catalog for itself. */
const CATALOG_PARAMETERS: ReadonlyMap<string, string> = new Map([
  ['application_name', 'agentguard catalog'],
]);

const UNDO_PARAMETERS: ReadonlyMap<string, string> = new Map([
  ['application_name', 'agentguard undo'],
]);

/** The guarded databases of one daemon. */
export class GuardedDatabases {
  readonly #store: ResourceStore;
  readonly #facts: (resource: ResourceFacts) => ResourceFacts;
  readonly #catalogs = new Map<string, CatalogKeeper>();
  readonly #onWarning: (resource: string, error: unknown) => void;

  /** @param parts `facts` applies what the policy says of a resource; `onWarning` is told what is for the log */
  constructor(parts: {
    readonly store: ResourceStore;
    readonly facts: (resource: ResourceFacts) => ResourceFacts;
    readonly onWarning: (resource: string, error: unknown) => void;
  }) {
    this.#store = parts.store;
    this.#facts = parts.facts;
    this.#onWarning = parts.onWarning;
  }

  /** All resources as they count, by name. */
  list(): readonly ResourceFacts[] {
    return this.#store.list().map(this.#facts);
  }

  /** One resource as it counts; undefined when there is none of that name. */
  find(name: string): ResourceFacts | undefined {
    const found = this.#store.find(name);
    return found === undefined ? undefined : this.#facts(found);
  }

  /**
   * Whether a URL can be understood.
   * @throws ResourceError `RESOURCE_INVALID` naming the parameter, never a value
   */
  check(url: SecretValue): void {
    toTarget(url);
  }

  /**
   * Opens a session on the real server.
   * @throws ResourceError, SecretError, UpstreamError
   */
  async connect(
    name: string,
    parameters: ReadonlyMap<string, string>,
    signal: AbortSignal,
  ): Promise<UpstreamLink> {
    const target = toTarget(await this.#store.url(name));
    try {
      return await this.#dial(target, parameters, signal);
    } catch (error) {
      const plain = withoutIdentity(parameters);
      // A pooler refuses settings that it does not know. Policies of the server that ask for them then show nothing.
      if (!isUnknownParameter(error) || plain.size === parameters.size)
        throw this.#noted(name, error);
      this.#onWarning(name, error);
    }
    try {
      return await this.#dial(target, withoutIdentity(parameters), signal);
    } catch (error) {
      throw this.#noted(name, error);
    }
  }

  #noted(name: string, error: unknown): unknown {
    const refused = error instanceof UpstreamError && error.code === 'UPSTREAM_AUTHENTICATION';
    if (refused) this.#store.doubt(name);
    return error;
  }

  #dial(
    target: UpstreamTarget,
    parameters: ReadonlyMap<string, string>,
    signal: AbortSignal,
  ): Promise<UpstreamLink> {
    return connectUpstream(
      target,
      { parameters },
      { signal, timeoutMs: CONNECT_TIMEOUT_MS, files: { read: readIfThere, home: homedir() } },
    );
  }

  /** The catalog of a resource, kept fresh while somebody holds it. */
  catalog(name: string): CatalogKeeper {
    const known = this.#catalogs.get(name);
    if (known !== undefined) return known;
    const keeper = new CatalogKeeper({
      open: (signal) => this.#openQuery(name, signal),
      onWarning: (error) => this.#onWarning(name, error),
    });
    this.#catalogs.set(name, keeper);
    return keeper;
  }

  /** A resource as the listener needs it; undefined when there is none of that name. */
  guarded(name: string): GuardedResource | undefined {
    const facts = this.find(name);
    if (facts === undefined) return undefined;
    return {
      facts,
      // No role can forbid it yet.
      searchPathAllowed: true,
      catalog: toView(this.catalog(name)),
      connect: (parameters, signal) => this.connect(name, parameters, signal),
    };
  }

  /** Connects once, and says what was reached. */
  async probe(
    name: string,
    signal: AbortSignal,
  ): Promise<{ readonly server: string; readonly tls: string | null }> {
    const link = await this.connect(name, CATALOG_PARAMETERS, signal);
    link.socket.destroy();
    const tls = link.tls === null ? null : `${link.tls.version}, verified: ${link.tls.verified}`;
    return { server: `PostgreSQL ${link.parameters.get('server_version') ?? 'unknown'}`, tls };
  }

  /** Drops what is known of a resource: its URL or its life changed. */
  async forget(name: string): Promise<void> {
    const keeper = this.#catalogs.get(name);
    this.#catalogs.delete(name);
    await keeper?.close();
  }

  /** Closes every catalog connection. */
  async close(): Promise<void> {
    await Promise.all([...this.#catalogs.keys()].map((name) => this.forget(name)));
  }

  /**
   * A session of the guard's own, for reading and bringing back rows.
   * @throws as `connect`
   */
  async openOwn(name: string): Promise<ReturnType<typeof makeQuery>> {
    const signal = AbortSignal.timeout(CONNECT_TIMEOUT_MS);
    return makeQuery(await this.connect(name, UNDO_PARAMETERS, signal));
  }

  async #openQuery(name: string, signal: AbortSignal): Promise<ReturnType<typeof makeQuery>> {
    return makeQuery(await this.connect(name, CATALOG_PARAMETERS, signal));
  }
}

/** SQLSTATE protocol_violation: what PgBouncer says of a startup parameter that it does not track. */
const UNKNOWN_PARAMETER = '08P01';

function isUnknownParameter(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof UpstreamError && error.sqlState === UNKNOWN_PARAMETER) return true;
  return error.cause !== undefined && isUnknownParameter(error.cause);
}

/** The settings without those that tell who is asking. */
function withoutIdentity(parameters: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([...parameters].filter(([name]) => !name.startsWith(IDENTITY_PREFIX)));
}

function toView(keeper: CatalogKeeper): CatalogView {
  return {
    current: () => keeper.current() ?? null,
    ready: () => keeper.ready(),
    markStale: () => {
      keeper.markStale();
    },
    retain: () => {
      keeper.retain();
    },
    release: () => {
      keeper.release();
    },
  };
}

/** The content of a TLS file; null when there is none. */
async function readIfThere(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

function toTarget(url: SecretValue): UpstreamTarget {
  const parsed = parseUpstreamTarget(url.unsafeReveal());
  if (parsed.ok) return parsed.target;
  throw new ResourceError('RESOURCE_INVALID', `the URL cannot be used: ${parsed.problem}`, {
    audience: 'user',
  });
}
