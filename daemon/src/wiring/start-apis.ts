/** Builds what stands for the hosts of guarded APIs, and hands out what others need of it. */

import type { Pack, SqlParser } from '@agentguard/rules';
import type { Enforcement } from '../enforcement/enforcement.ts';
import type { SessionApis } from '../handlers/session-handlers.ts';
import { Reach } from '../egress/reach.ts';
import type { ReachParts } from '../egress/reach.ts';
import { ApiGuard } from '../protocols/https/api-guard.ts';
import { ApiConnections } from '../protocols/https/connection.ts';
import { UpstreamFailed, UpstreamPool } from '../protocols/https/upstream-transport.ts';
import type { HttpProxyParts } from '../protocols/http/connection.ts';
import type { ApiStore } from '../resources/api-store.ts';
import { describeHosts } from '../resources/api-store.ts';
import type { SessionStore } from '../sessions/session-store.ts';
import type { LocalAuthority } from '../tls/authority.ts';
import { GuardedApis } from './guarded-apis.ts';

/** What it is built from. */
export interface StartApisParts {
  readonly store: ApiStore;
  readonly sessions: SessionStore<unknown>;
  readonly packs: readonly Pack[];
  readonly parser: SqlParser;
  readonly enforcement: Pick<Enforcement, 'authorize' | 'refuse'>;
  readonly reach: Omit<ReachParts, 'listed'>;
  readonly now: () => number;
  readonly onProblem: (what: string, cause: unknown) => void;
}

/** The guard of APIs, running. */
export interface RunningApis {
  readonly interception: HttpProxyParts['interception'];
  readonly sessionApis: SessionApis;
  /** Whether a host is that of a guarded API, whichever session asks. */
  isGuarded(host: string, port: number): boolean;
  forget(session: string): void;
  close(): void;
}

/** Starts it. The authority is made when the first session needs it: loading what makes it takes longer than a start. */
export function startApis(parts: StartApisParts): RunningApis {
  const { store, sessions, onProblem } = parts;
  const apis = new GuardedApis({ ...parts, session: (id) => sessions.find(id) });
  const pool = new UpstreamPool();
  let made: Promise<LocalAuthority> | null = null;
  const authority = (): Promise<LocalAuthority> => {
    made ??= import('../tls/authority.ts').then(({ LocalAuthority: Authority }) =>
      Authority.make(parts.now),
    );
    return made;
  };
  const guard = new ApiGuard({
    enforcement: parts.enforcement,
    api: (session, host, port) => apis.find(session, host, port),
    placeholders: (session) => apis.placeholdersOf(session),
    analysis: (api) => apis.analysis(api),
    look: ({ host, port }, { principal }, signal) =>
      new Reach({ ...parts.reach, listed: store.list().flatMap(({ entries }) => entries) }).look(
        { host, port, transport: 'tls' },
        principal.agent,
        signal,
      ),
    upstream: ({ signal, ...place }) => ({ start: (wanted) => pool.start(place, wanted, signal) }),
    toProblem: (error) => (error instanceof UpstreamFailed ? error.failure : 'lost'),
    onProblem,
  });
  const connections = new ApiConnections({
    leafFor: async (host) => (await authority()).leafFor(host),
    onProblem,
  });
  return {
    interception: {
      covers: (session, place) => guard.covers(session.id, place),
      take: (tunnel) =>
        connections.take({
          ...tunnel,
          serve: (client) => guard.serve(tunnel.session, tunnel.authority, client),
        }),
    },
    sessionApis: {
      names: () => store.list().map(({ facts }) => facts.name),
      open: async (session) => {
        const opened = await apis.open(session);
        if (opened.length === 0) return {};
        return {
          authority: (await authority()).certificate,
          apis: opened.map(({ api, placeholder }) => ({
            name: api.facts.name,
            hosts: [...describeHosts(api)],
            variables: api.variables,
            placeholder,
          })),
        };
      },
    },
    isGuarded: (host, port) => apis.isGuarded(host, port),
    forget: (session) => apis.close(session),
    close: () => {
      connections.close();
      pool.close();
    },
  };
}
