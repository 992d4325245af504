/**
 * Talks to the daemon: calls, and streams that come back after an interruption.
 * Starts the daemon when it is asked to and none answers.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { dirname } from 'node:path';
import { ControlError } from '../../../errors.ts';
import { verifyOwnerFolder } from '../../../platform/owner-only.ts';
import type { Paths } from '../../../platform/paths.ts';
import { CALLS, methodShape, STREAMS } from '../methods.ts';
import type {
  CallName,
  CallParams,
  CallResult,
  StreamEvent,
  StreamName,
  StreamParams,
} from '../methods.ts';
import { readReply, readStream } from './read-reply.ts';
import { sendRequest } from './send-request.ts';
import type { Credentials } from './send-request.ts';
import { startDaemon } from './start-daemon.ts';

/** How to reach the daemon. */
export interface ConnectOptions extends Credentials {
  readonly paths: Paths;
  /** Start it when none answers. Default false. */
  readonly startDaemon?: boolean;
  /** The daemon's program; found beside this one when not given. */
  readonly entry?: string;
  /** Told what a daemon that was started has to say. */
  readonly onNote?: (note: string) => void;
  /** Opens the vault of a daemon that is started. */
  readonly passphrase?: string;
  /** Longest wait for a daemon that starts, in milliseconds. */
  readonly startTimeoutMs?: number;
  /** Speak to a daemon of any version, to ask who it is and to stop it. Default false. */
  readonly anyVersion?: boolean;
}

/** What a subscription does beside passing events on. */
export interface SubscribeOptions<Name extends StreamName> {
  readonly signal?: AbortSignal;
  /**
   * Given, the stream is opened again when the daemon goes, with the parameters this returns; null ends it.
   * Not given, an interruption is an error.
   */
  readonly resume?: () => StreamParams<Name> | null;
}

/** First pause before a stream is opened again, and the longest one. */
const RESUME_MS = 100;
const MAX_RESUME_MS = 3000;

/** A daemon that was reached and speaks our version. */
export class ControlClient {
  readonly #socket: string;
  readonly #credentials: Credentials;
  readonly #anyVersion: boolean;

  constructor(options: ConnectOptions) {
    const { paths, token, operatorKey } = options;
    this.#socket = paths.socket;
    this.#anyVersion = options.anyVersion ?? false;
    this.#credentials = {
      ...(token === undefined ? {} : { token }),
      ...(operatorKey === undefined ? {} : { operatorKey }),
    };
  }

  /**
   * Calls a method.
   * @throws ControlError with the daemon's code and help; `CONTROL_UNREACHABLE` when it does not answer
   */
  async call<Name extends CallName>(
    method: Name,
    params: CallParams<Name>,
    signal?: AbortSignal,
  ): Promise<CallResult<Name>> {
    const reply = await sendRequest({
      ...this.#credentials,
      socket: this.#socket,
      method,
      params,
      signal,
    });
    const anyVersion = this.#anyVersion && methodShape(method).anyVersion === true;
    return unsafeResult<Name>(await readReply(reply, CALLS[method].result, { anyVersion }));
  }

  /**
   * Opens a stream. Ends when the daemon ends it or the signal is aborted.
   * @throws ControlError as `call`; an interruption only when `resume` is not given
   */
  async *subscribe<Name extends StreamName>(
    method: Name,
    params: StreamParams<Name>,
    options: SubscribeOptions<Name> = {},
  ): AsyncGenerator<StreamEvent<Name>> {
    const { signal, resume } = options;
    let next: StreamParams<Name> | null = params;
    let pause = RESUME_MS;
    while (next !== null) {
      try {
        for await (const event of this.#open(method, next, signal)) {
          pause = RESUME_MS;
          yield event;
        }
        return;
      } catch (error) {
        if (signal?.aborted === true) return;
        if (resume === undefined || !isUnreachable(error)) throw error;
      }
      await sleep(pause);
      pause = Math.min(pause * 2, MAX_RESUME_MS);
      next = resume();
    }
  }

  async *#open<Name extends StreamName>(
    method: Name,
    params: StreamParams<Name>,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<StreamEvent<Name>> {
    const request = { ...this.#credentials, socket: this.#socket, method, params, signal };
    const reply = await sendRequest(request);
    for await (const event of readStream(reply, STREAMS[method].event)) {
      yield unsafeEvent<Name>(event);
    }
  }
}

/**
 * Reaches the daemon, starting it when asked to.
 * @throws ControlError `CONTROL_UNREACHABLE` when there is none, `CONTROL_VERSION` when it is of another version
 */
export async function connectControl(options: ConnectOptions): Promise<ControlClient> {
  const { paths } = options;
  // A folder in a shared place could have been prepared by somebody else, with a socket that listens.
  if (process.platform !== 'win32') verifyOwnerFolder(dirname(paths.socket));
  const client = new ControlClient(options);
  const answers = (): Promise<boolean> => isAnswering(client);
  if (await answers()) return client;
  if (options.startDaemon === true) {
    const { entry, startTimeoutMs: timeoutMs, passphrase, onNote } = options;
    await startDaemon({ paths, answers, entry, timeoutMs, passphrase, onNote });
    return client;
  }
  throw new ControlError('CONTROL_UNREACHABLE', 'the daemon is not running', {
    audience: 'user',
    help: 'agentguard daemon start',
  });
}

/** Whether anything answers; an answer of another version is the caller's problem and passes through. */
async function isAnswering(client: ControlClient): Promise<boolean> {
  try {
    await client.call('whoami', {});
    return true;
  } catch (error) {
    if (isUnreachable(error)) return false;
    throw error;
  }
}

function isUnreachable(error: unknown): boolean {
  return error instanceof ControlError && error.code === 'CONTROL_UNREACHABLE';
}

/** The value was parsed by the schema of this very method; the compiler cannot follow the name through the table. */
function unsafeResult<Name extends CallName>(value: unknown): CallResult<Name> {
  return value as CallResult<Name>;
}

/** As above, of a stream. */
function unsafeEvent<Name extends StreamName>(value: unknown): StreamEvent<Name> {
  return value as StreamEvent<Name>;
}
