/**
 * What can be read about other processes: parent, start, markers in their environment, standard input.
 * A process that cannot be read is `null` or `unknown`, never assumed harmless.
 */

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';

/** A process and the moment it started: together they are never used twice. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Opaque; equal for the same process, and comparable with `startsBefore`. */
  readonly startedAt: number;
}

/** A process with its parent. */
export interface ProcessRecord extends ProcessIdentity {
  readonly parent: number;
}

/** How long a question to `ps` may take. */
const PS_TIMEOUT_MS = 2000;

/** Reads one process; null when it is gone or cannot be read. */
export function readProcess(pid: number): ProcessRecord | null {
  try {
    if (process.platform === 'linux') {
      return parseProcStat(readFileSync(`/proc/${pid}/stat`, 'latin1'));
    }
    return parsePsLine(ps(['-o', 'pid=,ppid=,lstart=', '-p', String(pid)]));
  } catch {
    // Gone, or hidden from us: both mean that nothing is known.
    return null;
  }
}

/** Every process that can be read. */
export function listProcesses(): readonly ProcessRecord[] {
  if (process.platform === 'linux') {
    const numbers = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    return numbers.flatMap((pid) => readProcess(Number(pid)) ?? []);
  }
  const lines = ps(['-axo', 'pid=,ppid=,lstart=']).split('\n');
  return lines.flatMap((line) => parsePsLine(line) ?? []);
}

/** This process. */
export function currentProcess(): ProcessIdentity {
  const self = readProcess(process.pid);
  return { pid: process.pid, startedAt: self?.startedAt ?? 0 };
}

/** Whether the process still runs, and is not another one that got the same number. */
export function isAlive(identity: ProcessIdentity): boolean {
  return readProcess(identity.pid)?.startedAt === identity.startedAt;
}

/** proc_pid_stat(5): the name in parentheses may hold anything, so fields are counted from its last one. */
export function parseProcStat(stat: string): ProcessRecord | null {
  const pid = Number.parseInt(stat, 10);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // Field 3 is the state, 4 the parent, 22 the start in clock ticks since boot.
  const parent = Number(fields[1]);
  const startedAt = Number(fields[19]);
  const complete = [pid, parent, startedAt].every(Number.isSafeInteger);
  return complete ? { pid, parent, startedAt } : null;
}

/** One line of `ps -o pid=,ppid=,lstart=`. */
export function parsePsLine(line: string): ProcessRecord | null {
  const match = /^\s*(\d+)\s+(\d+)\s+(\S.*\S)\s*$/.exec(line);
  if (match === null) return null;
  const startedAt = Date.parse(match[3] ?? '');
  if (Number.isNaN(startedAt)) return null;
  return { pid: Number(match[1]), parent: Number(match[2]), startedAt };
}

/**
 * Whether the environment that the process was started with holds the variable.
 * @param value what its value must start with; default anything
 * @returns null when it cannot be read
 */
export function carriesVariable(pid: number, name: string, value = ''): boolean | null {
  const wanted = `${name}=${value}`;
  try {
    if (process.platform === 'linux') {
      const bytes = readFileSync(`/proc/${pid}/environ`, 'latin1');
      return bytes.split('\0').some((variable) => variable.startsWith(wanted));
    }
    return ps(['-E', '-ww', '-o', 'command=', '-p', String(pid)]).includes(` ${wanted}`);
  } catch {
    return null;
  }
}

/** Whether the standard input of the process is a terminal; false when it cannot be told. */
export function hasTerminalInput(pid: number): boolean {
  try {
    return process.platform === 'linux' ? linuxTerminalInput(pid) : darwinTerminalInput(pid);
  } catch {
    return false;
  }
}

/** Major numbers of terminals in devices.txt of Linux: consoles and serial lines, Unix98 slaves, hvc. */
const TERMINAL_MAJORS = new Set([4, 136, 137, 138, 139, 140, 141, 142, 143, 204, 207, 229]);

function linuxTerminalInput(pid: number): boolean {
  const input = `/proc/${pid}/fd/0`;
  const found = statSync(input);
  if (!found.isCharacterDevice()) return false;
  // glibc's gnu_dev_major: bits 8 to 19, and the high word.
  const major = (found.rdev >>> 8) & 0xfff;
  if (TERMINAL_MAJORS.has(major)) return true;
  // Major 5 also holds the master side of pseudo-terminals, which is no person's terminal.
  return major === 5 && ['/dev/tty', '/dev/console'].includes(readlinkSync(input));
}

function darwinTerminalInput(pid: number): boolean {
  const listed = runTool('/usr/sbin/lsof', ['-a', '-p', String(pid), '-d', '0', '-F', 'n']);
  return /^n\/dev\/(tty\w+|console)$/m.test(listed);
}

function ps(options: readonly string[]): string {
  return runTool('/bin/ps', options);
}

function runTool(path: string, options: readonly string[]): string {
  return execFileSync(path, options, {
    encoding: 'utf8',
    timeout: PS_TIMEOUT_MS,
    env: { LC_ALL: 'C', TZ: 'UTC' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}
