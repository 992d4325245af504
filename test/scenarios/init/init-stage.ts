/** A sample project beside a whole guard: real database, real daemon, real programs. */

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  lstatSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { holdsCanary } from '../../servers/canary.ts';
import { startGuard } from '../../servers/guard.ts';
import type { Guard, Printed } from '../../servers/guard.ts';
import { startPostgres } from '../../servers/postgres.ts';
import type { TestPostgres } from '../../servers/postgres.ts';

/** Where this file's own packages are, for the programs of the project. */
const PACKAGES = join(import.meta.dirname, '../../node_modules');

/** Reads `.env` as programs do, the environment first, and asks the database who it is. */
const APP = `
import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import pg from 'pg';
const env = { ...parseEnv(readFileSync(new URL('.env', import.meta.url), 'utf8')), ...process.env };
const client = new pg.Client({ connectionString: env[process.argv[2] ?? 'DATABASE_URL'] });
try {
  await client.connect();
  const { rows } = await client.query(process.argv[3] ?? 'SELECT count(*)::int AS bookings FROM bookings');
  console.log(JSON.stringify(rows[0] ?? null));
} catch (error) {
  console.error(error.code, error.message, error.hint ?? '');
  process.exitCode = 1;
} finally {
  await client.end();
}
`;

/** The stage. */
export class InitStage {
  readonly guard: Guard;
  readonly postgres: TestPostgres;
  /** The project. */
  readonly root: string;
  readonly #folder: string;
  readonly #printed: string[] = [];

  private constructor(guard: Guard, postgres: TestPostgres) {
    this.guard = guard;
    this.postgres = postgres;
    this.#folder = realpathSync(mkdtempSync(join(tmpdir(), 'ag-init-')));
    this.root = join(this.#folder, 'rental');
    mkdirSync(join(this.#folder, 'home'));
  }

  static async open(): Promise<InitStage> {
    const postgres = await startPostgres({
      initSql:
        'CREATE TABLE bookings (id int PRIMARY KEY); INSERT INTO bookings VALUES (1), (2), (3)',
    });
    const guard = await startGuard({ resources: [] });
    return new InitStage(guard, postgres);
  }

  /** The URL with the canary in it. */
  get url(): string {
    return this.postgres.url();
  }

  /** Lays a fresh project down. */
  lay(files: Readonly<Record<string, string>>): void {
    rmSync(this.root, { recursive: true, force: true });
    for (const [name, text] of Object.entries({ 'app.mjs': APP, ...files })) {
      const path = join(this.root, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
    symlinkSync(PACKAGES, join(this.root, 'node_modules'));
  }

  read(name: string): string {
    return readFileSync(join(this.root, name), 'utf8');
  }

  /** SHA-256 over every name, mode and byte of the project. */
  digest(): string {
    const hash = createHash('sha256');
    for (const name of this.#names()) {
      const path = join(this.root, name);
      hash.update(`${name} ${lstatSync(path).mode} `).update(readFileSync(path));
    }
    return hash.digest('hex');
  }

  /** Files of the project that hold the real password. */
  leaks(): readonly string[] {
    return this.#names().filter((name) => holdsCanary(readFileSync(join(this.root, name))));
  }

  /** Runs the command line in the project. */
  run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Printed> {
    return this.#finish(this.start(args, env));
  }

  /** As `run`, and throws unless it went well. */
  async expect(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<string> {
    const { code, stdout, stderr } = await this.run(args, env);
    if (code === 0) return stdout;
    throw new Error(`agentguard ${args.join(' ')} ended with ${code}: ${stderr}`);
  }

  /** Starts the command line in the project. */
  start(args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
    const [program, script] = this.guard.command;
    return spawn(program, [script, ...args], {
      cwd: this.root,
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: join(this.#folder, 'home'),
        AGENTGUARD_HOME: this.guard.home,
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  /** Throws when anything that was printed, except by the project's own programs, held the real password. */
  async close(): Promise<void> {
    rmSync(this.#folder, { recursive: true, force: true });
    await this.guard.stop();
    await this.postgres.stop();
    if (this.#printed.some((text) => holdsCanary(Buffer.from(text)))) {
      throw new Error('the real password was printed');
    }
  }

  async #finish(child: ChildProcess): Promise<Printed> {
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const code = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (status) => resolve(status ?? -1));
    });
    this.#printed.push(stdout, stderr);
    return { code, stdout, stderr };
  }

  #names(): readonly string[] {
    return readdirSync(this.root, { recursive: true, encoding: 'utf8' })
      .filter((name) => !name.startsWith('node_modules'))
      .filter((name) => lstatSync(join(this.root, name)).isFile())
      .sort();
  }
}
