/**
 * The number of the command's process as it is seen from outside. bwrap stands above it twice: once outside, watching,
 * and once inside, as the first process of its own numbers. A signal to either would not reach the command.
 */

import { readdirSync, readFileSync } from 'node:fs';

/** The child of the child of bwrap; null when it cannot be told. Asked while there is one of each. */
export function findCommandProcess(bubblewrap: number | undefined): number | null {
  const first = bubblewrap === undefined ? undefined : childrenOf(bubblewrap)[0];
  return first === undefined ? null : (childrenOf(first)[0] ?? null);
}

/** proc(5): children of the first thread; neither of the two has another. */
function childrenOf(pid: number): readonly number[] {
  try {
    return toNumbers(readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' '));
  } catch {
    // Kernels without this list name the parent of each process all the same.
    return toNumbers(readdirSync('/proc')).filter((child) => parentOf(child) === pid);
  }
}

function toNumbers(words: readonly string[]): readonly number[] {
  return words.filter((word) => /^\d+$/.test(word)).map(Number);
}

/** proc_pid_stat(5): the name in parentheses may hold anything, so fields are counted from its last one. */
function parentOf(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return null;
  }
}
