/** Programs on the path: the agents, and whether the word `agentguard` means this program. */

import { realpathSync } from 'node:fs';
import type { AgentName } from '../agents/agent-file.ts';
import type { AgentState } from '../agents/installation.ts';
import type { Offer } from '../sandbox/choose.ts';
import { findProgram } from '../sandbox/find-program.ts';
import type { Finding } from './finding.ts';

interface KnownAgent {
  readonly command: string;
  readonly name: string;
  /** Our word for it in `agent install`; null where hooks cannot be installed. */
  readonly hooks: AgentName | null;
}

const AGENTS: readonly KnownAgent[] = [
  { command: 'claude', name: 'Claude Code', hooks: 'claude' },
  { command: 'codex', name: 'Codex', hooks: 'codex' },
  { command: 'gemini', name: 'Gemini CLI', hooks: 'gemini' },
  { command: 'opencode', name: 'opencode', hooks: 'opencode' },
  { command: 'cursor-agent', name: 'Cursor', hooks: 'cursor' },
  { command: 'copilot', name: 'Copilot CLI', hooks: null },
];

/** What is looked up where. */
export interface ProgramView {
  /** The variable PATH. */
  readonly path: string | undefined;
  /** The script of this very program. */
  readonly own: string;
  /** Whether an agent's settings hold our hooks. */
  readonly hooks: (agent: AgentName) => AgentState;
}

/** Looks for agents, and for another program of our name. */
export function checkPrograms(view: ProgramView, sandbox: Offer): readonly Finding[] {
  return [...checkName(view), ...checkAgents(view, sandbox)];
}

/** Other projects use the name too, and a hook or a habit that meets one of them is unguarded. */
function checkName({ path, own }: ProgramView): readonly Finding[] {
  const found = findProgram('agentguard', path);
  if (found.kind !== 'found' || isSame(found.path, own)) return [];
  return [
    {
      id: 'another-agentguard',
      level: 'note',
      about: 'agentguard',
      layer: null,
      what: `the command \`agentguard\` on your path is another file: ${found.path}`,
      mend: `start ${own} itself, or put its folder first on the path`,
    },
  ];
}

function isSame(left: string, right: string): boolean {
  try {
    return realpathSync(left) === realpathSync(right);
  } catch {
    return false;
  }
}

function checkAgents(view: ProgramView, sandbox: Offer): readonly Finding[] {
  const there = AGENTS.filter(({ command }) => findProgram(command, view.path).kind === 'found');
  return there.flatMap((agent) => [checkAgent(agent, sandbox), ...checkHooks(agent, view)]);
}

function checkAgent({ command, name }: KnownAgent, sandbox: Offer): Finding {
  if (sandbox.kind === 'ready') {
    return {
      id: 'agent-sandbox',
      level: 'held',
      about: name,
      layer: 'sandbox',
      what: 'guarded when it is started with agentguard run',
      mend: `agentguard run -- ${command}`,
    };
  }
  return {
    id: 'agent-no-sandbox',
    level: 'open',
    about: name,
    layer: null,
    what: `it keeps every way out that this account has: no sandbox, ${sandbox.why}`,
    mend: sandbox.help,
  };
}

/** Hooks are early words and no lock, so that missing ones leave nothing open. */
function checkHooks({ name, hooks }: KnownAgent, view: ProgramView): readonly Finding[] {
  if (hooks === null) return [];
  const state = view.hooks(hooks);
  const mend = `agentguard agent install ${hooks}`;
  if (state === 'installed') {
    const what = 'asks before it uses a tool';
    return [{ id: 'agent-hooks', level: 'held', about: name, layer: 'hooks', what, mend: null }];
  }
  const what =
    state === 'changed'
      ? 'our hooks in its settings were changed'
      : 'its settings have no hooks of ours';
  return [{ id: 'agent-unhooked', level: 'note', about: name, layer: null, what, mend }];
}
