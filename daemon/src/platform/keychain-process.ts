/**
 * The operating system's keychain, reached through a process of its own that is ended when it does not answer.
 * One call at a time; the process goes when nobody needs it for a while.
 */

import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { keychainReplySchema } from './keychain-words.ts';
import type { KeychainFailure, KeychainReply, KeychainRequest } from './keychain-words.ts';

/** A person may have to type a password; the command that started the daemon waits 20 s. */
export const KEYCHAIN_TIMEOUT_MS = 15_000;

/** Long enough for a burst of connections, short enough not to hold 50 MB for nothing. */
const IDLE_MS = 10_000;

type Child = ChildProcessByStdio<Writable, Readable, null>;

/** What is asked of a keychain. */
export type KeychainCall =
  | { readonly op: 'get' | 'delete'; readonly account: string }
  | { readonly op: 'set'; readonly account: string; readonly value: string };

/** What came of a call. */
export type KeychainResult =
  | { readonly ok: true; readonly value: string | boolean | null }
  | { readonly ok: false; readonly failure: KeychainFailure };

/** How the process is run. */
export interface KeychainOptions {
  /** Namespace of every entry. */
  readonly service: string;
  /** Default KEYCHAIN_TIMEOUT_MS. */
  readonly timeoutMs?: number;
  /** Variables that lead to the keychain. Default those of this process. */
  readonly env?: NodeJS.ProcessEnv;
}

/** A keychain. */
export class KeychainProcess {
  readonly #service: string;
  readonly #timeoutMs: number;
  readonly #env: NodeJS.ProcessEnv;
  #child: Child | null = null;
  /** The call under way: its number, and what it is told. */
  #waiting: { readonly id: number; readonly tell: (result: KeychainResult) => void } | null = null;
  #idle: NodeJS.Timeout | undefined;
  #nextId = 0;
  /** How often the keychain did not answer. */
  #givenUp = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: KeychainOptions) {
    this.#service = options.service;
    this.#timeoutMs = options.timeoutMs ?? KEYCHAIN_TIMEOUT_MS;
    this.#env = options.env ?? process.env;
  }

  /**
   * Calls the keychain. Never throws. Whoever waits for a turn while another call is given up is given up with it,
   * so that a line of waiting connections does not wait once each.
   */
  call(call: KeychainCall): Promise<KeychainResult> {
    const givenUp = this.#givenUp;
    const mine = this.#turn
      .then((): KeychainResult | Promise<KeychainResult> =>
        this.#givenUp > givenUp ? { ok: false, failure: 'timeout' } : this.#callNow(call),
      )
      .catch((): KeychainResult => ({ ok: false, failure: 'failed' }));
    this.#turn = mine;
    return mine;
  }

  /** Ends the process. A later call starts another one. */
  close(): void {
    clearTimeout(this.#idle);
    this.#child?.kill('SIGKILL');
    this.#child = null;
    this.#waiting?.tell({ ok: false, failure: 'ended' });
  }

  #callNow(call: KeychainCall): Promise<KeychainResult> {
    clearTimeout(this.#idle);
    const child = this.#child ?? this.#start();
    const id = this.#nextId++;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        // Ended, since nothing else ends a native call that waits for a person who is not there.
        child.kill('SIGKILL');
        this.#givenUp += 1;
        if (this.#child === child) this.#child = null;
        this.#waiting?.tell({ ok: false, failure: 'timeout' });
      }, this.#timeoutMs);
      const tell = (result: KeychainResult): void => {
        clearTimeout(timer);
        this.#waiting = null;
        this.#rest(child);
        resolve(result);
      };
      this.#waiting = { id, tell };
      child.ref();
      const address = { id, service: this.#service, timeoutMs: this.#timeoutMs };
      child.stdin.write(`${JSON.stringify({ ...address, ...call } satisfies KeychainRequest)}\n`);
    });
  }

  #start(): Child {
    const child = spawn(process.execPath, [findProgram()], {
      env: this.#env,
      stdio: ['pipe', 'pipe', 'ignore'],
      windowsHide: true,
    });
    this.#child = child;
    const ended = (): void => {
      if (this.#child !== child) return;
      this.#child = null;
      this.#waiting?.tell({ ok: false, failure: 'ended' });
    };
    child.on('error', ended);
    child.on('close', ended);
    child.stdin.on('error', () => {
      // Its end is seen by `close`.
    });
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (this.#child === child) this.#take(line);
    });
    return child;
  }

  /** A reply to a call that was given up must never be taken for the one to the next: another secret is in it. */
  #take(line: string): void {
    const reply = parseReply(line);
    if (reply === null) this.#waiting?.tell({ ok: false, failure: 'failed' });
    else if (reply.id === this.#waiting?.id) this.#waiting.tell(toResult(reply));
  }

  #rest(child: Child): void {
    clearTimeout(this.#idle);
    child.unref();
    this.#idle = setTimeout(() => {
      this.close();
    }, IDLE_MS);
    this.#idle.unref();
  }
}

/** Null for what is not a reply. Its text may hold a secret and goes nowhere. */
function parseReply(line: string): KeychainReply | null {
  try {
    return keychainReplySchema.parse(JSON.parse(line));
  } catch {
    return null;
  }
}

function toResult(reply: KeychainReply): KeychainResult {
  return reply.ok ? { ok: true, value: reply.value } : { ok: false, failure: reply.failure };
}

/** Where the program is, seen from the source and from the bundle. */
function findProgram(): string {
  const name = import.meta.url.endsWith('.ts') ? './keychain-program.ts' : './keychain.js';
  return fileURLToPath(new URL(name, import.meta.url));
}
