/**
 * Runs git on a repository of our own, with an environment and a configuration of our own.
 * INVARIANT: git never reads the configuration of a guarded repository through here, so nothing in it can run code:
 * no hook, filter, file system monitor, pager, helper, signing program or lazy fetch.
 */

import { spawn } from 'node:child_process';
import { delimiter, dirname } from 'node:path';
import { findGit } from '../launch/find-git.ts';
import { GIT_TIMEOUT_MS, MAX_GIT_OUTPUT_BYTES } from './limits.ts';
import { SavePointError } from './savepoint-error.ts';

/** How git is run. */
export interface GitOptions {
  /** The repository: one of our own. Null for commands that need none. */
  readonly gitFolder: string | null;
  /** The files to look at, when the command looks at files. */
  readonly workTree?: string;
  readonly indexFile?: string;
  /** Where new objects go, when not into the repository. */
  readonly objectFolder?: string;
  /** More places where objects are found. */
  readonly alternates?: readonly string[];
  readonly input?: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

/** Switched off by name, although no configuration of others is read: the second of two locks. */
const NEUTRAL: readonly string[] = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.untrackedCache=false',
  'core.attributesFile=/dev/null',
  'core.protectNTFS=false',
  'core.protectHFS=false',
  'commit.gpgSign=false',
  // Always a pack: packs of our own are looked at before those of anybody else.
  'fastimport.unpackLimit=1',
  'gc.auto=0',
  'maintenance.auto=false',
  'protocol.allow=never',
];

/**
 * Runs git and gives what it printed.
 * @throws SavePointError when it cannot be started, takes too long, or ends in anything but 0
 */
export async function runGit(args: readonly string[], options: GitOptions): Promise<Buffer> {
  const program = findGit();
  if (program === null) throw new SavePointError('git is not installed', 'install git');
  const child = spawn(program, [...NEUTRAL.flatMap((one) => ['-c', one]), ...args], {
    cwd: options.workTree ?? options.gitFolder ?? '/',
    env: gitEnvironment(options),
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: GIT_TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  // An early end of git closes its input; why it ended is said by its exit.
  child.stdin.on('error', () => undefined);
  try {
    const [output, complaint, , code] = await Promise.all([
      collect(child.stdout, MAX_GIT_OUTPUT_BYTES),
      collect(child.stderr, MAX_GIT_OUTPUT_BYTES),
      feed(child.stdin, options.input ?? []),
      ended,
    ]);
    if (code === 0) return output;
    throw failure(args, complaint.toString('utf8').trim().split('\n').at(-1) ?? '');
  } catch (error) {
    child.kill('SIGKILL');
    if (error instanceof SavePointError) throw error;
    throw new SavePointError(
      'git cannot be run',
      'install git, or see whether it is on the PATH',
      error,
    );
  }
}

/** Only what git needs, so that no variable of an agent's shell leads it elsewhere. */
export function gitEnvironment(options: GitOptions): NodeJS.ProcessEnv {
  const { gitFolder, workTree, indexFile, objectFolder, alternates = [] } = options;
  return {
    PATH: [dirname(findGit() ?? '/usr/bin/git'), '/usr/bin', '/bin'].join(delimiter),
    HOME: process.env['HOME'],
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_NO_LAZY_FETCH: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    ...(gitFolder === null ? {} : { GIT_DIR: gitFolder }),
    ...(workTree === undefined ? {} : { GIT_WORK_TREE: workTree }),
    ...(indexFile === undefined ? {} : { GIT_INDEX_FILE: indexFile }),
    ...(objectFolder === undefined ? {} : { GIT_OBJECT_DIRECTORY: objectFolder }),
    ...(alternates.length === 0
      ? {}
      : { GIT_ALTERNATE_OBJECT_DIRECTORIES: alternates.map(quotePlace).join(':') }),
  };
}

/** git(1): a place with odd characters is quoted as in C. */
function quotePlace(place: string): string {
  return /["\n:\\]/.test(place) ? `"${place.replaceAll(/["\\]/g, '\\$&')}"` : place;
}

function failure(args: readonly string[], complaint: string): SavePointError {
  const command = args.find((word) => !word.startsWith('-')) ?? '';
  return new SavePointError(`git ${command} failed: ${complaint}`);
}

async function collect(stream: AsyncIterable<Buffer>, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > maxBytes) throw new SavePointError('git printed more than can be taken');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function feed(
  stream: NodeJS.WritableStream & { readonly destroyed?: boolean },
  input: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  for await (const chunk of input) {
    if (stream.destroyed === true) return;
    if (!stream.write(chunk)) await drained(stream);
  }
  stream.end();
}

function drained(stream: NodeJS.WritableStream): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stream.removeListener('drain', done);
      stream.removeListener('close', done);
      resolve();
    };
    stream.on('drain', done);
    stream.on('close', done);
  });
}
