/**
 * Where things live: under AGENTGUARD_HOME when it is set, else in the platform's own folders.
 * Only names paths; it creates nothing and never reads a file.
 */

import { createHash } from 'node:crypto';
import { homedir, tmpdir } from 'node:os';
import { posix, win32 } from 'node:path';
import type { PlatformPath } from 'node:path';

/**
 * Longest path of a Unix socket in bytes, the closing zero not counted.
 * `sun_path` has 108 bytes on Linux (unix(7)) and 104 on macOS (sys/un.h); the smaller one holds everywhere.
 */
export const MAX_SOCKET_PATH_BYTES = 103;

/** Every place that agentguard uses. All absolute. */
export interface Paths {
  /** What a person wrote or accepted: resources, policy, operator key. */
  readonly config: string;
  /** What must outlive a restart: the record, the log, the vault of the file store. */
  readonly state: string;
  /** What may go with a restart: sockets. */
  readonly runtime: string;
  /** The control socket, or the name of the pipe on Windows. */
  readonly socket: string;
  /** Held by the one daemon; in `state`, so that two daemons can never share a record. */
  readonly lock: string;
  readonly log: string;
  /** What a starting daemon said before it had a log. */
  readonly startLog: string;
  readonly operatorKey: string;
  /** Our own programs as the runtime compiled them; may go at any time. */
  readonly compiled: string;
  /** AGENTGUARD_HOME as an absolute path; null when the platform's folders are used. */
  readonly home: string | null;
}

/** What the paths are derived from. */
export interface PathSource {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly homeFolder: string;
  readonly temporaryFolder: string;
  readonly workingFolder: string;
  /** -1 where the platform has none. */
  readonly uid: number;
}

interface Folders {
  readonly config: string;
  readonly state: string;
  readonly runtime: string;
}

/** The running process as a source of paths. */
export function currentPathSource(): PathSource {
  return {
    platform: process.platform,
    env: process.env,
    homeFolder: homedir(),
    temporaryFolder: tmpdir(),
    workingFolder: process.cwd(),
    uid: process.getuid?.() ?? -1,
  };
}

/** Names every path. Equal sources give equal paths, so that client and daemon meet. */
export function resolvePaths(source: PathSource = currentPathSource()): Paths {
  const path = source.platform === 'win32' ? win32 : posix;
  const given = source.env['AGENTGUARD_HOME'];
  const home =
    given === undefined || given === '' ? null : path.resolve(source.workingFolder, given);
  const folders = home === null ? platformFolders(source) : homeFolders(home, path);
  return {
    ...folders,
    socket: socketPath(source, folders.runtime),
    lock: path.join(folders.state, 'daemon.lock'),
    log: path.join(folders.state, 'daemon.log'),
    startLog: path.join(folders.state, 'daemon-start.log'),
    operatorKey: path.join(folders.config, 'operator-key'),
    compiled: path.join(folders.state, 'compiled'),
    home,
  };
}

function homeFolders(home: string, path: PlatformPath): Folders {
  return {
    config: path.join(home, 'config'),
    state: path.join(home, 'state'),
    runtime: path.join(home, 'runtime'),
  };
}

function platformFolders(source: PathSource): Folders {
  switch (source.platform) {
    case 'win32':
      return windowsFolders(source);
    case 'darwin':
      return homeFolders(
        posix.join(source.homeFolder, 'Library', 'Application Support', 'agentguard'),
        posix,
      );
    default:
      return xdgFolders(source);
  }
}

function windowsFolders({ env, homeFolder }: PathSource): Folders {
  const roaming = env['APPDATA'] ?? win32.join(homeFolder, 'AppData', 'Roaming');
  const local = env['LOCALAPPDATA'] ?? win32.join(homeFolder, 'AppData', 'Local');
  return {
    config: win32.join(roaming, 'agentguard', 'config'),
    state: win32.join(local, 'agentguard', 'state'),
    runtime: win32.join(local, 'agentguard', 'runtime'),
  };
}

/** XDG Base Directory Specification 0.8. A relative value is invalid there and ignored. */
function xdgFolders({ env, homeFolder }: PathSource): Folders {
  const folder = (name: string, otherwise: string): string => {
    const value = env[name];
    const base = value !== undefined && posix.isAbsolute(value) ? value : otherwise;
    return posix.join(base, 'agentguard');
  };
  const state = folder('XDG_STATE_HOME', posix.join(homeFolder, '.local', 'state'));
  return {
    config: folder('XDG_CONFIG_HOME', posix.join(homeFolder, '.config')),
    state,
    // Not XDG_RUNTIME_DIR: a shell under su or cron lacks it and would look for another daemon.
    runtime: posix.join(state, 'runtime'),
  };
}

function socketPath(source: PathSource, runtime: string): string {
  const name = createHash('sha256').update(runtime).digest('hex').slice(0, 16);
  if (source.platform === 'win32') return `\\\\.\\pipe\\agentguard-${name}`;
  const plain = posix.join(runtime, 'control.sock');
  if (Buffer.byteLength(plain) <= MAX_SOCKET_PATH_BYTES) return plain;
  // Too deep for the kernel: a short folder of our own, whose owner is verified before it is used.
  const short = posix.join(source.temporaryFolder, `agentguard-${source.uid}`, `${name}.sock`);
  return Buffer.byteLength(short) <= MAX_SOCKET_PATH_BYTES
    ? short
    : posix.join('/tmp', `agentguard-${source.uid}`, `${name}.sock`);
}
