/** What of git no table can say: refspecs that overwrite, aliases and settings in the line that run something. */

import { splitArguments } from './arguments.ts';
import { finding } from './invocation.ts';
import type { Invocation, Step } from './invocation.ts';
import { literal } from './value.ts';

const VALUED = ['-C', '-c', '--git-dir', '--work-tree', '--namespace', '--exec-path'];

/** Settings that make git run a program of one's own choice. */
const RUNS_PROGRAM =
  /^(?:core\.(?:hookspath|fsmonitor|sshcommand|pager|editor|askpass)|.*\.(?:textconv|cmd|clean|smudge|process|helper|driver)|pager\..*|sequence\.editor|gpg\.program)$/i;

/** Looks at one call of git. */
export function judgeGit({ program, args }: Invocation): readonly Step[] {
  if (program !== 'git') return [];
  const { options, operands } = splitArguments(args, VALUED);
  const settings = (options.get('-c') ?? []).map(({ text }) => readSetting(text));
  const steps: Step[] = [];
  const [subcommand, ...rest] = operands;
  for (const { name, value } of settings) {
    if (RUNS_PROGRAM.test(name) && value !== '' && value !== '/dev/null' && value !== 'cat') {
      steps.push(
        finding('unclear', `\`git -c ${name}\` makes git run a program that is not looked into`),
      );
    }
    if (name.toLowerCase() !== `alias.${subcommand?.text.toLowerCase() ?? ''}`) continue;
    if (value.startsWith('!'))
      steps.push({ kind: 'script', text: value.slice(1), by: 'a git alias' });
    else {
      const words = value.split(/\s+/).filter((word) => word !== '');
      const argv = [literal('git'), ...words.map(literal), ...rest];
      steps.push({ kind: 'argv', argv, by: 'a git alias' });
    }
  }
  return subcommand?.text === 'push' ? [...steps, ...judgeRefspecs(args)] : steps;
}

function judgeRefspecs(args: Invocation['args']): readonly Step[] {
  const { operands, flags } = splitArguments(args, VALUED);
  if (flags.has('--dry-run') || flags.has('-n')) return [];
  const refspecs = operands.slice(2).map(({ text }) => text);
  if (refspecs.some((text) => /^\+./.test(text))) {
    return [finding('destroy', '`git push +…` overwrites history that others have')];
  }
  return refspecs.some((text) => /^:./.test(text))
    ? [finding('destroy', '`git push :…` deletes a branch that others have')]
    : [];
}

function readSetting(text: string): { readonly name: string; readonly value: string } {
  const at = text.indexOf('=');
  return at === -1
    ? { name: text, value: 'true' }
    : { name: text.slice(0, at), value: text.slice(at + 1) };
}
