/** What acts on the guard itself, or on the settings by which agents and editors run things. */

import { splitArguments } from './arguments.ts';
import { finding } from './invocation.ts';
import type { Invocation, Step } from './invocation.ts';
import { isWithin, lastName } from './place.ts';
import type { ShellPlace } from './place.ts';
import { toAbsolute } from './scope.ts';
import type { Scope } from './scope.ts';
import { isKnown, toShown } from './value.ts';
import type { Value } from './value.ts';

/** Commands of ours that a session may use. Every other is a person's. */
const OWN_COMMANDS = new Set([
  'status',
  'doctor',
  'help',
  '--help',
  '-h',
  '--version',
  'audit',
  'undo',
]);

/** Files that say what agents and editors run, or what they may do. From the workspace or the home folder. */
const SETTINGS: readonly RegExp[] = [
  /(?:^|\/)\.claude\/(?:settings(?:\.local)?\.json|hooks\/|commands\/|agents\/|skills\/)/,
  /(?:^|\/)\.claude\.json$/,
  /(?:^|\/)\.mcp\.json$/,
  /(?:^|\/)\.cursor\/(?:hooks|mcp|permissions|cli|cli-config)\.json$/,
  /(?:^|\/)\.codex\/(?:config\.toml|hooks\.json|requirements\.toml)$/,
  /(?:^|\/)\.gemini\/settings\.json$/,
  /(?:^|\/)(?:\.opencode|\.config\/opencode)\//,
  /(?:^|\/)opencode\.jsonc?$/,
  /(?:^|\/)\.github\/hooks\//,
  /(?:^|\/)\.copilot\/hooks\//,
  /(?:^|\/)\.vscode\/(?:mcp|settings|tasks)\.json$/,
  /^\/etc\/(?:claude-code|cursor|codex|gemini-cli|opencode)\//,
  /(?:^|\/)\.git\/hooks\//,
  /(?:^|\/)\.git\/config$/,
  /^\/etc\/(?:cron|systemd|profile|sudoers|ld\.so)/,
  /(?:^|\/)\.(?:bashrc|bash_profile|profile|zshrc|zshenv|zprofile|gitconfig)$/,
  /(?:^|\/)\.config\/(?:systemd|autostart|fish)\//,
  /(?:^|\/)Library\/LaunchAgents\//,
];

/** Programs that change a file they are given. */
const WRITERS = new Set(
  'tee rm mv cp install ln truncate shred dd sed perl chmod chown chattr patch ed ex vim vi nano rsync unlink'.split(
    ' ',
  ),
);

/** A name of the guard where a process or a service is meant. */
const GUARD_NAME = /agentguard/i;

/** Programs that end processes and services, or find the one to end. */
const ENDERS = new Set(
  'kill pkill killall killall5 skill systemctl launchctl service xkill pgrep pidof'.split(' '),
);

/** Whether a path belongs to the guard. */
export function isOfGuard(path: string, { guard }: ShellPlace): boolean {
  if (lastName(path).startsWith('agentguard.y')) return true;
  return guard.some((own) => path === own || isWithin(path, own) || isWithin(own, path));
}

/** Whether a path is that of settings which agents or editors act by. */
export function isSettings(path: string): boolean {
  return SETTINGS.some((pattern) => pattern.test(path));
}

/** What writing to a path means for the guard. */
export function judgeWrite(target: Value, scope: Scope, by: string): readonly Step[] {
  const path = isKnown(target) ? toAbsolute(target.text, scope) : null;
  if (path === null || scope.ground !== 'here') return [];
  const shown = `\`${by} ${toShown(target)}\``;
  if (
    isOfGuard(path, scope.place) &&
    !isWithin(scope.place.workspace, path) &&
    path !== scope.place.workspace
  ) {
    return [finding('tamper', `${shown} changes the guard's own files`)];
  }
  return isSettings(path)
    ? [finding('settings', `${shown} changes what an agent or an editor runs or may do`)]
    : [];
}

/** Looks for attempts on the guard. */
export function judgeAttempts(invocation: Invocation): readonly Step[] {
  const { program, args, scope } = invocation;
  return [
    ...judgeOwnCommand(invocation),
    ...judgeEnding(invocation),
    ...judgeSocket(invocation),
    ...judgeNestedAgent(program, args),
    ...(WRITERS.has(program)
      ? writtenBy(invocation).flatMap((value) => judgeWrite(value, scope, program))
      : []),
  ];
}

/** `cp a b` writes b and reads a. */
function writtenBy({ program, args }: Invocation): readonly Value[] {
  const { operands, options } = splitArguments(args, [
    '-t',
    '--target-directory',
    '-e',
    '-s',
    '-S',
    '-m',
    '-o',
    '-g',
  ]);
  const inPlace = args.some(({ text }) => /^-[a-zA-Z]*i|^--in-place/.test(text));
  switch (program) {
    case 'cp':
    case 'install':
    case 'ln':
    case 'rsync':
      return options.get('-t') ?? operands.slice(-1);
    case 'sed':
    case 'perl':
      return inPlace ? operands : [];
    case 'dd':
      return args.flatMap((value) =>
        value.text.startsWith('of=') ? [{ ...value, text: value.text.slice(3) }] : [],
      );
    default:
      return operands;
  }
}

function judgeOwnCommand({ program, args }: Invocation): readonly Step[] {
  const script = lastName(args.find(({ text }) => !text.startsWith('-'))?.text ?? '');
  const asScript =
    /^(?:node|bun|deno|tsx|npx|pnpm|npm)$/.test(program) && /^agentguard(?:\.js)?$/.test(script);
  if (program !== 'agentguard' && program !== 'agentguard.js' && !asScript) return [];
  const rest = asScript
    ? args.slice(args.findIndex(({ text }) => lastName(text) === script) + 1)
    : args;
  const [first, second] = rest.map(toShown);
  if (first === undefined || OWN_COMMANDS.has(first)) return [];
  return [
    finding(
      'tamper',
      `\`agentguard ${[first, second].filter(Boolean).join(' ')}\` is for the person, not for a session`,
    ),
  ];
}

function judgeEnding({ program, args }: Invocation): readonly Step[] {
  const words = args.map(({ text }) => text);
  if (ENDERS.has(program) && words.some((word) => GUARD_NAME.test(word))) {
    return [finding('tamper', `\`${program}\` ends or looks for the guard's process`)];
  }
  return program === 'kill' && words.length > 1 && words.at(-1) === '-1'
    ? [finding('tamper', '`kill … -1` ends every process, the guard among them')]
    : [];
}

function judgeSocket({ program, args, scope }: Invocation): readonly Step[] {
  const met = args.find(({ text }) =>
    scope.place.guard.some((own) => own.length > 1 && text.includes(own)),
  );
  if (met === undefined || WRITERS.has(program)) return [];
  return [finding('tamper', `\`${program}\` is pointed at the guard's own files or its socket`)];
}

const AGENTS = /^(?:claude|codex|opencode|gemini|cursor-agent)$/;
const UNHOOKED =
  /^--(?:bare|safe-mode|bg|cloud|teleport|pure|dangerously-bypass-hook-trust|dangerously-skip-permissions|dangerously-bypass-approvals-and-sandbox|yolo)$|^hooks=false$|features\.hooks=false/;

/** An agent that is started with what it would be asked about switched off. */
function judgeNestedAgent(program: string, args: readonly Value[]): readonly Step[] {
  const flag = AGENTS.test(program) ? args.find(({ text }) => UNHOOKED.test(text)) : undefined;
  return flag === undefined
    ? []
    : [finding('settings', `\`${program} ${flag.text}\` starts an agent without its checks`)];
}
