/** The files in which clients keep their MCP servers, of the person and of a project. */

import { join } from 'node:path';
import type { AgentName } from '../agents/agent-file.ts';
import type { ConfigForm } from './config-text.ts';

/** One place with servers in it. A file may hold several. */
export interface ConfigPlace {
  readonly path: string;
  readonly form: ConfigForm;
}

const MCP_SERVERS: ConfigForm = { kind: 'json', at: ['mcpServers'] };
const SERVERS: ConfigForm = { kind: 'json', at: ['servers'] };
const OPENCODE: ConfigForm = { kind: 'opencode', at: ['mcp'] };
const CODEX: ConfigForm = { kind: 'codex' };

/** A file, its form, and the agent that reads it; null for programs that have no hooks. */
type Row = readonly [name: string, form: ConfigForm, agent: AgentName | null];

const OF_PROJECT: readonly Row[] = [
  ['.mcp.json', MCP_SERVERS, 'claude'],
  ['.cursor/mcp.json', MCP_SERVERS, 'cursor'],
  ['.vscode/mcp.json', SERVERS, 'vscode'],
  ['.gemini/settings.json', MCP_SERVERS, 'gemini'],
  ['.codex/config.toml', CODEX, 'codex'],
  ['opencode.json', OPENCODE, 'opencode'],
  ['opencode.jsonc', OPENCODE, 'opencode'],
];

const OF_PERSON: readonly Row[] = [
  ['.claude.json', MCP_SERVERS, 'claude'],
  ['.cursor/mcp.json', MCP_SERVERS, 'cursor'],
  ['.config/Code/User/mcp.json', SERVERS, 'vscode'],
  ['Library/Application Support/Code/User/mcp.json', SERVERS, 'vscode'],
  ['.gemini/settings.json', MCP_SERVERS, 'gemini'],
  ['.codex/config.toml', CODEX, 'codex'],
  ['.config/opencode/opencode.json', OPENCODE, 'opencode'],
  ['.config/Claude/claude_desktop_config.json', MCP_SERVERS, null],
  ['Library/Application Support/Claude/claude_desktop_config.json', MCP_SERVERS, null],
];

/**
 * Every place, those of the project first.
 * @param agent the one whose files are meant; null for all
 */
export function configPlaces(
  root: string,
  home: string,
  agent: AgentName | null,
): readonly ConfigPlace[] {
  const meant = (rows: readonly Row[], folder: string): readonly ConfigPlace[] =>
    rows
      .filter(([, , reader]) => agent === null || reader === agent)
      .map(([name, form]) => ({ path: join(folder, name), form }));
  const entry: ConfigPlace = {
    path: join(home, '.claude.json'),
    form: { kind: 'json', at: ['projects', root, 'mcpServers'] },
  };
  const entries = agent === null || agent === 'claude' ? [entry] : [];
  return [...meant(OF_PROJECT, root), ...meant(OF_PERSON, home), ...entries];
}
