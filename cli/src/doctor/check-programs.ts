/** Programs on the path: the agents, and whether the word `agentguard` means this program. */

import { realpathSync } from 'node:fs';
import type { Offer } from '../sandbox/choose.ts';
import { findProgram } from '../sandbox/find-program.ts';
import type { Finding } from './finding.ts';

/** Agents by the command that starts them. */
const AGENTS: readonly (readonly [string, string])[] = [
  ['claude', 'Claude Code'],
  ['codex', 'Codex'],
  ['gemini', 'Gemini CLI'],
  ['opencode', 'opencode'],
  ['cursor-agent', 'Cursor'],
  ['copilot', 'Copilot CLI'],
];

/** What is looked up where. */
export interface ProgramView {
  /** The variable PATH. */
  readonly path: string | undefined;
  /** The script of this very program. */
  readonly own: string;
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

function checkAgents({ path }: ProgramView, sandbox: Offer): readonly Finding[] {
  const there = AGENTS.filter(([command]) => findProgram(command, path).kind === 'found');
  return there.map(([command, name]): Finding => {
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
  });
}
