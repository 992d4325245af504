/** Whether a sandbox can be started on this machine, found out by starting one. */

import { spawn } from 'node:child_process';
import { Writable } from 'node:stream';
import { probeArguments } from './bwrap-arguments.ts';
import { findBubblewrap } from './find-bubblewrap.ts';
import { makeSyscallFilter } from './syscall-filter.ts';

/** What was found. */
export type ProbeResult =
  | { readonly kind: 'works' }
  | { readonly kind: 'none'; readonly why: string; readonly help: string };

/** A healthy start takes 10 ms. */
const TIMEOUT_MS = 5000;

const GET_BUBBLEWRAP =
  'install bubblewrap 0.8 or newer: apt install bubblewrap, dnf install bubblewrap, pacman -S bubblewrap';
const ALLOW_NAMESPACES =
  'let bubblewrap make user namespaces: see "When it does not start" in docs/guide/sandbox.md';

/** Starts bubblewrap as a session would, with nothing in it. */
export async function probeBubblewrap(machine: string = process.arch): Promise<ProbeResult> {
  const filter = makeSyscallFilter(machine);
  if (filter === null) {
    return none(`there is no filter on system calls for ${machine}`, 'use an x64 or arm64 machine');
  }
  const bubblewrap = findBubblewrap();
  if (bubblewrap === null) return none('bubblewrap is not installed', GET_BUBBLEWRAP);
  return new Promise((resolve) => {
    const child = spawn(bubblewrap, probeArguments(3), {
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
      timeout: TIMEOUT_MS,
    });
    let said = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
    child.on('error', () => resolve(none('bubblewrap is not installed', GET_BUBBLEWRAP)));
    child.on('close', (code) => {
      if (code === 0) resolve({ kind: 'works' });
      else resolve(judgeFailure(said));
    });
    writeDescriptor(child.stdio[3], filter);
  });
}

function judgeFailure(said: string): ProbeResult {
  if (/unknown option/i.test(said)) return none('this bubblewrap is too old', GET_BUBBLEWRAP);
  return none('bubblewrap cannot start here', ALLOW_NAMESPACES);
}

function none(why: string, help: string): ProbeResult {
  return { kind: 'none', why, help };
}

/** Hands bytes to a child by a descriptor; one that ends without reading them is no failure of ours. */
export function writeDescriptor(stream: unknown, bytes: Buffer): void {
  if (!(stream instanceof Writable)) throw new TypeError('the child has no such descriptor');
  stream.on('error', () => undefined);
  stream.end(bytes);
}
