/**
 * Who is at the other end of a local socket, as the kernel says. Nothing the peer sends is used.
 * Fails rather than guess: an unknown peer is nobody.
 */

import { PlatformError } from '../errors.ts';
import { nativeCalls } from './native.ts';

/** Process and account that made the connection. */
export interface PeerIdentity {
  readonly pid: number;
  readonly uid: number;
}

// unix(7) and socket(7) of Linux: `struct ucred { pid_t pid; uid_t uid; gid_t gid; }`.
const LINUX_SOL_SOCKET = 1;
const LINUX_SO_PEERCRED = 17;
const LINUX_UCRED_BYTES = 12;

// sys/un.h of macOS: LOCAL_PEERCRED gives `struct xucred`, LOCAL_PEERPID a pid_t.
const DARWIN_SOL_LOCAL = 0;
const DARWIN_LOCAL_PEERCRED = 1;
const DARWIN_LOCAL_PEERPID = 2;
const DARWIN_XUCRED_BYTES = 76;

/**
 * The peer of a connected local socket.
 * @param fd descriptor of the accepted socket
 * @throws PlatformError when this platform cannot tell, or the peer lives where its process cannot be seen
 */
export function readPeer(fd: number): PeerIdentity {
  const peer = readPlatformPeer(fd);
  // A peer in a foreign process namespace has no number here.
  if (peer.pid <= 0) throw cannotTell();
  return peer;
}

function readPlatformPeer(fd: number): PeerIdentity {
  switch (process.platform) {
    case 'linux': {
      // On the one big-endian machine that Node knows, the numbers would be read backwards.
      if (process.arch === 's390x') throw cannotTell();
      const ucred = readOption(fd, LINUX_SOL_SOCKET, LINUX_SO_PEERCRED, LINUX_UCRED_BYTES);
      return { pid: ucred.readInt32LE(0), uid: ucred.readUInt32LE(4) };
    }
    case 'darwin': {
      const xucred = readOption(fd, DARWIN_SOL_LOCAL, DARWIN_LOCAL_PEERCRED, DARWIN_XUCRED_BYTES);
      const pid = readOption(fd, DARWIN_SOL_LOCAL, DARWIN_LOCAL_PEERPID, 4);
      return { pid: pid.readInt32LE(0), uid: xucred.readUInt32LE(4) };
    }
    default:
      throw cannotTell();
  }
}

function readOption(fd: number, level: number, name: number, bytes: number): Buffer {
  const value = Buffer.alloc(bytes);
  const length: [number] = [bytes];
  const failed = nativeCalls().getsockopt(fd, level, name, value, length) !== 0;
  if (failed || length[0] !== bytes) throw cannotTell();
  return value;
}

function cannotTell(): PlatformError {
  return new PlatformError(
    'PLATFORM_UNSUPPORTED',
    'it cannot be told which process is calling, so it is refused',
    { audience: 'user' },
  );
}
