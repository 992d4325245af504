/**
 * Starts a command inside bubblewrap. The first program inside hands its listening sockets to this process, which
 * serves them, and then becomes the command. No descriptor of ours stays inside, and everything dies with us.
 */

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { Server } from 'node:net';
import { PlatformError } from '@agentguard/daemon/control';
import { startFailure } from '../launch/child.ts';
import type { Child, ChildEnd } from '../launch/child.ts';
import { rememberForeground } from '../launch/foreground.ts';
import { takeOverSignals, toShellCode } from '../launch/signals.ts';
import { toBwrapArguments } from './bwrap-arguments.ts';
import { findCommandProcess } from './command-process.ts';
import { findBubblewrap } from './find-bubblewrap.ts';
import { serveForward } from './forwards.ts';
import type { Forward } from './forwards.ts';
import type { InnerMessage, OuterMessage } from './init-messages.ts';
import { initProgram } from './init-program.ts';
import { writeDescriptor } from './probe.ts';
import type { Profile } from './profile.ts';
import { makeSyscallFilter } from './syscall-filter.ts';

/** What to start, and in what. */
export interface SandboxedCommand {
  readonly profile: Profile;
  readonly forwards: readonly Forward[];
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly workingFolder: string;
}

/** Standard input, output and error, and the channel to the first program inside. */
const FIRST_DESCRIPTOR = 4;

/**
 * A shell that ignores what a terminal sends to the whole group, and becomes bwrap: ignoring is inherited, and bwrap,
 * which stands between us and the command, must not die of an interrupt that the command wants to handle.
 */
const IGNORING = 'trap "" HUP INT QUIT TERM USR1 USR2; exec "$@"';

/** Starts it. Signals are taken over from here until its end. */
export function startInBubblewrap(wanted: SandboxedCommand): Child {
  const starting = new Starting(wanted);
  return { pid: starting.pid, end: starting.end };
}

class Starting {
  readonly pid: number | undefined;
  readonly end: Promise<ChildEnd>;
  readonly #wanted: SandboxedCommand;
  readonly #child: ChildProcess;
  readonly #servers: Server[] = [];
  /** Signals that came before there was a command to pass them on to. */
  readonly #waiting: NodeJS.Signals[] = [];
  #command: number | null = null;
  #failure: ChildEnd | null = null;
  #isReady = false;

  constructor(wanted: SandboxedCommand) {
    this.#wanted = wanted;
    const release = takeOverSignals((signal) => this.#send(signal));
    this.#child = spawnBubblewrap(wanted);
    this.pid = this.#child.pid;
    this.#child.on('message', (message, handle) => this.#hear(unsafeInner(message), handle));
    const { forwards: listeners, command, args, env } = wanted;
    this.#tell({ kind: 'start', listeners, command, args, env });
    const foreground = rememberForeground();
    this.end = this.#ended().finally(async () => {
      release();
      (await foreground)();
      for (const server of this.#servers) server.close();
    });
  }

  #ended(): Promise<ChildEnd> {
    return new Promise((resolve, reject) => {
      this.#child.on('error', () => reject(cannotStart()));
      this.#child.on('exit', (code, signal) => {
        if (this.#failure !== null) resolve(this.#failure);
        else if (this.#isReady) resolve({ code: toShellCode(code, signal), problem: null });
        else reject(cannotStart());
      });
    });
  }

  #hear(message: InnerMessage, handle: unknown): void {
    switch (message.kind) {
      case 'listener': {
        const target = this.#wanted.forwards[message.index];
        if (target === undefined || !(handle instanceof Server)) throw cannotStart();
        this.#servers.push(serveForward(handle, target));
        return;
      }
      case 'ready':
        this.#isReady = true;
        this.#command = findCommandProcess(this.#child.pid);
        for (const signal of this.#waiting) this.#send(signal);
        this.#tell({ kind: 'go' });
        return;
      case 'failed':
        if (message.reason !== 'listen') {
          this.#failure = startFailure(this.#wanted.command, message.reason === 'not-found');
        }
        this.#child.kill('SIGKILL');
    }
  }

  #tell(message: OuterMessage): void {
    // It may have ended already; how is told by its exit.
    this.#child.send(message, () => undefined);
  }

  #send(signal: NodeJS.Signals): void {
    if (this.#command === null) this.#waiting.push(signal);
    else kill(this.#command, signal);
  }
}

function spawnBubblewrap({ profile, workingFolder }: SandboxedCommand): ChildProcess {
  const filter = makeSyscallFilter(process.arch);
  const bubblewrap = findBubblewrap();
  if (filter === null || bubblewrap === null) throw cannotStart();
  const { args, contents } = toBwrapArguments(profile, {
    filter,
    firstDescriptor: FIRST_DESCRIPTOR,
    workingFolder,
  });
  const { program, script } = initProgram();
  const child = spawn('/bin/sh', ['-c', IGNORING, 'sh', bubblewrap, ...args, program, ...script], {
    // What stands here can be read inside by whoever asks for the environment of the first process.
    env: { PATH: process.env['PATH'] ?? '' },
    stdio: ['inherit', 'inherit', 'inherit', 'ipc', ...contents.map(() => 'pipe' as const)],
  });
  for (const [index, bytes] of contents.entries()) {
    writeDescriptor(child.stdio[FIRST_DESCRIPTOR + index], bytes);
  }
  return child;
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended; its exit is on the way.
  }
}

function cannotStart(): PlatformError {
  return new PlatformError(
    'PLATFORM_UNSUPPORTED',
    'the sandbox did not start, so the command did not either',
    {
      audience: 'user',
      help: 'what was said above by bwrap tells why; --sandbox off runs the command without one',
    },
  );
}

/** The channel's other end is a program of ours, before any command runs inside. */
function unsafeInner(message: unknown): InnerMessage {
  return message as InnerMessage;
}
