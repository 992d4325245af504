/** From a hook call to what is decided: which tool of which agent would do what. */

import { analyzeFile, analyzeShell } from '@agentguard/rules';
import type { PrincipalFacts, ShellPlace, ToolFacts } from '@agentguard/rules';
import type { Operation } from '../enforcement/enforcement.ts';
import type { HookCall } from './hook-call.ts';

/** Tools that run a command line, by any agent. */
const SHELL_TOOLS = new Set(
  (
    'bash shell sh local_shell exec exec_command shell_command run_shell_command run_in_terminal runinterminal ' +
    'run_command terminal run_terminal_cmd powershell monitor'
  ).split(' '),
);

const READ_TOOLS = new Set(
  'read read_file readfile view notebookread read_many_files view_image get_file'.split(' '),
);

const WRITE_TOOLS = new Set(
  (
    'write edit multiedit notebookedit write_file replace create_file createfile insert_edit_into_file ' +
    'replace_string_in_file multi_replace_string_in_file editfiles delete patch delete_file str_replace'
  ).split(' '),
);

/** Names under which tools take a path. */
const PATH_FIELDS = [
  'file_path',
  'filePath',
  'path',
  'absolute_path',
  'notebook_path',
  'target_file',
  'uri',
];

/** What a call would do, and the text that is shown and recorded for it. */
export interface ReadTool {
  readonly text: string;
  readonly facts: ToolFacts;
}

/** Reads what a tool would do. Contents of files are never kept: only where they go. */
export function readTool(call: HookCall, place: ShellPlace): ReadTool {
  const name = call.tool.toLowerCase();
  const here = {
    ...place,
    cwd: call.cwd !== null && call.cwd.startsWith('/') ? call.cwd : place.cwd,
  };
  if (SHELL_TOOLS.has(name)) return readShell(call, here);
  if (name === 'apply_patch') return readPatch(call, here);
  const kind = READ_TOOLS.has(name) ? 'read' : WRITE_TOOLS.has(name) ? 'write' : null;
  const paths = kind === null ? [] : pathsOf(call.input);
  if (kind === null || paths.length === 0) return plain(call);
  return join(
    call,
    paths.map((path) => analyzeFile(call.tool, { path, kind }, here)),
    paths,
  );
}

function readShell(call: HookCall, place: ShellPlace): ReadTool {
  const { command, workdir } = call.input;
  const text = toCommandText(command ?? call.input['cmd'] ?? call.input['commandLine']);
  if (text === null) return unclear(call, 'the command line of the tool cannot be read');
  const cwd = typeof workdir === 'string' && workdir.startsWith('/') ? workdir : place.cwd;
  return { text, facts: analyzeShell(call.tool, text, { ...place, cwd }) };
}

/** Codex sends `["bash", "-lc", "..."]`, all others one text. */
function toCommandText(command: unknown): string | null {
  if (typeof command === 'string') return command;
  if (!Array.isArray(command) || command.length === 0) return null;
  const words = command.filter((word): word is string => typeof word === 'string');
  return words.length === command.length ? words.map(quote).join(' ') : null;
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** The files that a patch of Codex names in its own lines. */
function readPatch(call: HookCall, place: ShellPlace): ReadTool {
  const patch = Object.values(call.input).find((value) => typeof value === 'string') ?? '';
  const lines = [
    ...patch.matchAll(/^\*\*\* (?:Add|Update|Delete) File: (.+)$|^\*\*\* Move to: (.+)$/gm),
  ];
  const paths = lines.map((line) => (line[1] ?? line[2] ?? '').trim()).slice(0, 200);
  if (paths.length === 0) return unclear(call, 'the patch names no file');
  return join(
    call,
    paths.map((path) => analyzeFile(call.tool, { path, kind: 'write' }, place)),
    paths,
  );
}

function pathsOf(input: HookCall['input']): readonly string[] {
  const single = PATH_FIELDS.map((field) => input[field]);
  const many = ['paths', 'files'].flatMap((field): unknown[] => {
    const value = input[field];
    return Array.isArray(value) ? value : [];
  });
  return [...single, ...many]
    .filter((path): path is string => typeof path === 'string' && path !== '')
    .map((path) => path.replace(/^file:\/\//, ''))
    .slice(0, 200);
}

function join(call: HookCall, facts: readonly ToolFacts[], paths: readonly string[]): ReadTool {
  const findings = facts.flatMap((one) => one.findings);
  const text = [call.tool, ...paths].join('\n');
  return { text, facts: { tool: call.tool, programs: [], findings, secretSpans: [] } };
}

/** A tool that is nobody's business here. Its input may hold anything, so only its name is kept. */
function plain(call: HookCall): ReadTool {
  return {
    text: call.tool,
    facts: { tool: call.tool, programs: [], findings: [], secretSpans: [] },
  };
}

function unclear(call: HookCall, what: string): ReadTool {
  const read = plain(call);
  const findings = [{ deed: 'unclear', by: call.tool, what, via: [] }] as const;
  return { ...read, facts: { ...read.facts, findings } };
}

/** The operation that enforcement rules on. */
export function toOperation(
  call: HookCall,
  { text, facts }: ReadTool,
  principal: PrincipalFacts,
): Operation {
  const action = { protocol: 'tool', tool: facts } as const;
  return {
    connection: {
      connection: call.toolUse ?? 'none',
      principal,
      resource: { name: `${call.agent} ${call.tool}`, kind: 'tool', environment: 'unknown' },
    },
    text,
    action,
    inTransaction: false,
    reread: () => action,
  };
}
