/**
 * A whole guard for a test: a home of its own, the daemon started by the public command line, resources added
 * the way a person adds them. Stopping it also proves that the real credential was nowhere to be seen.
 */

import { spawn } from 'node:child_process';
import {
  existsSync,
  globSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  connectControl,
  ensureOwnerFolder,
  MAX_AUDIT_PAGE,
  resolvePaths,
} from '@agentguard/daemon/control';
import type {
  ApprovalMessage,
  AuditFilter,
  AuditRow,
  CallParams,
  ControlClient,
  Paths,
} from '@agentguard/daemon/control';
import { filesWithCanary, holdsCanary, startCanaryRelay, type CanaryRelay } from './canary.ts';

const ROOT = join(import.meta.dirname, '../..');

/** Longest wait for something that the daemon does by itself in milliseconds. */
const PATIENCE_MS = 20_000;

/** A database to put behind the guard. */
export interface GuardedResource {
  readonly name: string;
  readonly environment: 'production' | 'staging' | 'development' | 'unknown';
  /** The real URL, with its password. */
  readonly url: string;
}

export interface GuardOptions {
  readonly resources: readonly GuardedResource[];
  /** Text of agentguard.yaml in the person's own folder. */
  readonly policy?: string;
  /** A folder to use as AGENTGUARD_HOME; it must be empty. A fresh one by default. */
  readonly home?: string;
  /** More variables for the daemon. */
  readonly env?: Readonly<Record<string, string>>;
  /** False leaves it to the first command to start the daemon; then there are no resources and no person yet. */
  readonly started?: boolean;
}

/** A session, as an agent would hold it. */
export interface GuardSession {
  readonly id: string;
  readonly token: string;
  /** The URL of a resource with the token in it; the first resource by default. */
  url(resource?: string): string;
  /** The address behind `url`, for tests that speak the protocol themselves. */
  readonly port: number;
  end(): Promise<void>;
}

/** What a command of ours printed, and how it ended. */
export interface Printed {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running guard. */
export interface Guard {
  readonly home: string;
  readonly paths: Paths;
  /** A client that may answer questions, as the person. */
  readonly person: ControlClient;
  /** The program and first argument that start the command line, for tests that let it start itself. */
  readonly command: readonly [string, string];
  /** Runs the command line in this guard's home. */
  cli(args: readonly string[], stdin?: string): Promise<Printed>;
  /** @param options how long questions wait: 0 asks nobody */
  session(options?: {
    readonly askTimeoutMs?: number;
    readonly resources?: readonly string[];
    readonly scope?: CallParams<'session.create'>['scope'];
    readonly workspace?: string;
  }): Promise<GuardSession>;
  /** The URL of a resource with a token of one's own in it. */
  urlFor(token: string, resource: string): string;
  /** Questions that wait for an answer. */
  questions(): Promise<readonly ApprovalMessage[]>;
  /** Waits for the next question, answers it as the person would and returns it. */
  answer(verdict: 'approve' | 'deny', note?: string): Promise<ApprovalMessage>;
  /** Every entry of the record that fits, oldest first. */
  audit(filter?: Partial<AuditFilter>): Promise<readonly AuditRow[]>;
  /** The daemon's diagnostics so far. */
  log(): string;
  pid(): Promise<number>;
  /** Ends the daemon at once, as a crash would. */
  kill(): Promise<void>;
  /** Starts the daemon again after `kill`. Sessions are gone; resources are there. */
  restart(): Promise<void>;
  /** Ends everything, removes the home and throws when the real credential was seen anywhere. */
  stop(): Promise<void>;
}

/** Starts a guard. Throws with the command line's own words when something does not work. */
export async function startGuard(options: GuardOptions): Promise<Guard> {
  const guard = new RunningGuard(options);
  try {
    await guard.start();
    return guard;
  } catch (error) {
    await guard.stop().catch(() => undefined);
    throw error;
  }
}

class RunningGuard implements Guard {
  readonly home: string;
  readonly paths: Paths;
  readonly command = [process.execPath, entry()] as const;
  readonly #options: GuardOptions;
  readonly #printed: string[] = [];
  #person: ControlClient | null = null;
  #relay: CanaryRelay | null = null;

  constructor(options: GuardOptions) {
    this.#options = options;
    this.home = options.home ?? mkdtempSync(join(tmpdir(), 'ag-home-'));
    this.paths = resolvePaths({
      platform: process.platform,
      env: { AGENTGUARD_HOME: this.home },
      homeFolder: this.home,
      temporaryFolder: tmpdir(),
      workingFolder: '/',
      uid: process.getuid?.() ?? -1,
    });
  }

  get person(): ControlClient {
    if (this.#person === null) throw new Error('the guard is not running');
    return this.#person;
  }

  async start(): Promise<void> {
    const { policy, resources } = this.#options;
    if (policy !== undefined) {
      ensureOwnerFolder(this.paths.config);
      writeFileSync(join(this.paths.config, 'agentguard.yaml'), policy, { mode: 0o600 });
    }
    if (this.#options.started === false) return;
    await this.#expect(['daemon', 'start']);
    for (const { name, environment, url } of resources) {
      await this.#expect(
        ['resource', 'add', name, '--kind', 'postgres', '--environment', environment],
        `${url}\n`,
      );
    }
    await this.#expect(['approval', 'operator-key', 'create']);
    await this.#connect();
  }

  async #connect(): Promise<void> {
    const operatorKey = readFileSync(this.paths.operatorKey, 'utf8').trim();
    this.#person = await connectControl({ paths: this.paths, operatorKey });
    const { listener } = await this.#person.call('status', {});
    if (listener === null) throw new Error('the daemon does not listen');
    await this.#relay?.close();
    this.#relay = await startCanaryRelay(listener.port);
  }

  async #expect(args: readonly string[], stdin?: string): Promise<void> {
    const printed = await this.cli(args, stdin);
    if (printed.code === 0) return;
    throw new Error(`agentguard ${args.join(' ')} ended with ${printed.code}: ${printed.stderr}`);
  }

  async cli(args: readonly string[], stdin?: string): Promise<Printed> {
    const [program, script] = this.command;
    const child = spawn(program, [script, ...args], {
      env: {
        ...process.env,
        // A machine without a keychain runs these tests too.
        AGENTGUARD_SECRET_STORE: 'file',
        ...this.#options.env,
        AGENTGUARD_HOME: this.home,
      },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.stdin.on('error', () => undefined);
    child.stdin.end(stdin ?? '');
    const code = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (status) => resolve(status ?? -1));
    });
    this.#printed.push(stdout, stderr);
    return { code, stdout, stderr };
  }

  async session(options: NonNullable<Parameters<Guard['session']>[0]> = {}): Promise<GuardSession> {
    const made = await this.person.call('session.create', {
      agent: 'scenario',
      label: null,
      resources: options.resources === undefined ? null : [...options.resources],
      workspace: options.workspace ?? '/tmp',
      ...(options.scope === undefined ? {} : { scope: options.scope }),
      askTimeoutMs: options.askTimeoutMs ?? 0,
      attended: false,
      held: false,
    });
    const relay = this.#relay;
    if (relay === null) throw new Error('the guard is not running');
    return {
      id: made.session,
      token: made.token,
      port: relay.port,
      url: (name) => {
        const resource = made.resources.find((one) => name === undefined || one.name === name);
        if (resource === undefined) throw new Error(`no resource ${name ?? 'at all'}`);
        const { user, database } = resource;
        return `postgres://${user}:${made.token}@127.0.0.1:${relay.port}/${database}?sslmode=disable`;
      },
      end: async () => {
        await this.person.call('session.end', { session: made.session });
      },
    };
  }

  urlFor(token: string, resource: string): string {
    const relay = this.#relay;
    if (relay === null) throw new Error('the guard is not running');
    return `postgres://agent:${token}@127.0.0.1:${relay.port}/${resource}?sslmode=disable`;
  }

  async questions(): Promise<readonly ApprovalMessage[]> {
    const { approvals } = await this.person.call('approval.list', { all: false });
    return approvals.filter(({ state }) => state === 'pending');
  }

  async answer(verdict: 'approve' | 'deny', note: string | null = null): Promise<ApprovalMessage> {
    const [question] = await this.#poll(async () => {
      const waiting = await this.questions();
      return waiting.length > 0 ? waiting : null;
    });
    const { id, digest, generation, confirm } = question!;
    if (verdict === 'deny') {
      await this.person.call('approval.deny', { id, digest, generation, note });
    } else {
      await this.person.call('approval.approve', { id, digest, generation, note, confirm });
    }
    return question!;
  }

  async #poll<T>(look: () => Promise<T | null>): Promise<T> {
    const until = Date.now() + PATIENCE_MS;
    while (Date.now() < until) {
      const found = await look();
      if (found !== null) return found;
      await sleep(10);
    }
    throw new Error('it did not happen in time');
  }

  async audit(filter: Partial<AuditFilter> = {}): Promise<readonly AuditRow[]> {
    const rows: AuditRow[] = [];
    for (let from: number | null = 0; from !== null;) {
      const page: { rows: AuditRow[]; next: number | null } = await this.person.call(
        'audit.query',
        {
          filter: { ...NO_FILTER, ...filter },
          order: 'oldest',
          limit: MAX_AUDIT_PAGE,
          from,
        },
      );
      rows.push(...page.rows);
      from = page.next;
    }
    return rows;
  }

  log(): string {
    return existsSync(this.paths.log) ? readFileSync(this.paths.log, 'utf8') : '';
  }

  async pid(): Promise<number> {
    const client = this.#person ?? (await connectControl({ paths: this.paths }));
    return (await client.call('status', {})).pid;
  }

  async kill(): Promise<void> {
    const pid = await this.pid();
    process.kill(pid, 'SIGKILL');
    await this.#poll(() => Promise.resolve(isAlive(pid) ? null : true));
  }

  async restart(): Promise<void> {
    await this.#expect(['daemon', 'start']);
    await this.#connect();
  }

  async stop(): Promise<void> {
    await this.cli(['daemon', 'stop']);
    const leaks = this.#leaks();
    await this.#relay?.close();
    if (this.#options.home === undefined) {
      // A save point may still be written beside a command that was short.
      rmSync(this.home, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
    }
    if (leaks.length > 0) throw new Error(`the real credential was seen in ${leaks.join(', ')}`);
  }

  /** Everywhere the credential must not be: no file holds it, the vault included, which is sealed. */
  #leaks(): string[] {
    return [
      ...filesWithCanary(this.home),
      ...(this.#printed.some((text) => holdsCanary(Buffer.from(text))) ? ['printed output'] : []),
      ...(this.#relay?.leaked() === true ? ['what the guard sent to a client'] : []),
    ];
  }
}

const NO_FILTER: AuditFilter = {
  type: null,
  session: null,
  resource: null,
  verdict: null,
  decision: null,
  text: null,
  since: null,
  until: null,
};

/** A process that ended and was not collected by its parent counts as gone. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}

let chosen: string | undefined;

/** The built command line when it is newer than every source, else the sources themselves. */
export function entry(): string {
  chosen ??= isFresh() ? join(ROOT, 'cli/dist/agentguard.js') : join(ROOT, 'cli/src/main.ts');
  return chosen;
}

function isFresh(): boolean {
  const built = ['cli/dist/agentguard.js', 'daemon/dist/daemon.js'].map((path) => changedAt(path));
  const sources = globSync('{rules,daemon,cli}/{src/**/*.ts,package.json}', { cwd: ROOT });
  return Math.min(...built) > Math.max(...sources.map((path) => changedAt(path)));
}

function changedAt(path: string): number {
  return statSync(join(ROOT, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
