/**
 * PostgreSQL's own regression scripts, out of the distribution's source package. The package manager's own client
 * fetches it from wherever this machine has its packages from, once, into a cache outside of the repository.
 */

import { execFile } from 'node:child_process';
import {
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A source that has not answered by then will not; the whole package is 25 MB. */
const FETCH_TIMEOUT_MS = 60_000;

/** Newest first. Every distribution carries one of them. */
const MAJORS: readonly number[] = [18, 17, 16, 15, 14];

/** Where the unpacked `src/test/regress` is, or why it is not. */
export type RegressSources =
  | { readonly kind: 'here'; readonly folder: string }
  | { readonly kind: 'missing'; readonly why: string };

/** Finds the scripts in the cache, or fetches them. Never throws. */
export async function findRegressSources(): Promise<RegressSources> {
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'agentguard-test');
  const [held] = globSync('postgresql-*-regress/sql', { cwd: cache });
  if (held !== undefined) return { kind: 'here', folder: join(cache, held, '..') };
  if (!existsSync('/etc/apt')) {
    return { kind: 'missing', why: 'this machine has no source packages that we know to ask for' };
  }
  const work = join(cache, `fetch-${process.pid}`);
  try {
    return { kind: 'here', folder: await fetchInto(cache, work) };
  } catch {
    return { kind: 'missing', why: 'the source package of PostgreSQL cannot be fetched' };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function fetchInto(cache: string, work: string): Promise<string> {
  const source = join(work, 'source');
  mkdirSync(source, { recursive: true });
  const env = { ...process.env, APT_CONFIG: configureApt(work) };
  const options = { env, timeout: FETCH_TIMEOUT_MS, cwd: source };
  // One archive that fails must not hide the others; without any index nothing is found below.
  await run('apt-get', ['update'], options).catch(() => undefined);
  const name = await download(options);
  const [archive] = globSync('postgresql-*.orig.tar.*', { cwd: source });
  if (archive === undefined) throw new Error('nothing was fetched');
  const parts = ['sql', 'data'].map((part) => `*/src/test/regress/${part}`);
  await run('tar', ['-xf', archive, '--wildcards', ...parts], options);
  const [unpacked] = globSync('*/src/test/regress', { cwd: source });
  if (unpacked === undefined) throw new Error('the package holds no regression scripts');
  const folder = join(cache, `${name}-regress`);
  renameSync(join(source, unpacked), folder);
  return folder;
}

interface AptOptions {
  readonly cwd: string;
  readonly timeout: number;
  readonly env: NodeJS.ProcessEnv;
}

/** The newest version may be listed and not be there, as a mirror in part. Any will do. */
async function download(options: AptOptions): Promise<string> {
  for (const major of MAJORS) {
    const name = `postgresql-${major}`;
    for (const version of await versionsOf(name, options)) {
      try {
        const what = ['--download-only', '--tar-only', `${name}=${version}`];
        await run('apt-get', ['source', ...what], options);
        return name;
      } catch {
        // The next one, then.
      }
    }
  }
  throw new Error('no source package is there');
}

async function versionsOf(name: string, options: AptOptions): Promise<readonly string[]> {
  const { stdout } = await run('apt-cache', ['showsrc', '--only-source', name], options).catch(
    () => ({ stdout: '' }),
  );
  return [...stdout.matchAll(/^Version: (\S+)$/gm)].flatMap(([, version]) => version ?? []);
}

/** A configuration for the machine's own archives, with their sources and in a folder of its own: it needs no rights. */
function configureApt(work: string): string {
  const lists = join(work, 'sources.list.d');
  for (const folder of [lists, join(work, 'lists/partial'), join(work, 'cache/archives/partial')]) {
    mkdirSync(folder, { recursive: true });
  }
  for (const path of globSync([
    '/etc/apt/sources.list',
    '/etc/apt/sources.list.d/*.{list,sources}',
  ])) {
    writeFileSync(join(lists, basename(path)), toSourceEntries(readFileSync(path, 'utf8')));
  }
  const file = join(work, 'apt.conf');
  const settings = [
    'Dir::Etc::sourcelist "-";',
    `Dir::Etc::sourceparts "${lists}";`,
    `Dir::State::lists "${join(work, 'lists')}";`,
    `Dir::Cache "${join(work, 'cache')}";`,
    'Acquire::Languages "none";',
    'Acquire::Retries "0";',
    'Acquire::http::Timeout "10";',
    'APT::Sandbox::User "";',
  ];
  writeFileSync(file, `${settings.join('\n')}\n`);
  return file;
}

/** Both spellings: lines that begin with `deb`, and paragraphs with a field `Types`. */
function toSourceEntries(text: string): string {
  return text.replaceAll(/^deb(?=\s)/gm, 'deb-src').replaceAll(/^Types:.*$/gm, 'Types: deb-src');
}
