/**
 * Looks for the real credential wherever an agent could see it: in what the guard sends down, in its files,
 * in what commands print. A relay between client and guard reads every byte that goes down.
 */

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { CANARY_PASSWORD } from './postgres.ts';

/** The credential as it could be written: plain, in base64 (three alignments), in hexadecimal. */
const FORMS: readonly Buffer[] = [
  Buffer.from(CANARY_PASSWORD),
  ...[0, 1, 2].map((shift) => base64Core(CANARY_PASSWORD, shift)),
  Buffer.from(Buffer.from(CANARY_PASSWORD).toString('hex')),
];

const LONGEST = Math.max(...FORMS.map((form) => form.length));

/** The part of the base64 text that does not depend on the bytes before and after. */
function base64Core(text: string, shift: number): Buffer {
  const encoded = Buffer.from(' '.repeat(shift) + text).toString('base64');
  return Buffer.from(encoded.slice(shift === 0 ? 0 : 4, -4));
}

/** Whether the bytes hold the credential in any of its forms. */
export function holdsCanary(bytes: Buffer): boolean {
  return FORMS.some((form) => bytes.includes(form));
}

/** Copies of what stands in workspaces, as it stands there: a test that plants the credential in one finds it here too. */
const SAVE_POINTS = /^state\/savepoints\//;

/** Names of the files below a home of the guard that hold the credential. */
export function filesWithCanary(home: string): readonly string[] {
  return readdirSync(home, { recursive: true, encoding: 'utf8' })
    .filter((name) => !SAVE_POINTS.test(name))
    .map((name) => join(home, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true)
    .filter((path) => holdsCanary(readFileSync(path)));
}

/** A listener that passes everything on, and remembers whether the credential came down. */
export interface CanaryRelay {
  readonly port: number;
  /** True once the credential went towards a client. */
  readonly leaked: () => boolean;
  close(): Promise<void>;
}

/** Starts a relay to a port of this machine. */
export async function startCanaryRelay(target: number): Promise<CanaryRelay> {
  const sockets = new Set<Socket>();
  let leaked = false;
  const server = createServer({ allowHalfOpen: true }, (down) => {
    const up = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true });
    const look = watchBytes(() => {
      leaked = true;
    });
    up.on('data', look);
    for (const socket of [down, up]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('close', () => sockets.delete(socket));
    }
    // A reset on one side is a reset on the other, and an end an end: tests look at how a connection ends.
    down.on('error', () => up.resetAndDestroy());
    up.on('error', () => down.resetAndDestroy());
    down.on('close', () => up.destroy());
    down.pipe(up);
    up.pipe(down);
  });
  await listen(server);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    leaked: () => leaked,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
}

/** Keeps the end of each chunk, so that a form cut in two is found as well. */
function watchBytes(found: () => void): (chunk: Buffer) => void {
  let rest = Buffer.alloc(0);
  return (chunk) => {
    if (holdsCanary(chunk) || holdsCanary(Buffer.concat([rest, chunk.subarray(0, LONGEST)])))
      found();
    rest = Buffer.from(
      chunk.length >= LONGEST
        ? chunk.subarray(-LONGEST)
        : Buffer.concat([rest, chunk]).subarray(-LONGEST),
    );
  };
}
