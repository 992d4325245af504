/** Programs that have something run elsewhere or later, where this line's guard does not reach. */

import { finding } from './invocation.ts';
import type { Invocation, Step } from './invocation.ts';
import { splitArguments } from './arguments.ts';
import { literal } from './value.ts';
import type { Value } from './value.ts';

const DOCKER_VALUED = [
  ...[
    '-e',
    '--env',
    '-v',
    '--volume',
    '-p',
    '--publish',
    '-w',
    '--workdir',
    '-u',
    '--user',
    '--name',
    '--network',
  ],
  ...[
    '--entrypoint',
    '--mount',
    '--env-file',
    '-l',
    '--label',
    '-h',
    '--hostname',
    '--platform',
    '--add-host',
    '-m',
  ],
  ...[
    '--memory',
    '--cpus',
    '--gpus',
    '--pull',
    '--restart',
    '--net',
    '--ipc',
    '--pid',
    '--cap-add',
    '--device',
  ],
];

/** Folders of this machine that give a container everything. */
const WHOLE_MACHINE = /^(?:\/|\/(?:home|root|etc|var|usr|Users)\/?|~\/?|.*docker\.sock)$/;

/** Looks at what a program hands on. */
export function judgeStart(invocation: Invocation): readonly Step[] {
  const { program, args, stdin } = invocation;
  switch (program) {
    case 'find':
      return findExec(args);
    case 'docker':
    case 'podman':
    case 'nerdctl':
      return judgeContainer(args, program);
    case 'script':
    case 'su':
    case 'flock':
    case 'runuser':
      return optionScript(invocation, '-c');
    case 'tmux':
    case 'screen':
      return sendKeys(invocation);
    case 'at':
    case 'batch':
      return stdin.kind === 'text'
        ? [{ kind: 'script', text: stdin.text, by: program }]
        : [finding('unclear', `\`${program}\` runs something later`)];
    case 'trap':
      return args[0] === undefined || args[0].text === '-'
        ? []
        : [{ kind: 'script', text: args[0].text, by: 'trap' }];
    case 'parallel':
      return parallel(args);
    case 'ssh-keygen':
    default:
      return [];
  }
}

function findExec(args: readonly Value[]): readonly Step[] {
  const at = args.findIndex(({ text }) => /^-(?:exec|execdir|ok|okdir)$/.test(text));
  if (at === -1) return [];
  const rest = args.slice(at + 1);
  const end = rest.findIndex(({ text }) => text === ';' || text === '+');
  const argv = (end === -1 ? rest : rest.slice(0, end)).filter(({ text }) => text !== '{}');
  // What is found is judged where find starts to look.
  if (/(?:^|\/)(?:rm|unlink|shred)$/.test(argv[0]?.text ?? '')) return [];
  return argv.length === 0 ? [] : [{ kind: 'argv', argv, by: 'find -exec' }];
}

function judgeContainer(args: readonly Value[], program: string): readonly Step[] {
  const { operands, options, flags } = splitArguments(args, DOCKER_VALUED);
  const words = operands.map(({ text }) => text);
  const runs =
    words[0] === 'run' || words[0] === 'create' || (words[0] === 'container' && words[1] === 'run');
  if (!runs) return [];
  const sources = ['-v', '--volume']
    .flatMap((name) => options.get(name) ?? [])
    .map(({ text }) => text.split(':')[0] ?? '');
  const mounts = (options.get('--mount') ?? []).map(
    ({ text }) => /(?:source|src)=([^,]*)/.exec(text)?.[1] ?? '',
  );
  const whole = [...sources, ...mounts].find((source) => WHOLE_MACHINE.test(source));
  if (whole === undefined && !flags.has('--privileged')) return [];
  return [
    finding(
      'destroy',
      `\`${program} run\` gives a container ${whole === undefined ? 'every right on this machine' : `\`${whole}\` of this machine`}`,
    ),
  ];
}

function optionScript({ args, program }: Invocation, option: string): readonly Step[] {
  const at = args.findIndex(
    ({ text }) => text === option || text === '--command' || /^-[a-z]*c$/.test(text),
  );
  const text = at === -1 ? undefined : args[at + 1]?.text;
  return text === undefined ? [] : [{ kind: 'script', text, by: program }];
}

function sendKeys({ args, program }: Invocation): readonly Step[] {
  const words = args.map(({ text }) => text);
  const at = words.findIndex((word) =>
    /^(?:send-keys|send|stuff|new-session|new|new-window|split-window|run-shell|run)$/.test(word),
  );
  if (at === -1) return [];
  const text = splitArguments(args.slice(at + 1), ['-t', '-s', '-n', '-c', '-F', '-x', '-y'])
    .operands.map((value) => value.text)
    .filter((word) => !/^(?:Enter|C-m|C-c|\r|\n)$/.test(word))
    .join(' ');
  return text === '' ? [] : [{ kind: 'script', text, by: program }];
}

function parallel(args: readonly Value[]): readonly Step[] {
  const at = args.findIndex(({ text }) => text === ':::' || text === '::::');
  const before = args.slice(0, at === -1 ? args.length : at).filter(({ text }) => !/^-/.test(text));
  if (before.length > 0)
    return [{ kind: 'argv', argv: [...before, literal('\uFFFC')], by: 'parallel' }];
  return args.slice(at + 1).map(({ text }): Step => ({ kind: 'script', text, by: 'parallel' }));
}
