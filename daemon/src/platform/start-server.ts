/**
 * Starts an MCP server as a child: by argv and without a shell, in a group of its own that ends with it. What it writes
 * to standard error may hold anything, so it is read and not kept.
 */

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';

/** What is started. */
export interface ServerProgram {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
}

/** A server that runs, or failed to. */
export interface ServerProcess {
  readonly input: Writable;
  readonly output: Readable;
  onFailure(listener: () => void): void;
  /** Closes its input, and ends it by force when that is not enough. */
  end(): void;
}

/** From closed input to SIGTERM, and from there to SIGKILL, in milliseconds. */
const GRACE_MS = 2000;

/** Starts it. A program that cannot be started fails later, as one that ended at once. */
export function startServer({ program, args, cwd, env }: ServerProgram): ServerProcess {
  const child = spawn(program, args, {
    cwd,
    env: { ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  const failed: (() => void)[] = [];
  child.once('error', () => {
    for (const listener of failed) listener();
  });
  child.stderr.on('error', () => undefined).resume();
  child.stdin.on('error', () => undefined);
  return {
    input: child.stdin,
    output: child.stdout,
    onFailure: (listener) => failed.push(listener),
    end: () => endChild(child),
  };
}

/** The order of the specification, for all that it started. */
function endChild(child: ChildProcess): void {
  child.stdin?.end();
  if (child.exitCode !== null || child.signalCode !== null) {
    signalGroup(child, 'SIGKILL');
    return;
  }
  const term = setTimeout(() => signalGroup(child, 'SIGTERM'), GRACE_MS);
  const kill = setTimeout(() => signalGroup(child, 'SIGKILL'), 2 * GRACE_MS);
  child.once('exit', () => {
    clearTimeout(term);
    clearTimeout(kill);
    // What it left behind in its group goes with it.
    signalGroup(child, 'SIGKILL');
  });
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === 'win32') child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    // Nothing of it is left.
  }
}
