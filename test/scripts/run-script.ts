/** Runs a script: each command in the same home and folder, each expectation looked at in turn. */

import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openPseudoTerminal } from '../../daemon/src/control/server/fixtures/pseudo-terminal.ts';
import { entry } from '../servers/guard.ts';
import { fillWords, matchOutput } from './match-output.ts';
import type { Words } from './match-output.ts';
import type { Script, ScriptCommand } from './parse-script.ts';

/** How long a command may take, and how long one that is tried again is tried. */
const COMMAND_TIMEOUT_MS = 60_000;
const RETRY_TIMEOUT_MS = 20_000;
const RETRY_MS = 100;

interface Printed {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/**
 * Runs a script.
 * @param env more variables for its commands
 * @throws Error with the line, what was expected and what came
 */
export async function runScript(
  script: Script,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const stage = new Stage(script, env);
  try {
    await stage.play();
  } finally {
    await stage.close();
  }
}

class Stage {
  readonly #script: Script;
  readonly #folder = mkdtempSync(join(tmpdir(), 'ag-script-'));
  readonly #words: Words = new Map();
  readonly #env: Readonly<Record<string, string>>;
  readonly #background: { command: ScriptCommand; printed: Promise<Printed> }[] = [];

  constructor(script: Script, env: Readonly<Record<string, string>>) {
    this.#script = script;
    const { bin } = this.#lay();
    this.#env = {
      PATH: `${bin}:${process.env['PATH'] ?? ''}`,
      HOME: join(this.#folder, 'person'),
      AGENTGUARD_HOME: join(this.#folder, 'home'),
      AGENTGUARD_SECRET_STORE: 'file',
      LANG: 'C.UTF-8',
      ...env,
    };
  }

  async play(): Promise<void> {
    for (const command of this.#script.commands) await this.#playOne(command);
    for (const { command, printed } of this.#background) this.#check(command, await printed);
  }

  async close(): Promise<void> {
    await this.#run('agentguard daemon stop', [], false).catch(() => undefined);
    // A save point may still be written beside a command that was short.
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }

  #lay(): { bin: string } {
    const work = join(this.#folder, 'work');
    const bin = join(this.#folder, 'bin');
    mkdirSync(work);
    mkdirSync(join(this.#folder, 'person'));
    mkdirSync(bin);
    for (const [name, text] of this.#script.files) writeFileSync(join(work, name), text);
    const programs = { agentguard: entry(), query: join(import.meta.dirname, 'query.ts') };
    for (const [name, program] of Object.entries(programs)) {
      writeFileSync(join(bin, name), `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`);
      chmodSync(join(bin, name), 0o755);
    }
    return { bin };
  }

  async #playOne(command: ScriptCommand): Promise<void> {
    const run = (): Promise<Printed> => {
      const text = fillWords(command.command, this.#words);
      const stdin = command.stdin.map((line) => fillWords(line, this.#words));
      return this.#run(text, stdin, command.terminal);
    };
    switch (command.kind) {
      case 'background':
        this.#background.push({ command, printed: run() });
        return;
      case 'run':
        this.#check(command, await run());
        return;
      case 'retry': {
        const until = Date.now() + RETRY_TIMEOUT_MS;
        let printed = await run();
        while (!this.#fits(command, printed) && Date.now() < until) {
          await sleep(RETRY_MS);
          printed = await run();
        }
        this.#check(command, printed);
      }
    }
  }

  #fits(command: ScriptCommand, printed: Printed): boolean {
    return (
      printed.code === command.code &&
      matchOutput(command.stdout, printed.stdout, this.#words) &&
      matchOutput(command.stderr, printed.stderr, this.#words)
    );
  }

  #check(command: ScriptCommand, printed: Printed): void {
    if (this.#fits(command, printed)) return;
    const show = (mark: string, lines: readonly string[]): string[] =>
      lines.map((line) => `  ${mark} ${line}`);
    const said = (text: string): string[] => text.replace(/\n$/, '').split('\n');
    throw new Error(
      [
        `line ${command.line}: ${fillWords(command.command, this.#words)}`,
        'expected',
        ...show('>', command.stdout),
        ...show('!', command.stderr),
        `  ? ${command.code}`,
        'came',
        ...show('>', said(printed.stdout)),
        ...show('!', said(printed.stderr)),
        `  ? ${printed.code}`,
      ].join('\n'),
    );
  }

  async #run(command: string, stdin: readonly string[], atTerminal: boolean): Promise<Printed> {
    const terminal = atTerminal ? openPseudoTerminal() : null;
    const child = spawn('sh', ['-c', command], {
      cwd: join(this.#folder, 'work'),
      env: this.#env,
      stdio: [terminal?.slave ?? 'pipe', 'pipe', 'pipe'],
      timeout: COMMAND_TIMEOUT_MS,
    });
    const input = stdin.map((line) => `${line}\n`).join('');
    if (terminal === null) {
      child.stdin?.on('error', () => undefined);
      child.stdin?.end(input);
    } else if (input !== '') writeSync(terminal.master, input);
    const [stdout, stderr, code] = await Promise.all([
      readAll(child.stdout),
      readAll(child.stderr),
      new Promise<number>((resolve, reject) => {
        child.once('error', reject);
        child.once('close', (status) => resolve(status ?? -1));
      }),
    ]);
    terminal?.close();
    return { stdout, stderr, code };
  }
}

async function readAll(stream: NodeJS.ReadableStream | null): Promise<string> {
  let text = '';
  if (stream === null) return text;
  for await (const chunk of stream) text += String(chunk);
  return text;
}
