/**
 * Which process holds the other end of a loopback TCP connection, looked for among the processes of one session only.
 * INVARIANT: what cannot be told is `unknown`, which callers treat as a stranger.
 */

import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { promisify } from 'node:util';
import { judgeDescent } from './ancestry.ts';
import { readProcess } from './processes.ts';
import type { ProcessIdentity } from './processes.ts';

/** The connection as the accepting side sees it. */
export interface TcpEnds {
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
}

/** A socket as far as its ends are asked for. One that is gone has none left, and none that could be found. */
export function endsOf(socket: {
  readonly localAddress?: string | undefined;
  readonly localPort?: number | undefined;
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
}): TcpEnds {
  const { localAddress = '', localPort = 0, remoteAddress = '', remotePort = 0 } = socket;
  return { localAddress, localPort, remoteAddress, remotePort };
}

/** Where the process of a caller cannot be found, a token is all there is; the threat model says so. */
const CAN_TELL = process.platform === 'linux' || process.platform === 'darwin';

/**
 * SECURITY(P-40): whether whoever presents a session's token is no process of that session.
 * @param root the starter of the session; null for one that only asked for a token and has no process of its own
 */
export async function comesFromElsewhere(
  ends: TcpEnds,
  root: ProcessIdentity | null,
): Promise<boolean> {
  return CAN_TELL && root !== null && (await judgeTcpPeer(ends, root)) !== 'inside';
}

/** Whether the peer belongs to the session. */
export type PeerOrigin = 'inside' | 'outside' | 'unknown';

/** A session that forks more processes than this is not walked to its end. */
const MAX_DESCENDANTS = 10_000;

/** lsof over one port answers in tens of milliseconds. */
const LSOF_TIMEOUT_MS = 3000;

/**
 * Judges whether the peer is the process that started a session, or one below it.
 * @param root the starter; the program that launches the command carries its connections out of a sandbox
 */
export async function judgeTcpPeer(ends: TcpEnds, root: ProcessIdentity): Promise<PeerOrigin> {
  try {
    switch (process.platform) {
      case 'linux':
        return judgeLinux(ends, root);
      case 'darwin':
        return await judgeDarwin(ends, root);
      default:
        return 'unknown';
    }
  } catch {
    // Something vanished while it was looked at.
    return 'unknown';
  }
}

function judgeLinux(ends: TcpEnds, root: ProcessIdentity): PeerOrigin {
  if (readProcess(root.pid)?.startedAt !== root.startedAt) return 'outside';
  const table = isIPv4(ends.remoteAddress) ? 'tcp' : 'tcp6';
  const inode = findInode(readFileSync(`/proc/net/${table}`, 'latin1'), ends);
  if (inode === null) return 'unknown';
  // A process that forks or is handed to another parent meanwhile may be missed once.
  const found =
    isHeldBelow(root.pid, `socket:[${inode}]`) || isHeldBelow(root.pid, `socket:[${inode}]`);
  return found ? 'inside' : 'outside';
}

function isHeldBelow(root: number, socket: string): boolean {
  return descendants(root).some((pid) => holds(pid, socket));
}

/** proc_net_tcp(5): local and remote address in host byte order, as 32-bit words in hexadecimal; the tenth field is the inode. */
export function findInode(table: string, ends: TcpEnds): string | null {
  const peer = toHex(ends.remoteAddress, ends.remotePort);
  const ours = toHex(ends.localAddress, ends.localPort);
  for (const line of table.split('\n')) {
    const fields = line.trim().split(/\s+/);
    if (fields[1] === peer && fields[2] === ours) return fields[9] ?? null;
  }
  return null;
}

/** The addresses come from the kernel, so a colon tells the kinds apart. */
function isIPv4(address: string): boolean {
  return !address.includes(':');
}

function toHex(address: string, port: number): string {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  return `${isIPv4(address) ? hexOfIPv4(address) : hexOfLoopback6()}:${hexPort}`;
}

/** The words of the address are printed as numbers: the bytes of each come out reversed on a little-endian machine. */
function hexOfIPv4(address: string): string {
  const bytes = address.split('.').map(Number).toReversed();
  return bytes.map((byte) => byte.toString(16).toUpperCase().padStart(2, '0')).join('');
}

/** The listener is open on loopback addresses only, so `::1` is the one that can be met. */
function hexOfLoopback6(): string {
  return `${'0'.repeat(24)}01000000`;
}

/** The process and everything below it, breadth first. */
function descendants(root: number): readonly number[] {
  const found = [root];
  for (let at = 0; at < found.length && at < MAX_DESCENDANTS; at += 1) {
    const pid = found[at];
    if (pid !== undefined) found.push(...childrenOf(pid));
  }
  return found;
}

/** proc_tid_children(5), one list per thread. A process that is gone has none. */
function childrenOf(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) => {
      const text = readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1').trim();
      return text === '' ? [] : text.split(' ').map(Number);
    });
  } catch {
    return [];
  }
}

function holds(pid: number, wanted: string): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => linkOf(`/proc/${pid}/fd/${fd}`) === wanted);
  } catch {
    // Gone, or of another account, whose descriptors are not shown.
    return false;
  }
}

function linkOf(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}

async function judgeDarwin(ends: TcpEnds, root: ProcessIdentity): Promise<PeerOrigin> {
  const peer = `TCP@${ends.remoteAddress}:${ends.remotePort}`;
  const options = { timeout: LSOF_TIMEOUT_MS, env: { LC_ALL: 'C' } };
  const { stdout } = await promisify(execFile)(
    '/usr/sbin/lsof',
    ['-nP', '-a', '-i', peer, '-F', 'pn'],
    options,
  );
  const from = `n${ends.remoteAddress}:${ends.remotePort}->`;
  const holders = parseLsof(stdout, from);
  if (holders.length === 0) return 'unknown';
  return holders.some((pid) => isBelow(pid, root)) ? 'inside' : 'outside';
}

/** lsof -F: a line `pNUMBER` for each process, followed by the lines of its files. */
export function parseLsof(text: string, from: string): readonly number[] {
  const found: number[] = [];
  let pid: number | null = null;
  for (const line of text.split('\n')) {
    if (/^p\d+$/.test(line)) pid = Number(line.slice(1));
    else if (pid !== null && line.startsWith(from)) found.push(pid);
  }
  return found;
}

function isBelow(pid: number, root: ProcessIdentity): boolean {
  const self = readProcess(pid);
  if (self === null) return false;
  const descent = judgeDescent(self, [{ ...root, itself: true }]);
  return descent.kind === 'guarded' && descent.by === 'ancestor';
}
