/**
 * Facts of one piece of work over MCP: which server, which of its tools, with what in the arguments.
 * Produced by `mcp/`; judged by built-in rules and by `mcp:` of the policy.
 */

import type { McpStanding, McpWork } from './mcp-work.ts';
import type { SqlFacts, TextSpan } from './sql-facts.ts';

/** Something in the arguments that somebody should know of. */
export interface McpFinding {
  /**
   * `credential`: a secret would go to the server. `connection`: the call names the server it works on.
   * `secret field`: the person is asked for a secret. `url`: a link to open. `hidden`: characters nobody sees.
   */
  readonly kind: 'credential' | 'connection' | 'secret field' | 'url' | 'hidden';
  /** A clause: ``the argument `dsn` names the database to work on``. Never a value. */
  readonly what: string;
}

/** Facts of one piece of work. */
export interface McpFacts {
  readonly server: string;
  readonly work: McpWork;
  /** Tool, URI, prompt or method. */
  readonly name: string;
  readonly standing: McpStanding;
  /** What the person said of the tool when they saw it; null where no pin speaks. */
  readonly pinned: 'allow' | 'ask' | 'deny' | null;
  /** The person's policy says that it changes nothing. A server's own word does not count. */
  readonly reads: boolean;
  /** Arguments as values of the language, for conditions. */
  readonly args: unknown;
  readonly findings: readonly McpFinding[];
  /** What SQL in the arguments would do, where the server is one of a database. */
  readonly sql: SqlFacts | null;
  /** Calls of this server in this session so far, and in the last minute. */
  readonly used: { readonly session: number; readonly minute: number };
  /** Ranges of the shown text that hold a secret. */
  readonly secretSpans: readonly TextSpan[];
}
