/**
 * Runs a program for what it prints: no shell, nothing on its standard input, bounded in time and output.
 * What it says on standard error is thrown away, since it may repeat a secret.
 */

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';

/** How a program is run. */
export interface CommandOptions {
  readonly timeoutMs: number;
  /** More output than this ends it. */
  readonly maxBytes: number;
  /** Working folder. */
  readonly folder: string;
}

/** What came of it. */
export type CommandResult =
  | { readonly kind: 'done'; readonly output: Buffer }
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'signal' }
  | { readonly kind: 'not found' }
  | { readonly kind: 'not executable' }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'too much' };

/** Runs `argv`. Never throws: everything that can happen is a result. */
export function readCommand(
  argv: readonly [string, ...string[]],
  options: CommandOptions,
): Promise<CommandResult> {
  const [program, ...args] = argv;
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: options.folder,
      stdio: ['ignore', 'pipe', 'ignore'],
      // A group of its own, so that what it started ends with it.
      detached: process.platform !== 'win32',
      windowsHide: true,
    });
    let output = Buffer.alloc(0);
    const end = (result: CommandResult): void => {
      clearTimeout(timer);
      if (result.kind === 'timeout' || result.kind === 'too much') killGroup(child);
      resolve(result);
    };
    const timer = setTimeout(() => {
      end({ kind: 'timeout' });
    }, options.timeoutMs);
    child.stdout.on('data', (chunk: Buffer) => {
      output = Buffer.concat([output, chunk]);
      if (output.length > options.maxBytes) end({ kind: 'too much' });
    });
    child.once('error', (error: NodeJS.ErrnoException) => {
      end({ kind: error.code === 'ENOENT' ? 'not found' : 'not executable' });
    });
    child.once('close', (code) => {
      if (code === null) end({ kind: 'signal' });
      else end(code === 0 ? { kind: 'done', output } : { kind: 'exit', code });
    });
  });
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === 'win32') child.kill('SIGKILL');
    else process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It ended by itself meanwhile.
  }
  child.stdout?.destroy();
}
