/** `agentguard daemon logs`: reads the files themselves, so that it also works when no daemon does. */

import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { resolvePaths } from '@agentguard/daemon/control';
import { EXIT } from '../exit-code.ts';
import { printNote, printRaw } from '../output/print.ts';
import { makeVisible } from '../output/visible.ts';

/** How often a followed log is looked at. */
const FOLLOW_MS = 250;

/** Prints the log, the part that was put aside first. */
export async function daemonLogs(options: { readonly follow: boolean }): Promise<number> {
  const { log, startLog } = resolvePaths();
  const said = readIfThere(startLog);
  const kept = readIfThere(`${log}.1`) + readIfThere(log);
  if (said === '' && kept === '' && !options.follow) {
    printNote(`agentguard: there is no log yet at ${log}`);
    return EXIT.done;
  }
  printRaw(makeVisible(said + kept).text);
  if (options.follow) await follow(log, Buffer.byteLength(readIfThere(log)));
  return EXIT.done;
}

/** Prints what is appended, until the command is interrupted. A log that became shorter is a new one. */
async function follow(path: string, from: number): Promise<void> {
  let position = from;
  for (;;) {
    await sleep(FOLLOW_MS);
    position = printFrom(path, position);
  }
}

function printFrom(path: string, position: number): number {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    // Between being put aside and being made anew there is none.
    return 0;
  }
  try {
    const { size } = fstatSync(file);
    const start = size < position ? 0 : position;
    const bytes = Buffer.alloc(size - start);
    readSync(file, bytes, 0, bytes.length, start);
    printRaw(makeVisible(bytes.toString('utf8')).text);
    return size;
  } finally {
    closeSync(file);
  }
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
