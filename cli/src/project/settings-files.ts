/** The settings files of agents and their MCP servers: where they are, and how each is read. */

import { homedir } from 'node:os';
import { join } from 'node:path';

/** A settings file. */
export interface SettingsFile {
  readonly path: string;
  readonly shown: string;
  readonly format: 'json' | 'toml';
  /** Where in the document the project's part is; empty for all of it. */
  readonly scope: readonly string[];
  /** See `Site.takesVariables`. Claude Code documents `${NAME:-otherwise}` for the MCP servers of a project. */
  readonly takesVariables: boolean;
}

/** Below the project. */
const IN_PROJECT: readonly (readonly [string, 'json' | 'toml', boolean])[] = [
  ['.mcp.json', 'json', true],
  ['.claude/settings.json', 'json', false],
  ['.claude/settings.local.json', 'json', false],
  ['.cursor/mcp.json', 'json', false],
  ['.vscode/mcp.json', 'json', false],
  ['.gemini/settings.json', 'json', false],
  ['.codex/config.toml', 'toml', false],
  ['opencode.json', 'json', false],
  ['opencode.jsonc', 'json', false],
  ['claude_desktop_config.json', 'json', false],
];

/** Those that are changed: the project's own, and its entry in Claude Code's file of projects. */
export function settingsFiles(root: string, home: string = homedir()): readonly SettingsFile[] {
  const own = IN_PROJECT.map(([name, format, takesVariables]) => ({
    path: join(root, name),
    shown: name,
    format,
    scope: [],
    takesVariables,
  }));
  const entry: SettingsFile = {
    path: join(home, '.claude.json'),
    shown: '~/.claude.json',
    format: 'json',
    scope: ['projects', root],
    takesVariables: true,
  };
  return [...own, entry];
}

/** Settings of the person that every project shares. They are looked at and only named. */
export function sharedSettings(home: string = homedir()): readonly SettingsFile[] {
  const shared: readonly (readonly [string, 'json' | 'toml'])[] = [
    ['.cursor/mcp.json', 'json'],
    ['.gemini/settings.json', 'json'],
    ['.codex/config.toml', 'toml'],
    ['.config/opencode/opencode.json', 'json'],
    ['.config/Claude/claude_desktop_config.json', 'json'],
    ['Library/Application Support/Claude/claude_desktop_config.json', 'json'],
    ['.claude/settings.json', 'json'],
  ];
  const files = shared.map(([name, format]) => ({
    path: join(home, name),
    shown: `~/${name}`,
    format,
    scope: [],
    takesVariables: false,
  }));
  const global: SettingsFile = {
    path: join(home, '.claude.json'),
    shown: '~/.claude.json',
    format: 'json',
    scope: ['mcpServers'],
    takesVariables: false,
  };
  return [...files, global];
}
