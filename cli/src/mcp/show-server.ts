/** An MCP server as lines: its whole command, for nothing of it may be cut out of sight. */

import type { CallResult } from '@agentguard/daemon/control';

type Server = CallResult<'mcp.list'>['servers'][number];

/** Lines for a person. */
export function toServerLines(server: Server): readonly string[] {
  const { name, argv, place, cwd, secrets, env, database, programs, pinned, waiting } = server;
  const where =
    place === 'here'
      ? 'by the daemon, out of the reach of agents'
      : 'beside the agent, without secrets';
  return [
    name,
    `  command    ${argv.map(quote).join(' ')}`,
    `  runs       ${where}${cwd === null ? '' : `, in ${cwd}`}`,
    ...(programs.length === 0 ? [] : [`  programs   ${programs.join(', ')}`]),
    ...(secrets.length === 0 ? [] : [`  secrets    ${secrets.join(', ')}`]),
    ...(env.length === 0 ? [] : [`  variables  ${env.join(', ')}`]),
    ...(database === null ? [] : [`  database   ${database}`]),
    `  seen       ${pinned} definitions, ${waiting} wait`,
  ];
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
