/** What a program would print, for the few that are known without running them. */

import type { Invocation } from './invocation.ts';
import { HOLE } from './value.ts';

/** The text with gaps, or null when it is not known. */
export function outputOfInvocation({ program, args, stdin, scope }: Invocation): string | null {
  const words = args.map(({ text }) => text);
  switch (program) {
    case 'echo':
      return echo(words);
    case 'printf':
      return printf(words);
    case 'cat':
      return words.length === 0 || words[0] === '-'
        ? stdin.kind === 'text'
          ? stdin.text
          : null
        : null;
    case 'tee':
      return stdin.kind === 'text' ? stdin.text : null;
    case 'pwd':
      return scope.cwd;
    case 'mktemp':
      return `${scope.place.temporary[0] ?? '/tmp'}/${HOLE}`;
    case 'git':
      return words.join(' ') === 'rev-parse --show-toplevel' ? scope.place.workspace : null;
    case 'which':
      return words.length === 1 ? (words[0] ?? null) : null;
    case 'command':
      return words[0] === '-v' && words.length === 2 ? (words[1] ?? null) : null;
    default:
      return null;
  }
}

function echo(words: readonly string[]): string {
  const plain = words.filter((word, index) => index > 0 || !/^-[neE]+$/.test(word));
  return `${plain.join(' ')}\n`;
}

function printf([format = '', ...values]: readonly string[]): string {
  if (format.startsWith('-')) return HOLE;
  let next = 0;
  const text = format.replace(/%[-\d.]*[sdbq]/g, () => values[next++] ?? '');
  return text.replaceAll('\\n', '\n').replaceAll('\\t', '\t');
}
