/**
 * Puts the check before a commit into whatever starts hooks in a repository, and takes it out again byte for byte: a
 * hook of git's own, or the files of husky, lefthook and the pre-commit framework.
 */

import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import type { Git } from './git.ts';
import { ScanError } from './scan-error.ts';

const BEGIN = '# agentguard: begin';
const END = '# agentguard: end';
const BEFORE = 'pre-commit.before-agentguard';
/** The command, in files that a team shares: found on each one's PATH. */
const SHARED = 'agentguard scan --staged --hook';
const HOOK_MODE = 0o755;

/** Who starts the hooks. */
export type HookManager = 'git' | 'husky' | 'lefthook' | 'pre-commit';

/** Where the check stands. */
export interface HookPlace {
  readonly manager: HookManager;
  readonly path: string;
}

/** How git's own hook starts us: programs with a window have a short PATH, so both are named in full. */
export interface OwnProgram {
  readonly node: string;
  readonly program: string;
}

/** Puts it in. Doing it twice changes nothing. @param git in the root of the repository */
export function installHook(git: Git, own: OwnProgram): HookPlace {
  const place = placeOf(git);
  if (isInstalled(place)) return place;
  switch (place.manager) {
    case 'git':
      installScript(place.path, own);
      return place;
    case 'husky':
      insert(place.path, (text) => `${text}${block('', [SHARED])}`);
      chmodSync(place.path, HOOK_MODE);
      return place;
    case 'lefthook':
      insert(place.path, insertLefthook);
      return place;
    case 'pre-commit':
      insert(place.path, insertFramework);
      return place;
  }
}

/** Takes it out. @returns where it was; null when it was nowhere */
export function uninstallHook(git: Git): HookPlace | null {
  const own: HookPlace = { manager: 'git', path: join(hooksFolder(git), 'pre-commit') };
  const place = [placeOf(git), own].find(isInstalled);
  if (place === undefined) return null;
  if (place.manager === 'git') removeScript(place.path);
  else {
    const text = readFileSync(place.path, 'utf8');
    const rest = text.replace(new RegExp(`\\n[ ]*${BEGIN}\\n[\\s\\S]*?${END}\\n`), '');
    if (rest === '' && place.manager === 'husky') rmSync(place.path);
    else writeFileSync(place.path, rest);
  }
  return place;
}

function placeOf(git: Git): HookPlace {
  const root = git.folder;
  const hooks = hooksFolder(git);
  const at = (name: string): string => join(root, name);
  if (/[\\/]\.husky(?:[\\/]_)?$/.test(hooks)) {
    return { manager: 'husky', path: at('.husky/pre-commit') };
  }
  const lefthook = ['lefthook.yml', '.lefthook.yml', 'lefthook.yaml'].find((one) =>
    existsSync(at(one)),
  );
  if (lefthook !== undefined) return { manager: 'lefthook', path: at(lefthook) };
  const framework = '.pre-commit-config.yaml';
  if (existsSync(at(framework))) return { manager: 'pre-commit', path: at(framework) };
  return { manager: 'git', path: join(hooks, 'pre-commit') };
}

/** Obeys `core.hooksPath`, and is right in linked working copies. */
function hooksFolder(git: Git): string {
  return resolve(
    git.folder,
    git.read(['rev-parse', '--git-path', 'hooks']).toString('utf8').trim(),
  );
}

function isInstalled({ path }: HookPlace): boolean {
  return existsSync(path) && readFileSync(path, 'utf8').includes(BEGIN);
}

function installScript(path: string, own: OwnProgram): void {
  const before = join(path, '..', BEFORE);
  mkdirSync(join(path, '..'), { recursive: true });
  if (existsSync(before)) {
    throw new ScanError(
      `\`${before}\` is in the way`,
      'agentguard scan uninstall-hook, or move it',
    );
  }
  if (existsSync(path)) renameSync(path, before);
  writeFileSync(path, toScript(own), { mode: HOOK_MODE, flag: 'wx' });
  chmodSync(path, HOOK_MODE);
}

function removeScript(path: string): void {
  const before = join(path, '..', BEFORE);
  if (existsSync(before)) renameSync(before, path);
  else rmSync(path);
}

/** What stood here before runs first, with its own arguments and its own say. */
function toScript({ node, program }: OwnProgram): string {
  return [
    '#!/bin/sh',
    BEGIN,
    '# Put here by `agentguard scan install-hook`; `agentguard scan uninstall-hook` restores what was here.',
    `before=$(dirname "$0")/${BEFORE}`,
    'if [ -x "$before" ]; then "$before" "$@" || exit $?; fi',
    `node=${quote(node)}`,
    `program=${quote(program)}`,
    'if [ ! -x "$node" ] || [ ! -f "$program" ]; then',
    '  echo "agentguard: the commit is stopped: $node or $program is gone" >&2',
    '  echo "  install agentguard again, or remove this hook" >&2',
    '  exit 2',
    'fi',
    'exec "$node" "$program" scan --staged --hook',
    END,
    '',
  ].join('\n');
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function block(indent: string, lines: readonly string[]): string {
  return ['', BEGIN, ...lines, END, '']
    .map((line) => (line === '' ? '' : indent + line))
    .join('\n');
}

/** Changes a file, and makes sure that what reads YAML still reads the same and the check beside it. */
function insert(path: string, change: (text: string) => string): void {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const changed = change(text);
  if (path.endsWith('.yml') || path.endsWith('.yaml')) requireSame(path, text, changed);
  const mode = existsSync(path) ? statSync(path).mode & 0o777 : HOOK_MODE;
  writeFileSync(path, changed, { mode });
}

function requireSame(path: string, text: string, changed: string): void {
  const flat = (one: string): string => JSON.stringify(parse(one) ?? null);
  try {
    if (flat(changed).includes(SHARED) && flat(changed).length > flat(text).length) return;
  } catch (error) {
    throw byHand(path, error);
  }
  throw byHand(path, null);
}

function byHand(path: string, cause: unknown): ScanError {
  const help = `have it run this before a commit: ${SHARED}`;
  return new ScanError(`\`${path}\` is written in a way that is not changed safely`, help, cause);
}

/** lefthook: one more command of `pre-commit`. */
function insertLefthook(text: string): string {
  const commands =
    /^pre-commit:[^\n]*\n(?:[ ]+(?!commands:)[^\n]*\n|\n)*?([ ]+)commands:[ ]*\n([ ]*)/m.exec(text);
  if (commands !== null) {
    const at = commands.index + commands[0].length - (commands[2] ?? '').length;
    const indent = commands[2] ?? '  ';
    const lines = ['agentguard:', `  run: ${SHARED}`];
    return `${text.slice(0, at)}${block(indent, lines)}${text.slice(at)}`;
  }
  if (/^pre-commit:/m.test(text)) return text;
  const lines = ['pre-commit:', '  commands:', '    agentguard:', `      run: ${SHARED}`];
  return `${text}${block('', lines)}`;
}

/** pre-commit: one more local repository, in front of the others. */
function insertFramework(text: string): string {
  const first = /^repos:[ ]*\n(?:[ ]*(?:#[^\n]*)?\n)*([ ]*)-/m.exec(text);
  if (first === null) return text;
  const indent = first[1] ?? '';
  const at = first.index + first[0].length - 1 - indent.length;
  const lines = [
    '- repo: local',
    '  hooks:',
    '    - id: agentguard-scan',
    '      name: agentguard scan',
    `      entry: ${SHARED}`,
    '      language: system',
    '      pass_filenames: false',
    '      always_run: true',
  ];
  return `${text.slice(0, at)}${block(indent, lines)}${text.slice(at)}`;
}
