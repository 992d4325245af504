/** Fixes who connected, at the moment of connecting. Later the number could belong to another process. */

import type { Socket } from 'node:net';
import { readPeer } from '../../platform/peer.ts';
import { isAlive, readProcess } from '../../platform/processes.ts';
import type { Caller } from './actor.ts';

/**
 * The process at the other end of an accepted connection.
 * @returns null when it cannot be told, or is of another account: such a caller is refused everything
 */
export function identifyCaller(socket: Socket): Caller | null {
  try {
    const { pid, uid } = readPeer(unsafeDescriptor(socket));
    if (uid !== process.geteuid?.()) return null;
    const found = readProcess(pid);
    return found === null ? null : { pid, uid, startedAt: found.startedAt };
  } catch {
    // A platform or a namespace that does not say who is calling: nobody is.
    return null;
  }
}

/** Whether the caller is still the process that connected. A connection handed on by a dead one is nobody's. */
export function isStillThere(caller: Caller): boolean {
  return isAlive(caller);
}

/** Node keeps the descriptor of a socket in an internal field; there is no public way to it. */
function unsafeDescriptor(socket: Socket): number {
  const { fd } = (socket as Socket & { _handle: { fd: number } })._handle;
  if (!Number.isInteger(fd) || fd < 0) throw new Error('the socket has no descriptor');
  return fd;
}
