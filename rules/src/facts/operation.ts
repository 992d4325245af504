/**
 * One operation as the decision core sees it: who, on what, doing what. No protocol, no clock, no socket.
 */

import type { TokenClaims } from '../roles/token-claims.ts';
import type { EgressFacts } from './egress-facts.ts';
import type { HttpFacts } from './http-facts.ts';
import type { McpFacts } from './mcp-facts.ts';
import type { SqlFacts } from './sql-facts.ts';
import type { ToolFacts } from './tool-facts.ts';

/** How dear the data is. What nobody labelled counts as production. */
export type Environment = 'production' | 'staging' | 'development' | 'unknown';

/** The guarded thing an operation is aimed at. */
export interface ResourceFacts {
  readonly name: string;
  readonly kind: 'postgres';
  readonly environment: Environment;
}

/** A guarded API: one or more hosts behind one credential. */
export interface ApiFacts {
  readonly name: string;
  readonly kind: 'http';
  readonly environment: Environment;
  /** Names of the shipped packs that speak of it. Empty: general reasoning alone. */
  readonly packs: readonly string[];
}

/** A host outside of the guard. Nobody labels hosts, so its environment is unknown. */
export interface HostFacts {
  /** `host:port`, which no guarded resource can be called. */
  readonly name: string;
  readonly kind: 'egress';
  readonly environment: 'unknown';
}

/** A tool of the agent's own. Nobody labels what it reaches, so its environment is unknown. */
export interface ToolTarget {
  /** `claude Bash`, which no guarded resource can be called. */
  readonly name: string;
  readonly kind: 'tool';
  readonly environment: 'unknown';
}

/** An MCP server behind the guard. */
export interface McpTarget {
  /** `mcp:filesystem`, which no guarded resource can be called. */
  readonly name: string;
  readonly kind: 'mcp';
  readonly environment: Environment;
}

/** What an operation is aimed at. */
export type TargetFacts = ResourceFacts | ApiFacts | HostFacts | ToolTarget | McpTarget;

/** On whose behalf an operation comes: one agent run and the person who started it. */
export interface PrincipalFacts {
  /** Account of the person on this machine. */
  readonly person: string;
  /** What was started: `claude`, `node`. */
  readonly agent: string;
  readonly session: string;
}

/** What surrounds the operation. The clock is read by the caller, so that deciding stays pure. */
export interface ContextFacts {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** A migration window is open on the resource. */
  readonly windowOpen: boolean;
  /** The connection is inside a transaction that the client opened. */
  readonly inTransaction: boolean;
  /** Content that nobody vouches for was given to the session. */
  readonly tainted?: boolean;
}

/** What is attempted. One member per protocol. */
export type ActionFacts =
  | { readonly protocol: 'postgres'; readonly sql: SqlFacts }
  | { readonly protocol: 'egress'; readonly egress: EgressFacts }
  | { readonly protocol: 'http'; readonly http: HttpFacts }
  | { readonly protocol: 'tool'; readonly tool: ToolFacts }
  | { readonly protocol: 'mcp'; readonly mcp: McpFacts };

/** Everything a decision may depend on. */
export interface OperationFacts {
  readonly principal: PrincipalFacts;
  /** The scope of the token that was presented; null: one that names no role. */
  readonly token: TokenClaims | null;
  readonly resource: TargetFacts;
  readonly action: ActionFacts;
  readonly context: ContextFacts;
}

/** Whether the resource is treated as production: so labelled, or not labelled at all. */
export function countsAsProduction(environment: Environment): boolean {
  return environment === 'production' || environment === 'unknown';
}
