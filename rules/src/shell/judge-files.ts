/** Programs that take files away. Paths decide, so they are worked out first. */

import { splitArguments } from './arguments.ts';
import { finding } from './invocation.ts';
import type { Invocation, Step } from './invocation.ts';
import { judgeReading } from './judge-reading.ts';
import { zoneOf } from './place.ts';
import type { Zone } from './place.ts';
import { toAbsolute } from './scope.ts';
import type { Scope } from './scope.ts';
import { HOLE, isKnown, toShown } from './value.ts';
import type { Value } from './value.ts';

/** Looks at what an invocation does to files by their names. */
export function judgeFiles(invocation: Invocation): readonly Step[] {
  const { scope } = invocation;
  if (scope.ground === 'container') return [];
  return [...judgeRemoval(invocation), ...judgeReading(invocation)];
}

/** `> path`: what stood there is gone. */
export function judgeOverwriting(target: Value, scope: Scope): readonly Step[] {
  if (scope.ground !== 'here') return [];
  const path = isKnown(target) ? toAbsolute(target.text, scope) : null;
  if (path === null || zoneOf(path, scope.place) !== 'outside') return [];
  return [finding('destroy', `\`> ${target.text}\` overwrites a file outside of the workspace`)];
}

function judgeRemoval(invocation: Invocation): readonly Step[] {
  const { program, args } = invocation;
  switch (program) {
    case 'rm':
    case 'unlink':
    case 'shred':
    case 'srm':
    case 'trash':
      return removeAll(invocation, splitArguments(args, ['-n', '-s']).operands, 'removes');
    case 'rmdir':
      return [];
    case 'truncate':
      return removeAll(
        invocation,
        splitArguments(args, ['-s', '-r', '--size']).operands,
        'empties',
      );
    case 'find':
      return judgeFind(invocation);
    case 'dd':
      return judgeDd(invocation);
    case 'mv':
      return judgeMove(invocation);
    case 'rsync':
      return judgeRsync(invocation);
    case 'tar':
    case 'bsdtar':
      return judgeTar(invocation);
    case 'chmod':
    case 'chown':
    case 'chgrp':
      return judgeRights(invocation);
    default:
      return [];
  }
}

function removeAll(
  invocation: Invocation,
  targets: readonly Value[],
  verb: string,
): readonly Step[] {
  const recursive = splitArguments(invocation.args, []).flags;
  const deep = recursive.has('-r') || recursive.has('-R') || recursive.has('--recursive');
  for (const target of targets) {
    const step = removeOne(invocation, target, { verb, deep });
    if (step !== null) return [step];
  }
  return [];
}

interface Removal {
  readonly verb: string;
  readonly deep: boolean;
}

function removeOne(invocation: Invocation, target: Value, removal: Removal): Step | null {
  const { program, scope } = invocation;
  const { verb, deep } = removal;
  const shown = `\`${program}${deep ? ' -r' : ''} ${toShown(target)}\``;
  const path = toAbsolute(target.text, scope);
  if (path === null) {
    return deep || scope.ground !== 'here'
      ? finding('unclear', `${shown} ${verb} something whose place is not known beforehand`)
      : null;
  }
  if (scope.ground === 'remote') {
    return deep
      ? finding('destroy', `${shown} ${verb} files on another machine or in a running container`)
      : null;
  }
  switch (removalZone(target, path, scope)) {
    case 'workspace':
      return finding('discard', `${shown} ${verb} the workspace itself`);
    case 'history':
      return finding('discard', `${shown} ${verb} the history of the workspace`);
    case 'outside':
      return finding('destroy', `${shown} ${verb} what is outside of the workspace`);
    case 'inside':
    case 'temporary':
    case 'sink':
      return null;
  }
}

/** `dir/*` stands for what is in the folder: in the workspace itself that is everything. */
function removalZone(target: Value, path: string, { place }: Scope): Zone {
  if (!target.glob) {
    const zone = zoneOf(path, place);
    return zone === 'inside' && target.text.includes(HOLE) && !/[^/]*\//.test(target.text)
      ? 'outside'
      : zone;
  }
  const cut = path.search(/[*?[]/);
  const folder = cut === -1 ? path : path.slice(0, path.lastIndexOf('/', cut)) || '/';
  const rest = cut === -1 ? '' : path.slice(folder === '/' ? 1 : folder.length + 1);
  const zone = zoneOf(folder, place);
  if (zone === 'workspace') return /^[*.]+(\/|$)/.test(rest) ? 'workspace' : 'inside';
  return zone === 'outside' && place.temporary.includes(folder) ? 'temporary' : zone;
}

function judgeFind(invocation: Invocation): readonly Step[] {
  const { args } = invocation;
  const removing =
    args.some(({ text }) => text === '-delete') ||
    args.some(
      ({ text }, at) =>
        /^-(?:exec|execdir|ok)$/.test(text) &&
        /(^|\/)(?:rm|unlink|shred)$/.test(args[at + 1]?.text ?? ''),
    );
  if (!removing) return [];
  const end = args.findIndex(({ text }) => /^[-(!]/.test(text));
  const starts = end === -1 ? args : args.slice(0, end);
  const narrowed = args.some(({ text }) =>
    /^-(?:i?name|i?path|i?regex|i?wholename|mtime|mmin|newer|empty|size)$/.test(text),
  );
  const roots = starts.length === 0 ? [{ text: '.', glob: false }] : starts;
  for (const root of roots) {
    const step = removeOne({ ...invocation, program: 'find' }, root, {
      verb: 'deletes in',
      deep: true,
    });
    const whole = step?.kind === 'finding' && step.deed === 'discard' && narrowed;
    if (step !== null && !whole) return [step];
  }
  return [];
}

function judgeDd({ args, scope }: Invocation): readonly Step[] {
  const target = args.find(({ text }) => text.startsWith('of='));
  if (target === undefined) return [];
  const value = { ...target, text: target.text.slice(3) };
  const path = isKnown(value) ? toAbsolute(value.text, scope) : null;
  if (path !== null && zoneOf(path, scope.place) !== 'outside') return [];
  return [
    finding('destroy', `\`dd of=${toShown(value)}\` writes over what is outside of the workspace`),
  ];
}

function judgeMove({ args, scope }: Invocation): readonly Step[] {
  const { operands, options } = splitArguments(args, ['-t', '--target-directory', '-S']);
  const target = options.get('-t')?.[0] ?? operands.at(-1);
  if (target === undefined || toAbsolute(target.text, scope) !== '/dev/null') return [];
  return [finding('discard', '`mv … /dev/null` throws files away')];
}

function judgeRsync({ args, scope }: Invocation): readonly Step[] {
  const { operands, flags } = splitArguments(args, [
    '-e',
    '--rsh',
    '--exclude',
    '--include',
    '-f',
    '--filter',
  ]);
  const deletes = [...flags].some(
    (flag) => flag.startsWith('--delete') || flag === '--remove-source-files',
  );
  const target = operands.at(-1);
  if (!deletes || flags.has('-n') || flags.has('--dry-run') || target === undefined) return [];
  const shown = `\`rsync --delete … ${toShown(target)}\``;
  if (/^[^/]*:/.test(target.text))
    return [finding('destroy', `${shown} deletes files on another machine`)];
  const path = toAbsolute(target.text, scope);
  const zone = path === null ? 'outside' : zoneOf(path, scope.place);
  return zone === 'outside'
    ? [finding('destroy', `${shown} deletes what is outside of the workspace`)]
    : [];
}

function judgeTar({ args, scope }: Invocation): readonly Step[] {
  const { options, flags } = splitArguments(args, ['-C', '--directory', '-f', '--file']);
  const first = args[0]?.text ?? '';
  const extracts =
    flags.has('-x') || flags.has('--extract') || /^[a-zA-Z]*x/.test(first.replace(/^-/, ''));
  const target = options.get('-C')?.[0] ?? options.get('--directory')?.[0];
  if (!extracts || target === undefined) return [];
  const path = toAbsolute(target.text, scope);
  if (path === null || zoneOf(path, scope.place) !== 'outside') return [];
  return [
    finding(
      'destroy',
      `\`tar -C ${toShown(target)}\` unpacks over what is outside of the workspace`,
    ),
  ];
}

function judgeRights({ program, args, scope }: Invocation): readonly Step[] {
  const { operands, flags } = splitArguments(args, []);
  if (!flags.has('-R') && !flags.has('--recursive')) return [];
  for (const target of operands.slice(1)) {
    const path = toAbsolute(target.text, scope);
    const zone = path === null ? 'inside' : zoneOf(path, scope.place);
    if (zone !== 'outside') continue;
    return [
      finding(
        'destroy',
        `\`${program} -R ${toShown(target)}\` changes rights outside of the workspace`,
      ),
    ];
  }
  return [];
}
