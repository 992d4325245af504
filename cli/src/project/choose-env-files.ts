/**
 * Which variables of a project's `.env` files a program would read. Frameworks differ on the order of some files, so
 * where the order decides between two references nobody is guessed: the person says which.
 */

import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { toVariables } from '@agentguard/rules/dotenv/dotenv-document';
import { parseDotenv } from '@agentguard/rules/dotenv/parse-dotenv';
import { isEnvFile } from './find-env-files.ts';
import { ProjectError } from './project-error.ts';
import { readProjectFile } from './read-project-file.ts';
import { parseValue } from './reference.ts';

/** What choosing depends on. */
export interface EnvFileChoice {
  /** The folder that the command starts in. */
  readonly folder: string;
  /** Where looking upwards ends; null looks in the folder alone. */
  readonly root: string | null;
  /** Named by the person, the later ones stronger; empty for the usual order. */
  readonly named: readonly string[];
  /** `NODE_ENV`; null when it is not set. */
  readonly mode: string | null;
}

/** The variables of a project's files. */
export interface EnvVariables {
  /** Those that count, by name, as they stand in the files. */
  readonly settled: ReadonlyMap<string, string>;
  /** Those for which the order of files decides, and is not certain. */
  readonly unsure: readonly UnsureVariable[];
  /** Files with references that are not read. */
  readonly unread: readonly string[];
}

/** A variable that stands for different things. */
export interface UnsureVariable {
  readonly name: string;
  readonly files: readonly string[];
}

interface EnvFile {
  readonly shown: string;
  readonly variables: ReadonlyMap<string, string>;
}

/**
 * Reads the variables that a program started in a folder would read.
 * @throws ProjectError when a named file cannot be read
 */
export function readEnvVariables(choice: EnvFileChoice): EnvVariables {
  if (choice.named.length > 0) {
    const files = choice.named.map((name) => readNamed(resolve(choice.folder, name), name));
    const settled = new Map(files.flatMap(({ variables }) => [...variables]));
    return { settled, unsure: [], unread: [] };
  }
  const folder = nearestFolder(choice);
  if (folder === null) return { settled: new Map(), unsure: [], unread: [] };
  const names = readdirSync(folder).filter((name) => isEnvFile(name) && name.startsWith('.env'));
  const files = names.filter((name) => name !== '.envrc').map((name) => readIn(folder, name));
  return settle(files, choice.mode);
}

/** Weakest first. Files of one rank are ordered differently by different frameworks. */
function toRanks(mode: string | null): readonly (readonly string[])[] {
  if (mode === null) return [['.env'], ['.env.local']];
  // Most frameworks leave the person's own settings out of tests.
  const local = mode === 'test' ? [] : ['.env.local'];
  return [['.env'], [...local, `.env.${mode}`], [`.env.${mode}.local`]];
}

function settle(files: readonly EnvFile[], mode: string | null): EnvVariables {
  const ranks = toRanks(mode);
  const rankOf = ({ shown }: EnvFile): number => ranks.findIndex((names) => names.includes(shown));
  const isRead = (file: EnvFile): boolean => rankOf(file) >= 0;
  const settled = new Map<string, string>();
  const unsure: UnsureVariable[] = [];
  for (const name of new Set(files.filter(isRead).flatMap((file) => [...file.variables.keys()]))) {
    const having = files.filter(({ variables }) => variables.has(name));
    const highest = Math.max(...having.map(rankOf));
    // Without a mode, the file of any mode may be the one that is read.
    const rivals = having.filter(
      (file) => rankOf(file) === highest || (mode === null && !isRead(file)),
    );
    const values = new Set(rivals.map(({ variables }) => variables.get(name) ?? ''));
    const isReference = [...values].some((value) => parseValue(value) !== null);
    if (values.size > 1 && isReference) {
      unsure.push({ name, files: rivals.map(({ shown }) => shown) });
    } else {
      settled.set(name, rivals[0]?.variables.get(name) ?? '');
    }
  }
  const unread = files.filter((file) => !isRead(file) && holdsReference(file));
  return { settled, unsure, unread: unread.map(({ shown }) => shown) };
}

function holdsReference({ variables }: EnvFile): boolean {
  return [...variables.values()].some((value) => parseValue(value) !== null);
}

function nearestFolder({ folder, root }: EnvFileChoice): string | null {
  for (let at = folder; ; at = dirname(at)) {
    if (readdirSync(at).some((name) => name !== '.envrc' && isEnvFile(name))) return at;
    if (root === null || at === root || dirname(at) === at) return null;
    if (relative(root, at).startsWith('..')) return null;
  }
}

function readIn(folder: string, name: string): EnvFile {
  const path = join(folder, name);
  const read = readProjectFile(path, name);
  // Unreadable ones are as unreadable to the program.
  if (read.kind !== 'file') return { shown: name, variables: new Map() };
  const parsed = parseDotenv(read.file.content.unsafeReveal());
  return { shown: name, variables: parsed.ok ? toVariables(parsed.document) : new Map() };
}

function readNamed(path: string, shown: string): EnvFile {
  if (!existsSync(path)) throw new ProjectError(`there is no file \`${shown}\``);
  const read = readProjectFile(path, shown);
  if (read.kind === 'unfit') throw new ProjectError(`\`${shown}\` ${read.why}`);
  if (read.kind === 'missing') throw new ProjectError(`there is no file \`${shown}\``);
  const parsed = parseDotenv(read.file.content.unsafeReveal());
  if (!parsed.ok) throw new ProjectError(`\`${shown}\` cannot be read: ${parsed.problem}`);
  return { shown, variables: toVariables(parsed.document) };
}
