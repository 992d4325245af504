/**
 * The few calls into the C library that Node has no name for. Loaded on first use, since loading costs milliseconds.
 * Only declares them; what an answer means is decided by the files that call.
 */

import koffi from 'koffi';
import { PlatformError } from '../errors.ts';

/** `int getsockopt(int fd, int level, int name, void *value, socklen_t *length)`; `length` is in and out. */
export type Getsockopt = (
  fd: number,
  level: number,
  name: number,
  value: Buffer,
  length: [number],
) => number;

/** `int flock(int fd, int operation)` */
export type Flock = (fd: number, operation: number) => number;

interface NativeCalls {
  readonly getsockopt: Getsockopt;
  readonly flock: Flock;
  /** `errno` of the last call. */
  readonly errno: () => number;
}

let loaded: NativeCalls | null = null;

/**
 * The C library of this process.
 * @throws PlatformError `PLATFORM_UNSUPPORTED` on Windows
 */
export function nativeCalls(): NativeCalls {
  loaded ??= load();
  return loaded;
}

function load(): NativeCalls {
  if (process.platform === 'win32') {
    throw new PlatformError('PLATFORM_UNSUPPORTED', 'there is no C library of this kind here', {
      audience: 'user',
    });
  }
  // `null` is the process itself: its own C library, whatever file it came from.
  const library = koffi.load(null);
  return {
    getsockopt: unsafeGetsockopt(
      library.func('int getsockopt(int, int, int, _Out_ void*, _Inout_ uint32_t*)'),
    ),
    flock: unsafeFlock(library.func('int flock(int, int)')),
    errno: () => koffi.errno(),
  };
}

/** The declaration string beside each use is the type; koffi cannot derive it for the compiler. */
function unsafeGetsockopt(call: unknown): Getsockopt {
  return call as Getsockopt;
}

/** As above. */
function unsafeFlock(call: unknown): Flock {
  return call as Flock;
}
