/**
 * Carries bytes between a client's standard streams and the guard, and starts the server where it runs beside the client.
 * It judges nothing and knows nothing of the protocol but how to refuse: whatever it did, the daemon would not believe it.
 */

import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import type { Socket } from 'node:net';

/** Where the daemon takes relays, and what proves the session. */
export interface RelayAccess {
  readonly host: string;
  readonly port: number;
  readonly token: string;
}

/** What the daemon says to a relay that it lets in. */
interface Admitted {
  readonly conversation: string;
  readonly start: {
    readonly argv: readonly string[];
    readonly env: Readonly<Record<string, string>>;
    readonly passes: readonly string[];
    readonly cwd: string | null;
  } | null;
}

/** A relay that was not let in, in the daemon's words. */
export class RelayRefused extends Error {
  readonly help: string;

  constructor(problem: string, help: string) {
    super(problem);
    this.name = 'RelayRefused';
    this.help = help;
  }
}

/** From the end of a server's input to SIGTERM, and on to SIGKILL, in milliseconds. */
const GRACE_MS = 2000;

/**
 * Runs until either side ends.
 * @param argv the server's command line as it stands in the client's configuration
 * @returns the exit code: the server's own where it ran here
 * @throws RelayRefused when the daemon does not open the server
 */
export async function relay(access: RelayAccess, argv: readonly string[]): Promise<number> {
  const guard = await greet(access, { kind: 'client', argv, cwd: process.cwd() });
  const server = guard.admitted.start === null ? null : await startBeside(access, guard.admitted);
  const closed = new Promise<void>((resolve) => {
    guard.socket.once('close', () => resolve());
    // The guard has said its last word: whatever the client still has to say, nobody hears it.
    guard.socket.once('end', () => guard.socket.destroy());
  });
  guard.socket.pipe(process.stdout);
  process.stdin.pipe(guard.socket);
  const stop = (): void => {
    guard.socket.destroy();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, stop);
  process.stdout.on('error', stop);
  await closed;
  process.stdin.destroy();
  return server === null ? 0 : server();
}

/** Starts the server with what the daemon said, and joins it to the guard. Returns the way to its exit code. */
async function startBeside(
  access: RelayAccess,
  admitted: Admitted,
): Promise<() => Promise<number>> {
  const start = admitted.start;
  if (start === null) throw new RelayRefused('there is nothing to start', '');
  const { socket } = await greet(access, { kind: 'server', conversation: admitted.conversation });
  const [program = '', ...args] = start.argv;
  const kept = start.passes.flatMap((name): [string, string][] => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  });
  const child = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...Object.fromEntries(kept), ...start.env },
    ...(start.cwd === null ? {} : { cwd: start.cwd }),
    detached: process.platform !== 'win32',
  });
  const code = new Promise<number>((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      process.stderr.write(
        `agentguard: the MCP server cannot be started (${error.code ?? 'unknown'})\n`,
      );
      resolve(error.code === 'ENOENT' ? 127 : 126);
    });
    child.once('exit', (status, signal) => resolve(status ?? (signal === null ? 1 : 143)));
  });
  const end = (signal: NodeJS.Signals): void => {
    if (child.pid === undefined) return;
    try {
      if (process.platform === 'win32') child.kill(signal);
      else process.kill(-child.pid, signal);
    } catch {
      // Nothing of it is left.
    }
  };
  child.stdin.on('error', () => undefined);
  socket.pipe(child.stdin);
  child.stdout.pipe(socket);
  socket.once('close', () => {
    child.stdin.end();
    const timers = [
      setTimeout(() => end('SIGTERM'), GRACE_MS),
      setTimeout(() => end('SIGKILL'), 2 * GRACE_MS),
    ];
    void code.then(() => {
      for (const timer of timers) clearTimeout(timer);
      end('SIGKILL');
    });
  });
  void code.then(() => socket.end());
  return () => code;
}

async function greet(
  { host, port, token }: RelayAccess,
  words: Readonly<Record<string, unknown>>,
): Promise<{ readonly socket: Socket; readonly admitted: Admitted }> {
  const socket = connect({ host, port, noDelay: true, allowHalfOpen: true });
  socket.write(`${JSON.stringify({ agentguard: 'mcp', version: 1, token, ...words })}\n`);
  const line = await readLine(socket);
  const answer: unknown = JSON.parse(line);
  if (typeof answer !== 'object' || answer === null)
    throw new RelayRefused('the guard cannot be understood', '');
  const words2: Partial<Record<string, unknown>> = { ...answer };
  if (words2['ok'] !== true) {
    socket.destroy();
    const { problem, help } = words2;
    throw new RelayRefused(String(problem), typeof help === 'string' ? help : '');
  }
  return { socket, admitted: unsafeAdmitted(words2) };
}

/** Our own daemon at the other end of a port that only it opens: a schema library would cost more than all else here. */
function unsafeAdmitted(words: Partial<Record<string, unknown>>): Admitted {
  return words as unknown as Admitted;
}

function readLine(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let read = Buffer.alloc(0);
    const gone = (): void =>
      reject(new RelayRefused('the guard is gone', 'agentguard daemon start'));
    const take = (chunk: Buffer): void => {
      read = Buffer.concat([read, chunk]);
      const end = read.indexOf(0x0a);
      if (end < 0) return;
      socket.off('data', take);
      socket.off('close', gone);
      socket.pause();
      if (end + 1 < read.length) socket.unshift(read.subarray(end + 1));
      resolve(read.subarray(0, end).toString('utf8'));
    };
    socket.on('data', take);
    socket.on('error', () => socket.destroy());
    socket.once('close', gone);
  });
}
