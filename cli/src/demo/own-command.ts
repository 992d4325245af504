/** Runs this very command line as a process of its own, so that the demo shows what a person would type. */

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** What a finished command left. */
export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a command is run. */
export interface OwnCommandOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Given to its standard input; nothing when not given. */
  readonly input?: string;
  /** Told of each line of its standard output as it comes. */
  readonly onLine?: (line: string) => void;
}

/** The program and first arguments that start this command line again. */
export function ownCommand(): readonly [string, string] {
  return [process.execPath, process.argv[1] ?? ''];
}

/** Runs `agentguard ARGS…` and waits for its end. */
export function runOwnCommand(
  args: readonly string[],
  options: OwnCommandOptions,
): Promise<Finished> {
  const [program, entry] = ownCommand();
  const child = spawn(program, [entry, ...args], { env: options.env, stdio: 'pipe' });
  let stdout = '';
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    stdout += `${line}\n`;
    options.onLine?.(line);
  });
  child.stdin.end(options.input ?? '');
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      resolve({ code: code ?? 1, stdout, stderr });
    });
  });
}
