/** Reads a script: a title, commands with what is expected of them, and files. */

/** One command and what it must do. */
export interface ScriptCommand {
  readonly kind: 'run' | 'retry' | 'background';
  readonly terminal: boolean;
  readonly command: string;
  readonly stdin: readonly string[];
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
  readonly code: number;
  /** Where it stands, from 1. */
  readonly line: number;
}

/** A whole script. */
export interface Script {
  readonly title: string;
  readonly needsPostgres: boolean;
  readonly commands: readonly ScriptCommand[];
  readonly files: ReadonlyMap<string, string>;
}

const STARTS: Readonly<Record<string, ScriptCommand['kind']>> = {
  $: 'run',
  '~': 'retry',
  '&': 'background',
};

interface Draft {
  readonly kind: ScriptCommand['kind'];
  readonly text: string;
  readonly line: number;
  readonly stdin: string[];
  readonly stdout: string[];
  readonly stderr: string[];
  code: number;
}

/**
 * Takes a script apart.
 * @throws Error naming the line that makes no sense
 */
export function parseScript(text: string): Script {
  const [body = '', ...sections] = text.split(/^-- (\S+) --\n/m);
  const lines = body.split('\n');
  const drafts: Draft[] = [];
  let needsPostgres = false;
  for (const [at, line] of lines.entries()) {
    const mark = line.charAt(0);
    const rest = line.slice(2);
    const kind = STARTS[mark];
    const draft = drafts.at(-1);
    if (line === '' || mark === '#') continue;
    if (line === '@ postgres') needsPostgres = true;
    else if (kind !== undefined) {
      drafts.push({ kind, text: rest, line: at + 1, stdin: [], stdout: [], stderr: [], code: 0 });
    } else if (draft === undefined) throw new Error(`line ${at + 1} has no command before it`);
    else if (mark === '<') draft.stdin.push(rest);
    else if (mark === '>') draft.stdout.push(rest);
    else if (mark === '!') draft.stderr.push(rest);
    else if (mark === '?') draft.code = Number(rest);
    else throw new Error(`line ${at + 1} makes no sense`);
  }
  const title = /^# (.*)$/m.exec(body)?.[1];
  if (title === undefined) throw new Error('the script has no title');
  return { title, needsPostgres, commands: drafts.map(toCommand), files: toFiles(sections) };
}

function toCommand({ text, ...draft }: Draft): ScriptCommand {
  const terminal = text.startsWith('tty ');
  return { ...draft, terminal, command: terminal ? text.slice(4) : text };
}

function toFiles(sections: readonly string[]): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (let at = 0; at + 1 < sections.length; at += 2) {
    files.set(sections[at] ?? '', sections[at + 1] ?? '');
  }
  return files;
}
