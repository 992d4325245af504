/**
 * Facts of one call of an agent's own tool: what a command line or a file access would do, as far as its text tells.
 * SECURITY: this explains and asks early. It is never the lock: a text can always be written so that it tells nothing,
 * and agents go on when a hook fails. The sandbox, the listeners and the absent credentials are what holds.
 */

import type { TextSpan } from './sql-facts.ts';
import type { ToolCover, ToolDeed } from './tool-deed.ts';

/** One thing that a tool would do and that somebody should know of. */
export interface ToolFinding {
  readonly deed: ToolDeed;
  /** The program, or the tool of the agent: `git`, `Write`. */
  readonly by: string;
  /** A clause: `` `git reset --hard` throws away uncommitted changes ``. */
  readonly what: string;
  /** Where in the line it stands, outermost first: `["sh -c", "xargs"]`. */
  readonly via: readonly string[];
}

/** Facts of one call of a tool. */
export interface ToolFacts {
  /** As the agent calls it: `Bash`, `Read`, `mcp__shop__query`. */
  readonly tool: string;
  /** The programs that a command line names, in order, each once; empty for every other tool. */
  readonly programs: readonly string[];
  /** Empty for ordinary work. */
  readonly findings: readonly ToolFinding[];
  /** Ranges of the shown text that hold a secret. */
  readonly secretSpans: readonly TextSpan[];
  /** Left out when nothing stands behind it. */
  readonly cover?: ToolCover;
}
