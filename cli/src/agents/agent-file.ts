/**
 * Which file of an agent holds our hooks, and how they stand in it. Pure: text in, text out. What else is in a file stays,
 * comments included; the lines beside what is put in may be laid out anew.
 */

import { applyEdits, modify, parse, parseTree } from 'jsonc-parser';
import type { JSONPath, ParseError } from 'jsonc-parser';
import { claudeHooks } from './claude-settings.ts';
import type { HookAddress } from './claude-settings.ts';
import { opencodePlugin } from './opencode-plugin.ts';

/** Agents that hooks can be installed for. */
export const AGENTS = ['claude', 'codex', 'cursor', 'gemini', 'opencode', 'vscode'] as const;
export type AgentName = (typeof AGENTS)[number];

/** What hooks are made of. */
export interface HookParts {
  readonly address: HookAddress;
  /** The program of ours that agents start, with what runs it; absolute paths. */
  readonly program: readonly string[];
}

/** The file of an agent, below the home folder. */
export const AGENT_FILES: Readonly<Record<AgentName, string>> = {
  claude: '.claude/settings.json',
  codex: '.codex/hooks.json',
  cursor: '.cursor/hooks.json',
  gemini: '.gemini/settings.json',
  opencode: '.config/opencode/plugins/agentguard.js',
  vscode: '.copilot/hooks/agentguard.json',
};

/** What holds where an agent goes on when its hook fails: said at installing, since no setting changes it. */
export const FAILS_OPEN: Readonly<Record<AgentName, boolean>> = {
  claude: false,
  codex: true,
  cursor: false,
  gemini: true,
  opencode: false,
  vscode: true,
};

export type NewText =
  { readonly ok: true; readonly text: string } | { readonly ok: false; readonly why: string };

/**
 * The file with our hooks in it.
 * @param before null when there is none
 */
export function addHooks(agent: AgentName, before: string | null, parts: HookParts): NewText {
  if (agent === 'opencode') {
    return before === null
      ? { ok: true, text: opencodePlugin() }
      : { ok: false, why: 'another plugin has its name' };
  }
  const problems: ParseError[] = [];
  const text = before ?? '{}\n';
  const root: unknown = parse(text, problems, { allowTrailingComma: true });
  if (problems.length > 0 || typeof root !== 'object' || root === null || Array.isArray(root)) {
    return { ok: false, why: 'it is no JSON object' };
  }
  return insertAll(text, entriesOf(agent, parts));
}

interface Entry {
  readonly path: JSONPath;
  readonly value: unknown;
  /** Another element of the list there; else the value itself. */
  readonly append: boolean;
}

function insertAll(before: string, entries: readonly Entry[]): NewText {
  let text = before;
  for (const { path, value, append } of entries) {
    const there: unknown = path.reduce<unknown>((at, key) => toRecord(at)[key], parse(text));
    if (append && there !== undefined && !Array.isArray(there)) {
      return { ok: false, why: `\`${path.join('.')}\` is no list` };
    }
    const count = Array.isArray(there) ? there.length : 0;
    const target = append && count > 0 ? [...path, count] : path;
    const what = append && count === 0 ? [value] : value;
    text = applyEdits(
      text,
      modify(text, target, what, {
        formattingOptions: {
          insertSpaces: true,
          tabSize: 2,
          eol: text.includes('\r\n') ? '\r\n' : '\n',
        },
        isArrayInsertion: append && count > 0,
      }),
    );
  }
  return parseTree(text) === undefined
    ? { ok: false, why: 'it cannot be edited' }
    : { ok: true, text };
}

function toRecord(value: unknown): Readonly<Record<string | number, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** Milliseconds where the agent counts so, seconds elsewhere: ten minutes. */
const TIMEOUT_S = 600;
const TIMEOUT_MS = 600_000;

function entriesOf(agent: Exclude<AgentName, 'opencode'>, parts: HookParts): readonly Entry[] {
  const command = commandLine(parts.program, agent);
  const list = (path: JSONPath, value: unknown): Entry => ({ path, value, append: true });
  switch (agent) {
    case 'claude': {
      const groups = Object.entries(claudeHooks(parts.address));
      const hooks = groups.map(([event, [group]]) => list(['hooks', event], group));
      return [...hooks, { path: ['disableAllHooks'], value: false, append: false }];
    }
    case 'codex': {
      const hook = { type: 'command', command, timeout: TIMEOUT_S };
      return [list(['hooks', 'PreToolUse'], { matcher: '.*', hooks: [hook] })];
    }
    case 'cursor': {
      const hook = { command, type: 'command', timeout: TIMEOUT_S, failClosed: true };
      return [
        { path: ['version'], value: 1, append: false },
        list(['hooks', 'beforeShellExecution'], hook),
        list(['hooks', 'beforeReadFile'], hook),
        list(['hooks', 'beforeMCPExecution'], hook),
        list(['hooks', 'preToolUse'], { ...hook, matcher: 'Write|Delete|Task' }),
      ];
    }
    case 'gemini': {
      const hook = { type: 'command', command, name: 'agentguard', timeout: TIMEOUT_MS };
      return [list(['hooks', 'BeforeTool'], { matcher: '.*', hooks: [hook] })];
    }
    case 'vscode':
      return [list(['hooks', 'PreToolUse'], { type: 'command', command, timeout: TIMEOUT_S })];
  }
}

/** A line for the shell that agents start hooks with. */
function commandLine(program: readonly string[], agent: AgentName): string {
  return [...program, agent]
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : quote(word)))
    .join(' ');
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
