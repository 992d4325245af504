/**
 * Keeps every descendant a descendant. A process whose parent dies goes to the nearest subreaper above it instead of
 * the first process, so that a double fork or setsid does not lead out of a guarded session. Linux only.
 */

import { readdirSync, readFileSync } from 'node:fs';

/** prctl(2): PR_SET_CHILD_SUBREAPER. */
const PR_SET_CHILD_SUBREAPER = 36;

/** wait(2). */
const WNOHANG = 1;

/** How often orphans that ended are collected. Until then they take nothing but a number. */
const REAP_MS = 5000;

/**
 * Makes this process the subreaper of everything below it, and collects orphans that ended.
 * @returns whether descendants are kept; false where the platform has nothing of the kind
 */
export async function keepDescendants(): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  // Loaded here, since it takes milliseconds that no other command has to spend.
  const { default: koffi } = await import('koffi');
  const library = koffi.load(null);
  const prctl = library.func(
    'int prctl(int, unsigned long, unsigned long, unsigned long, unsigned long)',
  );
  if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) !== 0) return false;
  const waitpid = library.func('int waitpid(int, void*, int)');
  let before: readonly number[] = [];
  setInterval(() => {
    // Seen twice: Node collects the children it started itself long before that.
    const ended = endedOrphans();
    for (const pid of ended) if (before.includes(pid)) waitpid(pid, null, WNOHANG);
    before = ended;
  }, REAP_MS).unref();
  return true;
}

/** Children of ours that ended and that nobody waits for. */
function endedOrphans(): readonly number[] {
  try {
    const children = readdirSync('/proc/self/task').flatMap((thread) =>
      readFileSync(`/proc/self/task/${thread}/children`, 'latin1').split(' '),
    );
    return children
      .filter((pid) => pid !== '')
      .map(Number)
      .filter(isZombie);
  } catch {
    // Kernels without this list keep the ended ones until we end, and lose nothing else.
    return [];
  }
}

function isZombie(pid: number): boolean {
  try {
    return /\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}
