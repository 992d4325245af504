/** Programs that start another program which stands behind them. A table: what takes a value, and what comes first. */

import { splitArguments } from './arguments.ts';
import { finding } from './invocation.ts';
import type { Invocation, Step } from './invocation.ts';
import type { Ground } from './scope.ts';
import { HOLE, literal } from './value.ts';
import type { Value } from './value.ts';

interface Wrapper {
  /** Options that take the next argument. */
  readonly valued?: readonly string[];
  /** Operands of its own that come before the program. */
  readonly skip?: number;
  /** Words of its own that must come first: `exec`, `run`. One of them. */
  readonly word?: readonly string[];
  /** `NAME=value` before the program. */
  readonly assigns?: true;
  /** The rest is one text for a shell. */
  readonly joined?: true;
  readonly ground?: Ground;
  /** With one of these it starts nothing. */
  readonly unless?: readonly string[];
  /** More arguments come at run time. */
  readonly more?: true;
}

const KUBECTL_VALUED = [
  '-n',
  '--namespace',
  '-c',
  '--container',
  '--context',
  '--kubeconfig',
  '-l',
];
const DOCKER_VALUED = [
  ...['-e', '--env', '-u', '--user', '-w', '--workdir', '--env-file', '-f', '--file', '-p'],
  ...['--project-name', '--profile', '--context', '-H', '--index'],
];

/** By the name of the program; several rows where its words differ. */
const WRAPPERS: Readonly<Record<string, readonly Wrapper[]>> = {
  sudo: [
    { valued: ['-u', '-g', '-h', '-p', '-C', '-D', '-R', '-T', '-U', '-r', '-t'], assigns: true },
  ],
  doas: [{ valued: ['-u', '-C'] }],
  env: [{ valued: ['-u', '-C', '--unset', '--chdir'], assigns: true }],
  nice: [{ valued: ['-n', '--adjustment'] }],
  ionice: [{ valued: ['-c', '-n', '-p', '-P', '-u'] }],
  nohup: [{}],
  setsid: [{}],
  time: [{ valued: ['-o', '-f'] }],
  timeout: [{ valued: ['-k', '-s', '--kill-after', '--signal'], skip: 1 }],
  gtimeout: [{ valued: ['-k', '-s', '--kill-after', '--signal'], skip: 1 }],
  stdbuf: [{ valued: ['-i', '-o', '-e'] }],
  command: [{ unless: ['-v', '-V'] }],
  builtin: [{}],
  exec: [{ valued: ['-a'] }],
  chronic: [{}],
  unbuffer: [{}],
  caffeinate: [{ valued: ['-t', '-w'] }],
  fakeroot: [{}],
  strace: [{ valued: ['-o', '-e', '-p', '-s', '-u'] }],
  ltrace: [{ valued: ['-o', '-e', '-p', '-s', '-u'] }],
  setarch: [{ skip: 1 }],
  taskset: [{ skip: 1 }],
  numactl: [{}],
  chroot: [{ skip: 1, ground: 'remote' }],
  unshare: [{ valued: ['-S', '-G', '-R', '-w'] }],
  nsenter: [{ valued: ['-t', '-S', '-G'], ground: 'remote' }],
  'systemd-run': [{ valued: ['-p', '-u', '-t', '-d', '-E', '--unit', '--property'] }],
  busybox: [{}],
  toybox: [{}],
  xargs: [
    {
      valued: ['-I', '-n', '-P', '-L', '-d', '-s', '-a', '-E', '--max-args', '--max-procs'],
      more: true,
    },
  ],
  npx: [{ valued: ['-p', '--package'] }],
  bunx: [{}],
  pnpx: [{}],
  uvx: [{}],
  npm: [{ word: ['exec', 'x'] }],
  pnpm: [{ word: ['exec', 'dlx'], valued: ['--filter', '-C', '--dir', '-F'] }],
  yarn: [{ word: ['exec', 'dlx', 'run'] }],
  bun: [{ word: ['x', 'run'] }],
  poetry: [{ word: ['run'] }],
  uv: [{ word: ['run'], valued: ['--with', '--project', '--directory', '--python', '-p'] }],
  pipenv: [{ word: ['run'] }],
  pdm: [{ word: ['run'] }],
  hatch: [{ word: ['run'] }],
  bundle: [{ word: ['exec'] }],
  mise: [{ word: ['exec', 'x'], skip: 0 }],
  direnv: [{ word: ['exec'], skip: 1 }],
  doppler: [{ word: ['run'], valued: ['-p', '-c', '--project', '--config'] }],
  op: [{ word: ['run'] }],
  'aws-vault': [{ word: ['exec'], skip: 1 }],
  dotenv: [{ valued: ['-e', '-f', '-v', '-c', '-p'] }],
  dotenvx: [{ word: ['run'], valued: ['-f', '-e'] }],
  'cross-env': [{ assigns: true }],
  kubectl: [{ word: ['exec'], valued: KUBECTL_VALUED, skip: 1, ground: 'remote' }],
  docker: [
    { word: ['exec'], valued: DOCKER_VALUED, skip: 1, ground: 'remote' },
    { word: ['compose exec', 'compose run'], valued: DOCKER_VALUED, skip: 1, ground: 'remote' },
  ],
  podman: [{ word: ['exec'], valued: DOCKER_VALUED, skip: 1, ground: 'remote' }],
  'docker-compose': [{ word: ['exec', 'run'], valued: DOCKER_VALUED, skip: 1, ground: 'remote' }],
  ssh: [
    {
      valued: [
        '-i',
        '-p',
        '-l',
        '-o',
        '-F',
        '-J',
        '-L',
        '-R',
        '-D',
        '-W',
        '-b',
        '-c',
        '-e',
        '-m',
        '-w',
      ],
      skip: 1,
      joined: true,
      ground: 'remote',
    },
  ],
  watch: [{ valued: ['-n', '--interval'], joined: true }],
};

/** What a wrapper would start. Empty when the program is none, or starts nothing this time. */
export function unwrap(invocation: Invocation): readonly Step[] {
  const { program } = invocation;
  if (/^ld-linux|^ld-musl/.test(program)) return startRest(invocation, {}, [...invocation.args]);
  if (program === 'env') {
    const split = splitString(invocation);
    if (split !== null) return [split];
  }
  const rows = Object.hasOwn(WRAPPERS, program) ? (WRAPPERS[program] ?? []) : [];
  for (const row of rows) {
    const rest = restOf(invocation.args, row);
    if (rest !== null) return startRest(invocation, row, rest);
  }
  return [];
}

/** `env -S 'a b'` cuts one argument into words, as a shell without a shell. */
function splitString({ args }: Invocation): Step | null {
  const { options } = splitArguments(args, ['-S', '--split-string', '-u', '-C']);
  const text = (options.get('-S') ?? options.get('--split-string'))?.[0]?.text;
  return text === undefined ? null : { kind: 'script', text, by: 'env -S' };
}

/** The arguments from the started program on; null when the row does not fit. */
function restOf(args: readonly Value[], row: Wrapper): Value[] | null {
  let rest = [...args];
  const words = row.word ?? [''];
  const passOptions = (): void => {
    while (/^-./.test(rest[0]?.text ?? '')) {
      const [first] = rest;
      const text = first?.text ?? '';
      rest = rest.slice(row.valued?.includes(text) === true ? 2 : 1);
      if (text === '--') return;
      if (row.unless?.includes(text) === true) rest = [];
    }
    while (row.assigns === true && /^\w+=/.test(rest[0]?.text ?? '')) rest = rest.slice(1);
  };
  passOptions();
  const fitting = words.find((word) => startsWithWords(rest, word));
  if (fitting === undefined) return null;
  rest = rest.slice(fitting === '' ? 0 : fitting.split(' ').length);
  passOptions();
  rest = rest.slice(row.skip ?? 0);
  if (row.joined !== true) passOptions();
  return rest;
}

function startsWithWords(args: readonly Value[], words: string): boolean {
  return words === '' || words.split(' ').every((word, index) => args[index]?.text === word);
}

function startRest({ program }: Invocation, row: Wrapper, rest: readonly Value[]): readonly Step[] {
  if (rest.length === 0) return [];
  const ground = row.ground === undefined ? {} : { ground: row.ground };
  if (row.joined === true) {
    const text = rest.map((value) => value.text).join(' ');
    return [{ kind: 'script', text, by: program, ...ground }];
  }
  if (rest[0]?.text.includes(HOLE) === true) {
    return [
      finding('unclear', `\`${program}\` starts a program whose name is not known beforehand`),
    ];
  }
  const argv = row.more === true ? [...rest, literal(HOLE)] : rest;
  return [{ kind: 'argv', argv, by: program, ...ground }];
}
