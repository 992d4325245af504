/** The kinds of work that come over MCP, and how what they name stands with the person. */

/**
 * What is attempted. The first group comes from the client, the second from the server.
 * `other`: a method that nobody knows.
 */
export type McpWork =
  | 'call'
  | 'read'
  | 'prompt'
  | 'complete'
  | 'subscribe'
  | 'task'
  | 'other'
  | 'sample'
  | 'elicit'
  | 'roots';

/**
 * How its definition stands.
 * - `pinned`: a person saw exactly this one.
 * - `new`, `changed`: it waits for a person.
 * - `unlisted`: no list of the server ever showed it.
 * - `server changed`: the program or the instructions of the server are not what a person saw.
 * - `none`: this kind of work has no definition.
 */
export type McpStanding = 'pinned' | 'new' | 'changed' | 'unlisted' | 'server changed' | 'none';
