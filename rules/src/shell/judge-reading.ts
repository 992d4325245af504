/** Programs that show or copy a file with secrets. */

import { finding } from './invocation.ts';
import type { Invocation, Step } from './invocation.ts';
import { isSecretFile, mayMatchSecret } from './secret-files.ts';
import type { Scope } from './scope.ts';
import { toShown } from './value.ts';
import type { Value } from './value.ts';

/** Programs whose work is to show or to copy what is in a file. */
const READERS = new Set(
  (
    'cat tac less more most head tail nl bat batcat grep egrep fgrep rg ag ack sed cut sort uniq strings xxd od hexdump ' +
    'base64 base32 openssl jq yq cp mv scp rsync curl wget tar zip gzip bzip2 xz diff cmp comm paste column fold rev ' +
    'tee dd install ln awk gawk mawk nano vim vi nvim emacs code open pbcopy xclip split csplit iconv tr fmt pr look ' +
    'perl python ruby node php git gh aws gcloud pv socat nc ncat ftp sftp mail mutt sqlite3 glow mdcat view git-show'
  ).split(' '),
);

/** Their first operand is no file. */
const PATTERN_FIRST = new Set(
  'grep egrep fgrep rg ag ack sed awk gawk mawk jq yq tr perl'.split(' '),
);

/** Programs that run or list a file and show nothing of it: handed a path with `--env-file` and the like. */
const SILENT_GIT = new Set([
  'add',
  'rm',
  'mv',
  'check-ignore',
  'ls-files',
  'status',
  'log',
  'commit',
  'update-index',
]);

/** `< path`. */
export function judgeInput(target: Value, scope: Scope): readonly Step[] {
  return showsSecret(target, scope) ? [reveal('<', target)] : [];
}

/** Looks at the files that a program is handed. */
export function judgeReading(invocation: Invocation): readonly Step[] {
  const { program, args, scope } = invocation;
  if (!READERS.has(program)) return [];
  if (
    program === 'git' &&
    SILENT_GIT.has(args.find(({ text }) => !text.startsWith('-'))?.text ?? '')
  )
    return [];
  let passed = !PATTERN_FIRST.has(program);
  for (const value of args) {
    const isOption = /^-./.test(value.text);
    if (!isOption && !passed) {
      passed = true;
      continue;
    }
    if (/^--(?:env-file|exclude|include|glob|ignore)/.test(value.text)) continue;
    const shown = {
      ...value,
      text: value.text.replace(/^(?:--[\w-]+=|-[a-zA-Z]?|[\w-]+=)?@?/, (start) =>
        /[=@]$/.test(start) ? '' : start,
      ),
    };
    if (showsSecret(shown, scope)) return [reveal(program, shown)];
  }
  return [];
}

function reveal(program: string, value: Value): Step {
  const may = value.glob ? 'may show' : 'shows';
  return finding('reveal', `\`${program} ${toShown(value)}\` ${may} a file with secrets`);
}

function showsSecret(value: Value, scope: Scope): boolean {
  if (value.glob) return mayMatchSecret(value.text);
  const { text } = value;
  if (text.includes('\n') || text.length > 1000) return false;
  const path = text.startsWith('/') || text.startsWith('~') ? text : `${scope.cwd ?? ''}/${text}`;
  // `HEAD:.env` names a file of a commit, `host:.env` one of another machine.
  return isSecretFile(path.replace(/^.*:(?=[^/]*[^:]*$)/, '')) || isSecretFile(text);
}
