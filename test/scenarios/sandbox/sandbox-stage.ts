/**
 * A person's machine in small: a home with credentials, two projects, programs that listen, a database behind the
 * guard. Each secret holds the canary, so that finding it anywhere inside is enough to know that it leaked.
 */

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as z from 'zod';
import { startGuard } from '../../servers/guard.ts';
import type { Guard, Printed } from '../../servers/guard.ts';
import { startPostgres } from '../../servers/postgres.ts';
import type { TestPostgres } from '../../servers/postgres.ts';
import { skipLoudly } from '../../servers/skip.ts';

/** What stands in every secret of the person. */
export const HOME_CANARY = 'home-canary-5be1c07d';

/** Files of the person that must not be seen, below the home folder. */
export const SECRET_FILES = [
  '.ssh/id_ed25519',
  '.aws/credentials',
  '.config/gcloud/credentials.db',
  '.azure/accessTokens.json',
  '.kube/config',
  '.docker/config.json',
  '.config/gh/hosts.yml',
  '.netrc',
  '.pgpass',
  '.git-credentials',
  '.bash_history',
  '.psql_history',
  '.mozilla/firefox/x/logins.json',
  '.config/google-chrome/Default/Cookies',
  '.local/share/keyrings/login.keyring',
  '.gnupg/private-keys-v1.d/x.key',
  '.terraform.d/credentials.tfrc.json',
  '.cargo/credentials.toml',
  '.m2/settings.xml',
  '.config/agentguard/notes',
  'code/crm/.env',
  'code/crm/infra/terraform.tfstate',
] as const;

/** Files that stay as they are, and may be read. */
export const CLOSED_FILES = [
  '.git/config',
  '.git/hooks/pre-commit',
  '.vscode/tasks.json',
  '.claude/settings.json',
  '.mcp.json',
  'opencode.json',
  'agentguard.yaml',
  'vendored/.git/config',
] as const;

/** A machine with a guard on it. */
export interface SandboxStage {
  readonly guard: Guard;
  readonly server: TestPostgres;
  readonly home: string;
  readonly workspace: string;
  /** Places that listen outside and must not be reached. */
  readonly outside: { readonly port: number; readonly socket: string; readonly abstract: string };
  /** Connections that came to one of those places. */
  reached(): number;
  /** Runs a shell script inside; `env` is added, `mode` is `require` by default. */
  run(script: string, options?: RunOptions): Promise<Printed>;
  /** What starts `run`, for tests that hold the process themselves. */
  command(script: string, options?: RunOptions): InnerCommand;
  stop(): Promise<void>;
}

export interface RunOptions {
  readonly mode?: 'auto' | 'require' | 'off';
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly cwd?: string;
  /** How long a question may wait: `20s`; by default as for a command without a terminal. */
  readonly askTimeout?: string;
}

export interface InnerCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

let works: boolean | undefined;

/** True where bubblewrap starts. Says loudly when it does not. */
export function hasSandbox(): boolean {
  works ??=
    process.platform === 'linux' &&
    spawnSync('bwrap', ['--unshare-user-try', '--unshare-net', '--ro-bind', '/', '/', '/bin/true'])
      .status === 0;
  return works || !skipLoudly('the sandbox: bubblewrap does not start on this machine');
}

/** Builds the machine. @param policy text of the person's own policy file */
export async function startSandboxStage(policy?: string): Promise<SandboxStage> {
  // Below the real home, since everything in the temporary folder is hidden as a whole.
  const base = realpathSync(mkdtempSync(join(homedir(), '.agentguard-sandbox-test-')));
  const home = join(base, 'ana');
  const workspace = join(home, 'code/shop');
  layHome(home, workspace);
  // The checkout may lie in a folder that a sandbox hides, so the driver is where it hides nothing.
  copyPackage('pg', import.meta.url, join(home, '.driver/node_modules'));
  const abstract = `agentguard-test-${process.pid}`;
  const socket = join(home, '.agent/ssh.sock');
  const listening = await listenOutside(socket, abstract);
  const server = await startPostgres({
    initSql: 'create table bookings (n int); insert into bookings select generate_series(1, 3)',
  });
  const url = server.url();
  const guard = await startGuard({
    resources: [{ name: 'shop', environment: 'development', url }],
    home: join(home, '.guard'),
    ...(policy === undefined ? {} : { policy }),
  });
  const stage: SandboxStage = {
    guard,
    server,
    home,
    workspace,
    outside: { port: listening.port, socket, abstract },
    reached: listening.reached,
    command: (script, options = {}) => toCommand(stage, script, options),
    run: (script, options = {}) =>
      runCommand(toCommand(stage, script, options), options.stdin ?? ''),
    stop: async () => {
      await guard.stop();
      await server.stop();
      for (const one of listening.servers) one.close();
      // A save point may still be written beside a command that was short.
      rmSync(base, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
    },
  };
  return stage;
}

function layHome(home: string, workspace: string): void {
  for (const name of SECRET_FILES) lay(join(home, name), HOME_CANARY, 0o600);
  lay(
    join(home, '.npmrc'),
    `registry=https://npm.example/\n//npm.example/:_authToken=${HOME_CANARY}\n`,
  );
  lay(join(home, '.npm/_cacache/kept'), 'of the person');
  lay(join(home, '.claude/settings.json'), '{}');
  lay(join(home, '.claude.json'), '{"mcpServers":{}}');
  lay(join(home, 'code/crm/README'), 'another project');
  lay(
    join(home, '.gitconfig'),
    '[user]\n\tname = Ana\n\temail = ana@example.com\n[commit]\n\tgpgSign = true\n',
  );
  mkdirSync(join(home, '.agent'));
  mkdirSync(workspace, { recursive: true });
  for (const folder of [workspace, join(workspace, 'vendored')]) {
    spawnSync('git', ['init', '-q', folder], { env: { PATH: process.env['PATH'], HOME: home } });
  }
  for (const name of CLOSED_FILES.filter((one) => !one.endsWith('config'))) {
    lay(join(workspace, name), '{}\n');
  }
  // Without a folder of hooks, as templates may leave it.
  rmSync(join(workspace, 'vendored/.git/hooks'), { recursive: true, force: true });
  lay(join(workspace, '.git/hooks/pre-commit'), '#!/bin/sh\nexit 0\n', 0o755);
  lay(join(workspace, 'app.txt'), 'first\n');
}

/** A package with everything it depends on, all in one folder. */
function copyPackage(name: string, from: string, folder: string): void {
  const target = join(folder, name);
  if (existsSync(target)) return;
  const found = packageFolder(name, from);
  if (found === null) return;
  cpSync(found, target, { recursive: true, filter: (path) => !path.endsWith('/node_modules') });
  const described = z
    .looseObject({ dependencies: z.record(z.string(), z.string()).optional() })
    .parse(JSON.parse(readFileSync(join(found, 'package.json'), 'utf8')));
  for (const needed of Object.keys(described.dependencies ?? {})) {
    copyPackage(needed, pathToFileURL(join(found, 'package.json')).href, folder);
  }
}

/** Node looks upwards for `node_modules`; a package manager may have put a link there. */
function packageFolder(name: string, from: string): string | null {
  for (let at = dirname(fileURLToPath(from)); ; at = dirname(at)) {
    const candidate = join(at, 'node_modules', name);
    if (existsSync(candidate)) return realpathSync(candidate);
    if (at === dirname(at)) return null;
  }
}

function lay(path: string, content: string, mode = 0o644): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  chmodSync(path, mode);
}

interface Outside {
  readonly servers: readonly Server[];
  readonly port: number;
  readonly reached: () => number;
}

async function listenOutside(socket: string, abstract: string): Promise<Outside> {
  let reached = 0;
  const servers: Server[] = [];
  for (const place of [
    { port: 0, host: '127.0.0.1' },
    { path: socket },
    { path: `\0${abstract}` },
  ]) {
    const server = createServer((peer) => {
      reached += 1;
      peer.end(HOME_CANARY);
    });
    servers.push(server.listen(place));
    await once(server, 'listening');
  }
  const { port } = servers[0]!.address() as AddressInfo;
  return { servers, port, reached: () => reached };
}

function toCommand(stage: SandboxStage, script: string, options: RunOptions): InnerCommand {
  const { guard, home, workspace, outside, server } = stage;
  const [program, entry] = guard.command;
  const asking = options.askTimeout === undefined ? [] : ['--ask-timeout', options.askTimeout];
  const sandbox = ['--sandbox', options.mode ?? 'require'];
  return {
    file: program,
    args: [entry, 'run', ...sandbox, ...asking, '--', '/bin/sh', '-c', script],
    cwd: options.cwd ?? workspace,
    env: {
      PATH: process.env['PATH'],
      HOME: home,
      LANG: 'C.UTF-8',
      AGENTGUARD_HOME: guard.home,
      SSH_AUTH_SOCK: outside.socket,
      NODE: process.execPath,
      OUTSIDE_PORT: String(outside.port),
      OUTSIDE_SOCKET: outside.socket,
      OUTSIDE_ABSTRACT: outside.abstract,
      SERVER_PORT: String(server.port),
      CONTROL_SOCKET: guard.paths.socket,
      DRIVER: join(home, '.driver/node_modules/pg'),
      ...options.env,
    },
  };
}

async function runCommand(command: InnerCommand, stdin: string): Promise<Printed> {
  const { file, args, cwd, env } = command;
  const child = spawn(file, args, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin.on('error', () => undefined);
  child.stdin.end(stdin);
  await once(child, 'close');
  return { code: child.exitCode ?? -1, stdout, stderr };
}
