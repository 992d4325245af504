/**
 * The first program inside a sandbox. It listens where the guard is to be heard, hands the listening sockets to `run`
 * outside, and becomes the command. Nothing of it is left then: no process to end, no channel to the outside.
 * It must hold no secret: the command can read whatever it reads.
 */

import { closeSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { findProgram } from './find-program.ts';
import type { InnerListener, InnerMessage, OuterMessage, StartMessage } from './init-messages.ts';

let starting: StartMessage | null = null;

process.on('message', (message: OuterMessage) => {
  if (message.kind === 'start') {
    starting = message;
    void prepare(message);
  } else if (starting !== null) {
    const { command, args, env } = starting;
    process.once('disconnect', () => become(command, args, env));
    process.disconnect();
  }
});

async function prepare({ listeners, command, env }: StartMessage): Promise<void> {
  const found = findProgram(command, env['PATH']);
  if (found.kind !== 'found') {
    say({ kind: 'failed', reason: found.kind });
    return;
  }
  try {
    for (const [index, listener] of listeners.entries()) await handOut(index, listener);
    say({ kind: 'ready' });
  } catch {
    say({ kind: 'failed', reason: 'listen' });
  }
}

async function handOut(index: number, { host, port }: InnerListener): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  await new Promise<void>((resolve) => {
    say({ kind: 'listener', index }, server, resolve);
  });
  server.close();
}

function say(message: InnerMessage, handle?: Server, sent?: () => void): void {
  process.send?.(message, handle, {}, () => sent?.());
}

/** Replaces this process. Never returns; a program that the kernel refuses ends it. */
function become(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): void {
  // Node ignores these two, and what is ignored stays so in the next program; what is caught does not.
  for (const signal of ['SIGPIPE', 'SIGXFSZ'] as const) process.on(signal, () => undefined);
  closeInherited();
  const found = findProgram(command, env['PATH']);
  if (found.kind !== 'found') process.exit(found.kind === 'not-found' ? 127 : 126);
  // As execvp(3) does: what is no program of the kernel's is given to the shell.
  if (found.script) execute('/bin/sh', ['sh', found.path, ...args], env);
  else execute(found.path, [command, ...args], env);
}

/** open(2) of Linux, as /proc/PID/fdinfo shows it. */
const O_CLOEXEC = 0o2000000;

/**
 * SECURITY(P-51): whatever the person's shell had open was handed on to here. A folder among it would lead out of the
 * sandbox, for what is open is not looked up again. What the kernel closes by itself, Node's own among it, is left.
 */
function closeInherited(): void {
  for (const name of readdirSync('/proc/self/fdinfo')) {
    const descriptor = Number(name);
    if (descriptor > 2 && isInherited(name)) closeSync(descriptor);
  }
}

function isInherited(name: string): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)$/m.exec(
      readFileSync(`/proc/self/fdinfo/${name}`, 'utf8'),
    )?.[1];
    return (Number.parseInt(flags ?? '0', 8) & O_CLOEXEC) === 0;
  } catch {
    // The one that the list itself was read by is closed already.
    return false;
  }
}

function execute(
  path: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): void {
  // Only Windows has none, and no sandbox either.
  process.execve?.(path, args, { ...env });
}
