/**
 * Opens an authenticated session on a real PostgreSQL server: carries out over a transport what the
 * handshake commands, and holds no decision of its own.
 * The password leaves it only as the answer that the handshake made of it.
 */

import { pbkdf2 } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { promisify } from 'node:util';
import { UpstreamError } from '../../errors.ts';
import { KEY_BYTES } from './scram.ts';
import { passwordToStretch } from './upstream-authentication.ts';
import {
  encryptionAttempts,
  type HandshakeCommand,
  UpstreamHandshake,
  type UpstreamSession,
} from './upstream-handshake.ts';
import { type BackendKey, cancelRequest, sslRequest } from './upstream-messages.ts';
import type { Endpoint, UpstreamTarget } from './upstream-target.ts';
import type { TlsFiles } from './upstream-tls.ts';
import type { SessionStartup } from './upstream-startup.ts';
import { type TlsDescription, Transport } from './upstream-transport.ts';

const stretch = promisify(pbkdf2);

/** A cancel is a courtesy: when the server does not take it in this time, the statement simply goes on. */
const CANCEL_TIMEOUT_MS = 10_000;

/** What a connection needs from outside. */
export interface UpstreamOptions {
  /** Ends the attempt; the promise then rejects with the signal's reason. */
  readonly signal: AbortSignal;
  readonly files: TlsFiles;
  /** For all attempts together. A shorter `connect_timeout` of the target wins. */
  readonly timeoutMs: number;
}

/** A session that is ready for its first query. */
export interface UpstreamLink {
  /** Paused and authenticated; the first ReadyForQuery is consumed and nothing after it is lost. The holder owns it. */
  readonly socket: Duplex;
  /** As reported by the server during startup. */
  readonly parameters: Map<string, string>;
  /** As libpq counts: 18.4 is 180004. */
  readonly serverVersion: number;
  readonly backendKey: BackendKey | null;
  readonly protocol: '3.0' | '3.2';
  /** Null on a plain connection. */
  readonly tls: TlsDescription | null;
  /**
   * Asks the same server, over a fresh connection of the same kind, to stop what this session runs.
   * Resolves when the server has taken it, and also when it could not be delivered.
   */
  cancel(): Promise<void>;
}

/**
 * Connects, encrypts and authenticates as the target says, trying what `sslmode` allows in libpq's order.
 * @throws UpstreamError saying what is wrong in our words, never with a word of the server
 */
export async function connectUpstream(
  target: UpstreamTarget,
  startup: SessionStartup,
  options: UpstreamOptions,
): Promise<UpstreamLink> {
  const timeout = AbortSignal.timeout(
    Math.min(options.timeoutMs, target.connectTimeoutMs ?? options.timeoutMs),
  );
  const signal = AbortSignal.any([options.signal, timeout]);
  const failures: UpstreamError[] = [];
  for (const encryption of encryptionAttempts(target)) {
    const handshake = new UpstreamHandshake(target, encryption, startup);
    const outcome = await attempt({ target, files: options.files, signal }, handshake);
    options.signal.throwIfAborted();
    if (outcome.kind === 'ready') return outcome.link;
    if (timeout.aborted) throw unreachable('the server did not answer in time');
    failures.push(outcome.error);
    if (!outcome.mayRetry) break;
  }
  throw mostTelling(failures);
}

/** Of two attempts, a wrong password tells more than a rule that wanted the other kind of encryption. */
function mostTelling(failures: readonly UpstreamError[]): UpstreamError {
  const password = failures.find(({ sqlState }) => sqlState === '28P01');
  return password ?? failures.at(-1) ?? unreachable('no attempt was made');
}

function unreachable(message: string): UpstreamError {
  return new UpstreamError('UPSTREAM_UNREACHABLE', message, { audience: 'user' });
}

interface Context {
  readonly target: UpstreamTarget;
  readonly files: TlsFiles;
  readonly signal: AbortSignal;
}

type Outcome =
  | { readonly kind: 'ready'; readonly link: UpstreamLink }
  | Extract<HandshakeCommand, { kind: 'fail' }>;

/** One transport and its handshake. INVARIANT: no socket is left open after a failure. */
async function attempt(context: Context, handshake: UpstreamHandshake): Promise<Outcome> {
  const transport = new Transport(context, context.target.endpoint);
  const abort = (): void => transport.destroy();
  context.signal.addEventListener('abort', abort, { once: true });
  if (context.signal.aborted) abort();
  try {
    const outcome = await drive(context, transport, handshake);
    if (outcome.kind === 'fail' || context.signal.aborted) transport.destroy();
    return outcome;
  } catch (error) {
    transport.destroy();
    throw error;
  } finally {
    context.signal.removeEventListener('abort', abort);
  }
}

async function drive(
  context: Context,
  transport: Transport,
  handshake: UpstreamHandshake,
): Promise<Outcome> {
  for (;;) {
    const event = await transport.next();
    if (event.kind === 'unreachable') {
      const error = unreachable(`the server cannot be reached (${event.reason})`);
      return { kind: 'fail', error, mayRetry: false };
    }
    for (const command of handshake.handle(event)) {
      switch (command.kind) {
        case 'send':
          transport.write(command.bytes);
          break;
        case 'start-tls':
          await transport.startTls();
          break;
        case 'stretch':
          transport.push({ kind: 'stretched', saltedPassword: await stretchPassword(command) });
          break;
        case 'ready':
          return { kind: 'ready', link: toLink(context, transport, command) };
        case 'fail':
          return command;
      }
    }
  }
}

/** In the thread pool: a server may ask for a million iterations. */
async function stretchPassword(
  asked: Extract<HandshakeCommand, { kind: 'stretch' }>,
): Promise<Buffer> {
  const password = passwordToStretch(asked.password);
  return stretch(password, asked.salt, asked.iterations, KEY_BYTES, 'sha256');
}

function toLink(
  context: Context,
  transport: Transport,
  { session, rest }: Extract<HandshakeCommand, { kind: 'ready' }>,
): UpstreamLink {
  // The same server again, also when its name stands for several.
  const endpoint = transport.endpoint();
  return {
    socket: transport.release(rest),
    ...session,
    tls: transport.tls,
    cancel: () => sendCancel({ ...context, endpoint, encrypted: transport.tls !== null }, session),
  };
}

interface CancelContext extends Context {
  readonly endpoint: Endpoint;
  readonly encrypted: boolean;
}

/** Best effort by design of the protocol: the server never says whether it found the session. */
async function sendCancel(context: CancelContext, session: UpstreamSession): Promise<void> {
  if (session.backendKey === null) return;
  const transport = new Transport(context, context.endpoint);
  const timer = setTimeout(() => transport.destroy(), CANCEL_TIMEOUT_MS);
  try {
    await deliverCancel(context, transport, session.backendKey);
  } finally {
    clearTimeout(timer);
    transport.destroy();
  }
}

async function deliverCancel(
  context: CancelContext,
  transport: Transport,
  key: BackendKey,
): Promise<void> {
  if ((await transport.next()).kind !== 'connected') return;
  if (context.encrypted) {
    if (context.target.tls.negotiation === 'postgres') {
      transport.write(sslRequest());
      const answer = await transport.next();
      if (answer.kind !== 'bytes' || answer.bytes.toString('latin1') !== 'S') return;
    }
    await transport.startTls();
    if ((await transport.next()).kind !== 'tls-ready') return;
  }
  transport.write(cancelRequest(key));
  // The server closes without a word once it has passed the signal on.
  await transport.next();
}
