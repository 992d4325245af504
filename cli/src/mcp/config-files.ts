/** The files in which clients keep their MCP servers, of the person and of a project. */

import { join } from 'node:path';
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

const OF_PROJECT: readonly (readonly [string, ConfigForm])[] = [
  ['.mcp.json', MCP_SERVERS],
  ['.cursor/mcp.json', MCP_SERVERS],
  ['.vscode/mcp.json', SERVERS],
  ['.gemini/settings.json', MCP_SERVERS],
  ['.codex/config.toml', CODEX],
  ['opencode.json', OPENCODE],
  ['opencode.jsonc', OPENCODE],
];

const OF_PERSON: readonly (readonly [string, ConfigForm])[] = [
  ['.claude.json', MCP_SERVERS],
  ['.cursor/mcp.json', MCP_SERVERS],
  ['.config/Code/User/mcp.json', SERVERS],
  ['Library/Application Support/Code/User/mcp.json', SERVERS],
  ['.gemini/settings.json', MCP_SERVERS],
  ['.codex/config.toml', CODEX],
  ['.config/opencode/opencode.json', OPENCODE],
  ['.config/Claude/claude_desktop_config.json', MCP_SERVERS],
  ['Library/Application Support/Claude/claude_desktop_config.json', MCP_SERVERS],
];

/** Every place, those of the project first. */
export function configPlaces(root: string, home: string): readonly ConfigPlace[] {
  const at = (folder: string, [name, form]: readonly [string, ConfigForm]): ConfigPlace => ({
    path: join(folder, name),
    form,
  });
  const entry: ConfigPlace = {
    path: join(home, '.claude.json'),
    form: { kind: 'json', at: ['projects', root, 'mcpServers'] },
  };
  return [
    ...OF_PROJECT.map((one) => at(root, one)),
    ...OF_PERSON.map((one) => at(home, one)),
    entry,
  ];
}
