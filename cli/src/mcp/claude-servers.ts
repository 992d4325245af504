/** The guarded servers as Claude Code takes them for one run, and no others. */

import { basename } from 'node:path';
import type { CallResult } from '@agentguard/daemon/control';

type Server = CallResult<'mcp.list'>['servers'][number];

/** Options by which a person says themselves which servers there are. */
const OWN = ['--mcp-config', '--strict-mcp-config'];

/**
 * The arguments of the command with the guarded set in front; as they are for any other command, where nothing is
 * guarded, and where the person chose servers themselves.
 * @param guard program and first argument of this command line
 */
export function withGuardedServers(
  command: string,
  args: readonly string[],
  {
    servers,
    guard,
  }: { readonly servers: readonly Server[]; readonly guard: readonly [string, string] },
): readonly string[] {
  const chosen = args.some((word) =>
    OWN.some((option) => word === option || word.startsWith(`${option}=`)),
  );
  if (basename(command) !== 'claude' || servers.length === 0 || chosen) return args;
  const [program, script] = guard;
  const entries = servers.map(({ name, argv }) => [
    name,
    { type: 'stdio', command: program, args: [script, 'mcp', 'wrap', '--', ...argv] },
  ]);
  const config = JSON.stringify({ mcpServers: Object.fromEntries(entries) as unknown });
  return ['--strict-mcp-config', `--mcp-config=${config}`, ...args];
}
