/** What the machine says of itself and of a process. Linux only; elsewhere the figures are null. */

import { existsSync, readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';

/** Clock ticks of /proc per second: USER_HZ, which is 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** More than this per core before the run starts, and the figures are not worth keeping. */
const QUIET_LOAD_PER_CORE = 0.25;

/** One line on the machine, with a warning when others are using it. */
export function describeMachine(): string {
  const [load = 0] = loadavg();
  const cores = cpus();
  const quiet = load <= QUIET_LOAD_PER_CORE * cores.length;
  const warning = quiet ? '' : '  *** NOT QUIET: take the ratios only, with care ***';
  return `${cores.length} cores, ${cores[0]?.model ?? 'unknown'}, Node ${process.version}, load ${load.toFixed(2)}${warning}`;
}

/** Processor time of a process so far, in microseconds; null where it cannot be read. */
export function cpuTimeUs(pid: number): number | null {
  const path = `/proc/${pid}/stat`;
  if (!existsSync(path)) return null;
  // The name in parentheses may hold blanks; fields are counted after it (proc_pid_stat(5)).
  const fields = readFileSync(path, 'utf8').split(') ')[1]?.split(' ') ?? [];
  const ticks = Number(fields[11]) + Number(fields[12]);
  return (ticks / TICKS_PER_SECOND) * 1e6;
}

/** Resident memory of a process in MiB; null where it cannot be read. */
export function residentMiB(pid: number): number | null {
  const path = `/proc/${pid}/status`;
  if (!existsSync(path)) return null;
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(path, 'utf8'))?.[1];
  return kib === undefined ? null : Number(kib) / 1024;
}
