/**
 * Runs git on the repository that is scanned.
 * INVARIANT: nothing in the repository, its settings or the caller's environment makes git run a program or leave
 * something out: only commands that print what is stored, with settings of ours for what they would read.
 */

import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { findGit } from '../launch/find-git.ts';
import { ScanError } from './scan-error.ts';

/** Listing a large repository takes seconds; a git that takes longer waits for something. */
const TIMEOUT_MS = 10 * 60 * 1000;
const MAX_OUTPUT_BYTES = 1024 * 1024 * 1024;

/** SECURITY(P-75): a repository can name programs in its settings; these are what reading commands would run or obey. */
const NEUTRAL: readonly string[] = [
  'core.fsmonitor=false',
  'core.untrackedCache=false',
  'core.pager=cat',
  'core.quotePath=false',
  'diff.renames=true',
  'diff.renameLimit=1000',
  'diff.orderFile=/dev/null',
  'diff.ignoreSubmodules=none',
  'protocol.allow=never',
  'log.showSignature=false',
  'advice.graftFileDeprecated=false',
];

/** What a hook is told by git about where it works. Everything else of git's is left out. */
const KEPT = [
  ...['GIT_DIR', 'GIT_WORK_TREE', 'GIT_INDEX_FILE', 'GIT_COMMON_DIR', 'GIT_OBJECT_DIRECTORY'],
  ...['GIT_ALTERNATE_OBJECT_DIRECTORIES', 'HOME', 'PATH', 'XDG_CONFIG_HOME', 'USERPROFILE'],
  ...['SystemRoot', 'TMPDIR', 'TEMP', 'LOGNAME', 'USER'],
] as const;

/** The environment of every git. */
export function gitEnvironment(
  inherited: Readonly<Record<string, string | undefined>>,
): NodeJS.ProcessEnv {
  const kept = KEPT.flatMap((name): [string, string][] => {
    const value = inherited[name];
    return value === undefined ? [] : [[name, value]];
  });
  return {
    ...Object.fromEntries(kept),
    LC_ALL: 'C',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_NO_LAZY_FETCH: '1',
    // What would hide parents of a commit.
    GIT_GRAFT_FILE: '/dev/null',
    GIT_LITERAL_PATHSPECS: '1',
    GIT_ATTR_NOSYSTEM: '1',
  };
}

/** Git in one folder. */
export interface Git {
  readonly folder: string;
  /** What a command prints. @throws ScanError when it ends in anything but 0 */
  read(args: readonly string[], input?: string): Buffer;
  /** What a command prints; null when it ends in anything but 0. */
  tryRead(args: readonly string[], input?: string): Buffer | null;
  start(args: readonly string[]): ChildProcessWithoutNullStreams;
}

/** @throws ScanError when there is no git outside of the project */
export function openGit(folder: string): Git {
  const program = findGit();
  if (program === null) {
    throw new ScanError('git is not installed outside of this project', 'install git');
  }
  const settings = NEUTRAL.flatMap((one) => ['-c', one]);
  const run = (
    args: readonly string[],
    input: string,
  ): { status: number; out: Buffer; why: string } => {
    const done = spawnSync(program, ['--no-pager', ...settings, ...args], {
      cwd: folder,
      env: gitEnvironment(process.env),
      input,
      timeout: TIMEOUT_MS,
      maxBuffer: MAX_OUTPUT_BYTES,
    });
    if (done.error !== undefined) throw new ScanError('git cannot be run', undefined, done.error);
    const why = done.stderr.toString('utf8').trim().split('\n')[0] ?? '';
    return { status: done.status ?? 1, out: done.stdout, why };
  };
  return {
    folder,
    read: (args, input = '') => {
      const { status, out, why } = run(args, input);
      if (status === 0) return out;
      throw new ScanError(`git ${args[0] ?? ''} failed: ${why === '' ? 'it says nothing' : why}`);
    },
    tryRead: (args, input = '') => {
      const { status, out } = run(args, input);
      return status === 0 ? out : null;
    },
    start: (args) =>
      spawn(program, ['--no-pager', ...settings, ...args], {
        cwd: folder,
        env: gitEnvironment(process.env),
        stdio: ['pipe', 'pipe', 'pipe'],
      }),
  };
}

/** The parts of an answer that `-z` divides, as Latin-1, which keeps every byte. */
export function splitZero(bytes: Buffer): readonly string[] {
  if (bytes.length === 0) return [];
  const parts = bytes.toString('latin1').split('\0');
  if (parts.at(-1) === '') parts.pop();
  return parts;
}

/** The name as text, when its bytes are UTF-8. */
export function toShownPath(raw: string): string {
  const bytes = Buffer.from(raw, 'latin1');
  const text = bytes.toString('utf8');
  return Buffer.from(text, 'utf8').equals(bytes) ? text : raw;
}
