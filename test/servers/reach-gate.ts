/**
 * A listener in front of a real server that lets a role through and nobody else: the analysis, the catalog, the rewriting and the
 * decision are the real ones; only the record and the person are left out.
 */

import { performance } from 'node:perf_hooks';
import {
  analyzeSql,
  decide,
  loadSqlParser,
  parsePolicy,
  toStatementShape,
} from '../../rules/src/index.ts';
import type { PolicyState, TokenClaims } from '../../rules/src/index.ts';
import { CatalogKeeper } from '../../daemon/src/catalog/keeper.ts';
import type { Enforcement, Operation } from '../../daemon/src/enforcement/enforcement.ts';
import { unmetObligation, withRewriting } from '../../daemon/src/enforcement/obligations.ts';
import { PostgresListener } from '../../daemon/src/protocols/postgres/connection.ts';
import {
  makeTokenVerifier,
  ScramServer,
  TOKEN_ITERATIONS,
} from '../../daemon/src/protocols/postgres/scram.ts';
import { makeQuery } from '../../daemon/src/protocols/postgres/upstream-query.ts';
import { serverIdentity } from '../../daemon/src/resources/server-identity.ts';
import { makeRoleReach } from '../../daemon/src/wiring/role-reach.ts';
import { openUpstream } from '../upstream/open.ts';

const SALT = Buffer.from('0123456789abcdef');
const TOKEN = 'agt_test-token-of-a-role';

/** A running gate. */
export interface ReachGate {
  /** A connection text for the resource `main`. */
  readonly url: string;
  /** What was allowed and denied, newest last. */
  readonly decided: {
    readonly text: string;
    readonly denied: string | null;
    readonly tables: readonly string[];
  }[];
  /** Puts another policy in force. */
  putInForce(policy: string): void;
  close(): Promise<void>;
}

/** What a gate stands on. */
export interface ReachGateOptions {
  /** The real server, with a credential that sees everything. */
  readonly upstream: string;
  /** Text of a policy with a role `tested`. */
  readonly policy: string;
  readonly values: Readonly<Record<string, string>>;
  readonly role?: string;
  /** The server holds rows back by itself, and the guard only says who is asking. */
  readonly native?: boolean;
}

/** Opens a gate. */
export async function openReachGate(options: ReachGateOptions): Promise<ReachGate> {
  const parser = await loadSqlParser();
  const held = { state: toState(options.policy, parser) };
  const claims = toClaims(options);
  const keeper = new CatalogKeeper({
    open: async (signal) => makeQuery(await openUpstream(options.upstream, { signal })),
    onWarning: () => undefined,
  });
  const decided: ReachGate['decided'] = [];
  const verifiers = new Map([[TOKEN, makeTokenVerifier(TOKEN, SALT, TOKEN_ITERATIONS)]]);
  const listener = new PostgresListener<string>({
    enforcement: makeEnforcement(
      () => (options.native === true ? withoutRoles(held.state) : held.state),
      options.native === true ? null : claims,
      decided,
    ),
    tokens: {
      makeExchange: () =>
        new ScramServer<string>({
          salt: SALT,
          iterations: TOKEN_ITERATIONS,
          live: () => verifiers,
        }),
      open: () =>
        Promise.resolve({
          principal: { person: 'ann', agent: 'test', session: 'ses-1' },
          resources: ['main'],
          onEnd: () => () => undefined,
        }),
    },
    resource: () => ({
      facts: { name: 'main', kind: 'postgres', environment: 'development' },
      searchPathAllowed: true,
      catalog: {
        current: () => keeper.current() ?? null,
        ready: () => keeper.ready(),
        markStale: () => keeper.markStale(),
        retain: () => keeper.retain(),
        release: () => keeper.release(),
      },
      connect: (parameters) => openUpstream(options.upstream, { parameters }),
    }),
    analyze: (text, context) => analyzeSql(text, context, parser),
    toShape: toStatementShape,
    ...(options.native === true
      ? {}
      : { reach: makeRoleReach({ parser, policy: () => held.state, claims: () => claims }) }),
    identity: (connection) => serverIdentity(connection, claims),
    tls: null,
    now: () => performance.now(),
    onProblem: () => undefined,
  });
  const port = await listener.listen({ host: '127.0.0.1', port: 0 });
  return {
    url: `postgres://agent:${TOKEN}@127.0.0.1:${port}/main`,
    decided,
    putInForce: (policy) => {
      held.state = toState(policy, parser);
    },
    close: async () => {
      await listener.close();
      await keeper.close();
    },
  };
}

function toState(text: string, parser: Awaited<ReturnType<typeof loadSqlParser>>): PolicyState {
  const parsed = parsePolicy(text, parser);
  if (!parsed.ok) throw new Error(`line ${parsed.problem.line}: ${parsed.problem.message}`);
  const { roles, resources, rules, revision } = parsed.file;
  return { kind: 'in force', policy: { revision, roles, resources, rules } };
}

function withoutRoles(state: PolicyState): PolicyState {
  return state.kind === 'in force'
    ? { ...state, policy: { ...state.policy, roles: new Map() } }
    : state;
}

function toClaims({ values, role = 'tested' }: ReachGateOptions): TokenClaims {
  return {
    id: 'tok-test',
    role,
    values,
    resources: null,
    person: 'ann',
    onBehalfOf: null,
    agent: null,
    label: null,
    issuedAt: 0,
    expiresAt: Number.MAX_SAFE_INTEGER,
  };
}

function makeEnforcement(
  policy: () => PolicyState,
  token: TokenClaims | null,
  decided: ReachGate['decided'],
): Enforcement {
  const denial = (reason: string) => ({
    decision: 'dec-1',
    message: `blocked by agentguard: ${reason}`,
    rules: ['test/role'],
    hint: 'do without',
  });
  const reasonAgainst = (operation: Operation): string | null => {
    const { principal, resource } = operation.connection;
    const context = { now: 0, windowOpen: false, inTransaction: operation.inTransaction };
    const facts = { principal, token, resource, action: operation.action, context };
    const decision = withRewriting(decide(facts, policy(), 'dec-1'), operation.rewriting);
    return decision.verdict === 'allow' ? unmetObligation(decision, operation) : decision.reason;
  };
  return {
    authorize: (operation) => {
      const denied = reasonAgainst(operation);
      const tables = operation.rewriting?.tables ?? [];
      decided.push({ text: operation.text, denied, tables });
      return Promise.resolve(
        denied === null
          ? { kind: 'permit', permit: { decision: 'dec-1', finish: () => undefined } }
          : { kind: 'denial', denial: denial(denied) },
      );
    },
    refuse: (_connection, _what, reason) => Promise.resolve(denial(reason)),
  };
}
