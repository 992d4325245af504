/** The kinds of things that a tool of an agent would do and that somebody should know of, and what may stand behind it. */

/**
 * What kind of thing a tool would do.
 * - `destroy`: takes away what others share or what lies outside of the workspace.
 * - `discard`: throws away work in the workspace itself.
 * - `database`: empties or drops what a database holds, by a tool that works through a connection to it.
 * - `reveal`: shows a secret to the agent.
 * - `settings`: changes what an agent or an editor runs or may do.
 * - `tamper`: acts on the guard.
 * - `unclear`: it cannot be told from the text what happens.
 */
export type ToolDeed =
  'destroy' | 'discard' | 'database' | 'reveal' | 'settings' | 'tamper' | 'unclear';

/** What stands behind a tool, so that a deed need not be asked about here. */
export interface ToolCover {
  /** A save point made right before, which holds all files of the workspace; left out when there is none. */
  readonly savePoint?: string;
  /** Its only way to a database leads through the guard, which sees every statement and asks about it itself. */
  readonly databaseGate?: true;
}
