/** Requests that delete something far away, as far as the line itself says so. */

import { splitArguments } from './arguments.ts';
import { finding } from './invocation.ts';
import type { Invocation, Step } from './invocation.ts';
import type { Value } from './value.ts';

const VALUED = [
  ...[
    '-X',
    '--request',
    '-d',
    '--data',
    '--data-raw',
    '--data-binary',
    '--data-urlencode',
    '--json',
    '-H',
  ],
  ...[
    '--header',
    '-u',
    '--user',
    '-o',
    '--output',
    '-A',
    '-b',
    '-c',
    '-e',
    '-F',
    '--form',
    '-T',
    '-x',
    '--proxy',
  ],
  ...[
    '--noproxy',
    '--unix-socket',
    '--max-time',
    '-m',
    '--connect-timeout',
    '--method',
    '--body-data',
    '-f',
    '--url',
  ],
];

/** A request to this machine is to something of the person's own making. */
const LOCAL =
  /^(?:https?:\/\/)?(?:localhost|127\.\d+\.\d+\.\d+|\[?::1\]?|0\.0\.0\.0|[\w-]+\.local(?:host)?)(?:[:/]|$)/i;

/** A GraphQL field or an action that takes something away: `volumeDelete`, `deleteProject`. */
const DELETING_BODY =
  /\b(?:mutation|operationName|query)\b[^]{0,2000}?(?:\b(?:delete|destroy|remove|purge|wipe)[A-Z]\w*|\w(?:Delete|Destroy|Remove|Purge|Wipe)\w*)/;

/** Longer bodies are files; the expression's time grows with them. */
const MAX_BODY_CHARACTERS = 20_000;

/** Looks at one request. */
export function judgeNetwork({ program, args }: Invocation): readonly Step[] {
  if (!/^(?:curl|wget|http|https|xh|xhs|gh|glab)$/.test(program)) return [];
  const { operands, options } = splitArguments(args, VALUED);
  if (/^(?:gh|glab)$/.test(program) && operands[0]?.text !== 'api') return [];
  const url =
    operands.find(({ text }) => /[./:]/.test(text))?.text ?? options.get('--url')?.[0]?.text ?? '';
  if (LOCAL.test(url)) return [];
  if (methodOf(program, operands, options) === 'DELETE') {
    return [finding('destroy', `\`${program}\` sends DELETE to \`${hostOf(url)}\``)];
  }
  const bodies = [...options.values()].flat().concat(operands);
  return bodies.some(({ text }) => DELETING_BODY.test(text.slice(0, MAX_BODY_CHARACTERS)))
    ? [
        finding(
          'destroy',
          `\`${program}\` sends a request to \`${hostOf(url)}\` that deletes something`,
        ),
      ]
    : [];
}

function methodOf(
  program: string,
  operands: readonly Value[],
  options: ReadonlyMap<string, readonly Value[]>,
): string {
  const named = ['-X', '--request', '--method'].flatMap((name) => options.get(name) ?? []).at(-1);
  const first = /^(?:http|https|xh|xhs)$/.test(program) ? operands[0] : undefined;
  return (named ?? first)?.text.toUpperCase() ?? '';
}

/** The host alone: the rest of an address may hold a secret. */
function hostOf(url: string): string {
  return (
    /^(?:[a-z]+:\/\/)?(?:[^/@]*@)?([\w.-]+)/i.exec(url)?.[1] ??
    'a host that is not known beforehand'
  );
}
