/**
 * Shells and interpreters that are handed their program in the line. Shell text is looked into; of other languages only
 * words that start programs or remove files are looked for, and where they stand it cannot be told what happens.
 */

import { splitArguments } from './arguments.ts';
import { finding } from './invocation.ts';
import type { Invocation, Step } from './invocation.ts';
import { namesSecretFile } from './secret-files.ts';
import { toAbsolute } from './scope.ts';
import { HOLE } from './value.ts';

const SHELLS = new Set(['sh', 'bash', 'dash', 'zsh', 'ksh', 'ash', 'fish', 'rbash']);

interface Language {
  /** Options that take the program as their value. */
  readonly code: readonly string[];
  /** Without a file it reads its program from what is typed. */
  readonly typed: boolean;
  /** What starts programs or takes files away. */
  readonly acts: RegExp;
}

const JS_ACTS =
  /child_process|\bexec(?:Sync|File|FileSync)\b|\bspawn(?:Sync)?\b|\b(?:rm|rmdir|unlink|truncate)(?:Sync)?\s*\(|Deno\.(?:run|Command|remove)|Bun\.(?:spawn|\$)|process\.binding/;
const PYTHON_ACTS =
  /\bos\.(?:system|popen|exec\w*|spawn\w*|remove|unlink|rmdir|removedirs|truncate|kill)\b|subprocess|\bpty\b|shutil\.(?:rmtree|move)|\.(?:unlink|rmdir)\s*\(|__import__|\bexec\s*\(|\beval\s*\(|importlib/;
const SCRIPT_ACTS =
  /\bsystem\b|\bexec\b|\bspawn\b|popen|\bunlink\b|\brmtree\b|rm_r|File\.delete|FileUtils|`|%x|qx|shell_exec|passthru|proc_open/;

const LANGUAGES: Readonly<Record<string, Language>> = {
  python: { code: ['-c'], typed: true, acts: PYTHON_ACTS },
  pypy: { code: ['-c'], typed: true, acts: PYTHON_ACTS },
  node: { code: ['-e', '--eval', '-p', '--print', '-pe'], typed: true, acts: JS_ACTS },
  bun: { code: ['-e', '--eval'], typed: false, acts: JS_ACTS },
  tsx: { code: ['-e', '--eval'], typed: false, acts: JS_ACTS },
  deno: { code: ['eval'], typed: false, acts: JS_ACTS },
  perl: { code: ['-e', '-E', '-ne', '-pe', '-i'], typed: true, acts: SCRIPT_ACTS },
  ruby: { code: ['-e'], typed: true, acts: SCRIPT_ACTS },
  php: { code: ['-r'], typed: true, acts: SCRIPT_ACTS },
  lua: { code: ['-e'], typed: true, acts: /os\.(?:execute|remove)|io\.popen/ },
  osascript: { code: ['-e'], typed: true, acts: /./ },
  pwsh: { code: ['-c', '-command', '-Command', '-enc', '-EncodedCommand'], typed: true, acts: /./ },
  powershell: { code: ['-c', '-Command', '-EncodedCommand'], typed: true, acts: /./ },
};

const EDITORS = new Set(['vim', 'vi', 'nvim', 'ex', 'emacs']);

/** What a shell or an interpreter is told to do in the line itself. Empty for every other program. */
export function readInlineCode(invocation: Invocation): readonly Step[] {
  const { program, args } = invocation;
  if (SHELLS.has(program)) return readShell(invocation);
  if (program === 'eval') {
    return [
      { kind: 'script', text: args.map(({ text }) => text).join(' '), by: 'eval', same: true },
    ];
  }
  if (program === 'source' || program === '.') return readFile(invocation, args[0]?.text ?? '');
  if (/^(?:g|m|n)?awk$/.test(program)) {
    return judgeCode(
      invocation,
      args.find(({ text }) => !text.startsWith('-'))?.text ?? '',
      /\bsystem\s*\(|\|\s*getline|\|\s*"/,
    );
  }
  if (EDITORS.has(program)) {
    return judgeCode(
      invocation,
      args.map(({ text }) => text).join('\n'),
      /^[+:]?:?!|\bshell-command\b|\bsystem\(/m,
    );
  }
  const language = Object.hasOwn(LANGUAGES, program) ? LANGUAGES[program] : undefined;
  return language === undefined ? [] : readLanguage(invocation, language);
}

function readShell(invocation: Invocation): readonly Step[] {
  const { program, args, stdin } = invocation;
  const at = args.findIndex(({ text }) => /^-[a-zA-Z]*c[a-zA-Z]*$/.test(text));
  if (at !== -1) {
    const code = args.slice(at + 1).find(({ text }) => !/^[-+]/.test(text));
    return code === undefined ? [] : [{ kind: 'script', text: code.text, by: `${program} -c` }];
  }
  const { operands, flags } = splitArguments(args, ['-o', '-O', '--rcfile', '--init-file']);
  const [file] = operands;
  if (file !== undefined && !flags.has('-s')) return readFile(invocation, file.text);
  switch (stdin.kind) {
    case 'none':
      return [];
    case 'text':
      return [{ kind: 'script', text: stdin.text, by: program }];
    case 'unknown':
      return [
        finding(
          'unclear',
          `\`${program}\` runs what ${stdin.from} gives it, which nobody has seen`,
        ),
      ];
  }
}

/** A script: one that this line wrote is looked into, one that came out of it nobody knows, any other is a file of the project. */
function readFile({ program, scope, stdin }: Invocation, path: string): readonly Step[] {
  if (/^\/dev\/(?:stdin|fd\/0)$/.test(path) && stdin.kind === 'text') {
    return [{ kind: 'script', text: stdin.text, by: program }];
  }
  const absolute = path.includes(HOLE) ? null : toAbsolute(path, scope);
  const written = absolute === null ? undefined : scope.written.get(absolute);
  if (typeof written === 'string') return [{ kind: 'script', text: written, by: program }];
  if (absolute === null || written === null || path.startsWith('/dev/')) {
    return [finding('unclear', `\`${program}\` runs a script that is not known beforehand`)];
  }
  return [];
}

function readLanguage(invocation: Invocation, language: Language): readonly Step[] {
  const { args, stdin, program, scope } = invocation;
  const at = args.findIndex(({ text }) => language.code.includes(text));
  if (at !== -1)
    return judgeCode(
      invocation,
      args
        .slice(at + 1)
        .map(({ text }) => text)
        .join('\n'),
      language.acts,
    );
  const [file] = args.filter(({ text }) => text === '-' || !text.startsWith('-'));
  if (file !== undefined && file.text !== '-') {
    const absolute = toAbsolute(file.text, scope);
    const written = absolute === null ? undefined : scope.written.get(absolute);
    return typeof written === 'string' ? judgeCode(invocation, written, language.acts) : [];
  }
  if (!language.typed || stdin.kind === 'none') return [];
  if (stdin.kind === 'text') return judgeCode(invocation, stdin.text, language.acts);
  return args.length > 0 && file === undefined
    ? []
    : [
        finding(
          'unclear',
          `\`${program}\` runs what ${stdin.from} gives it, which nobody has seen`,
        ),
      ];
}

function judgeCode({ program }: Invocation, code: string, acts: RegExp): readonly Step[] {
  const steps: Step[] = [];
  if (acts.test(code)) {
    steps.push(
      finding(
        'unclear',
        `\`${program}\` is given code that starts programs or removes files, which is not looked into`,
      ),
    );
  }
  const secret = namesSecretFile(code);
  if (secret !== null)
    steps.push(
      finding(
        'reveal',
        `\`${program}\` is given code that names \`${secret}\`, a file with secrets`,
      ),
    );
  if (/agentguard/i.test(code) && acts.test(code)) {
    steps.push(finding('tamper', `\`${program}\` is given code that acts on the guard`));
  }
  return steps;
}
