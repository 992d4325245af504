/**
 * Whether a process comes from a guarded session: by its ancestors, and by the marker in their environments.
 * INVARIANT: an ancestry that cannot be read to its root is `unknown`, which callers treat as guarded.
 */

import { carriesVariable, listProcesses, readProcess } from './processes.ts';
import type { ProcessIdentity, ProcessRecord } from './processes.ts';
import { SESSION_MARKER } from './session-marker.ts';

/** No honest chain of parents is longer; a longer one is a trick or a loop. */
const MAX_ANCESTORS = 512;

/** A parent may vanish between two reads; its child then has a new parent at once. */
const ATTEMPTS = 5;

/** Where a process comes from. */
export type Descent =
  | { readonly kind: 'free' }
  | { readonly kind: 'guarded'; readonly by: 'ancestor' | 'marker' }
  | { readonly kind: 'unknown'; readonly reason: string };

/** A process that guarded ones descend from. */
export interface GuardedRoot extends ProcessIdentity {
  /** Whether it is guarded itself; the program that starts a session is not. */
  readonly itself: boolean;
}

/** The reads that descent is judged by; replaced in tests of races. */
export interface ProcessReader {
  readonly read: (pid: number) => ProcessRecord | null;
  readonly carries: (pid: number, name: string) => boolean | null;
}

const SYSTEM: ProcessReader = { read: readProcess, carries: carriesVariable };

/**
 * Judges whether the process descends from one of the roots, or carries the marker, or one of its ancestors does.
 * @param caller the process as it was when it connected; another one under its number is unknown
 * @param roots processes that started sessions
 */
export function judgeDescent(
  caller: ProcessIdentity,
  roots: readonly GuardedRoot[],
  reader: ProcessReader = SYSTEM,
): Descent {
  const chain = readChain(caller, reader);
  if (chain === null) return { kind: 'unknown', reason: 'its parents cannot be read' };
  const comesFrom = (link: ProcessRecord, distance: number): boolean =>
    roots.some(
      ({ pid, startedAt, itself }) =>
        pid === link.pid && startedAt === link.startedAt && (itself || distance > 0),
    );
  if (chain.some(comesFrom)) return { kind: 'guarded', by: 'ancestor' };
  return judgeMarkers(chain, reader);
}

/** The process and its ancestors up to the first process; null when that cannot be read. */
function readChain(caller: ProcessIdentity, reader: ProcessReader): ProcessRecord[] | null {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const self = reader.read(caller.pid);
    if (self?.startedAt !== caller.startedAt) return null;
    const chain = walk(self, reader);
    if (chain !== null) return chain;
  }
  return null;
}

function walk(self: ProcessRecord, reader: ProcessReader): ProcessRecord[] | null {
  const chain = [self];
  let child = self;
  // The first process has the parent 0; so has the first one inside a container.
  while (child.parent !== 0) {
    const parent = reader.read(child.parent);
    // A parent younger than its child is another process that got the number meanwhile.
    if (parent === null || parent.startedAt > child.startedAt) return null;
    if (chain.length >= MAX_ANCESTORS) return null;
    chain.push(parent);
    child = parent;
  }
  return chain;
}

function judgeMarkers(chain: readonly ProcessRecord[], reader: ProcessReader): Descent {
  for (const [distance, { pid }] of chain.entries()) {
    const carries = reader.carries(pid, SESSION_MARKER);
    if (carries === true) return { kind: 'guarded', by: 'marker' };
    // Ancestors of other accounts, the first process above all, do not show their environment.
    if (carries === null && distance === 0) {
      return { kind: 'unknown', reason: 'its environment cannot be read' };
    }
  }
  return { kind: 'free' };
}

/**
 * Every process of this account that descends from the root or carries the marker with this value.
 * For what outlives its session; a process that hides from both is not found.
 */
export function findGuarded(root: ProcessIdentity, session: string): readonly ProcessIdentity[] {
  return listProcesses().filter(({ pid, startedAt }) => {
    if (pid === root.pid) return false;
    if (carriesVariable(pid, SESSION_MARKER, session) === true) return true;
    const descent = readChain({ pid, startedAt }, SYSTEM);
    return descent?.some((link) => link.pid === root.pid && link.startedAt === root.startedAt);
  });
}
