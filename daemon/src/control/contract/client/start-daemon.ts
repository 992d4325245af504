/**
 * Starts the daemon as a process of its own, which outlives the command that needed it.
 * It gets a small environment: nothing of a project, of a shell's settings or of an agent may steer it.
 */

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { delimiter } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ControlError } from '../../../errors.ts';
import { ensureOwnerFolder } from '../../../platform/owner-only.ts';
import type { Paths } from '../../../platform/paths.ts';
import { programPlaces } from '../../../platform/program-places.ts';
import { findEntry } from './find-entry.ts';

/** A cold start on a slow disk, with a record to verify, takes a few seconds. */
const START_TIMEOUT_MS = 20_000;

/** First pause between two looks; the daemon is usually there after a fifth of a second. */
const POLL_MS = 15;

/** Exit code of a daemon that found another one running: no failure for whoever waits for any. */
export const EXIT_ALREADY_RUNNING = 10;

/** First argument of a daemon that is handed the passphrase of the vault on its standard input. */
export const PASSPHRASE_ARGUMENT = '--passphrase';

/** Variables that the daemon is started with, when they are set. */
const PASSED_ON =
  /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LC_[A-Z]+|TZ|TMPDIR|XDG_[A-Z_]+|DBUS_SESSION_BUS_ADDRESS|SYSTEMROOT|WINDIR|APPDATA|LOCALAPPDATA|USERPROFILE|USERNAME|TEMP|TMP|AGENTGUARD_HOME|AGENTGUARD_SECRET_[A-Z0-9_]+|AGENTGUARD_VAULT_PASSPHRASE_FILE|AGENTGUARD_DEBUG_[A-Z_]+)$/i;

/** Begins a line of a starting daemon that is meant for the person who started it. */
export const NOTE_MARK = 'note: ';

/** What starting depends on. */
export interface StartOptions {
  readonly paths: Paths;
  /** The daemon's program; found beside this one when not given. */
  readonly entry?: string | undefined;
  /** Whether the daemon answers. */
  readonly answers: () => Promise<boolean>;
  /** Default START_TIMEOUT_MS. */
  readonly timeoutMs?: number | undefined;
  /** Told what a daemon that has started has to say. */
  readonly onNote?: ((note: string) => void) | undefined;
  /** Opens the vault, when it has one; handed over on a pipe and nowhere else. */
  readonly passphrase?: string | undefined;
}

/**
 * Starts the daemon and waits until it answers. Two at once are fine: one of them stays.
 * @throws ControlError `CONTROL_UNREACHABLE`, with the daemon's own last words when it has any
 */
export async function startDaemon(options: StartOptions): Promise<void> {
  const { paths } = options;
  const entry = options.entry ?? findEntry();
  ensureOwnerFolder(paths.state);
  const child = spawnDaemon(entry, paths, options.passphrase);
  const deadline = Date.now() + (options.timeoutMs ?? START_TIMEOUT_MS);
  let pause = POLL_MS;
  while (Date.now() < deadline) {
    await sleep(pause);
    pause = Math.min(pause * 1.3, 250);
    if (await options.answers()) {
      for (const note of notesIn(paths.startLog)) options.onNote?.(note);
      return;
    }
    if (hasFailed(child)) break;
  }
  throw notStarted(paths, child);
}

function spawnDaemon(entry: string, paths: Paths, passphrase?: string): ChildProcess {
  const log = openSync(paths.startLog, 'w', 0o600);
  try {
    const args = passphrase === undefined ? [] : [PASSPHRASE_ARGUMENT];
    const child = spawn(process.execPath, [entry, ...args], {
      detached: true,
      // No folder of a project is kept busy by a daemon that runs for weeks.
      cwd: paths.state,
      env: daemonEnvironment(process.env, paths),
      stdio: [passphrase === undefined ? 'ignore' : 'pipe', log, log],
      windowsHide: true,
    });
    child.on('error', () => {
      // Seen by hasFailed, since the process then has no number.
    });
    child.stdin?.on('error', () => {
      // A daemon that ends before it has read is seen by hasFailed.
    });
    child.stdin?.end(passphrase);
    child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}

/** The environment of the daemon. */
export function daemonEnvironment(env: NodeJS.ProcessEnv, paths: Paths): NodeJS.ProcessEnv {
  const kept = Object.entries(env)
    .filter(([name]) => PASSED_ON.test(name))
    .map(([name, value]) => [name, isPath(name) ? withoutProject(value) : value] as const);
  const home = paths.home === null ? {} : { AGENTGUARD_HOME: paths.home };
  return { ...Object.fromEntries(kept), ...home };
}

/** SECURITY(P-43): what a reference runs, a password manager for one, is none of a project's programs. */
function withoutProject(path: string | undefined): string {
  return programPlaces(path, process.cwd()).join(delimiter);
}

/** Windows writes it `Path`. */
function isPath(name: string): boolean {
  return name.toUpperCase() === 'PATH';
}

function hasFailed(child: ChildProcess): boolean {
  if (child.pid === undefined || child.signalCode !== null) return true;
  return child.exitCode !== null && child.exitCode !== EXIT_ALREADY_RUNNING;
}

function notStarted(paths: Paths, child: ChildProcess): ControlError {
  const last = lastWords(paths.startLog);
  const help = lastHelp(paths.startLog);
  const silent = hasFailed(child)
    ? 'the daemon ended while starting'
    : 'the daemon does not answer';
  const how = last === null ? silent : `the daemon did not start: ${last}`;
  return new ControlError('CONTROL_UNREACHABLE', how, {
    audience: 'user',
    help: help ?? 'agentguard daemon logs',
  });
}

/** What the daemon has to say to whoever started it. */
function notesIn(path: string): readonly string[] {
  try {
    const lines = readFileSync(path, 'utf8').split('\n');
    const notes = lines.filter((line) => line.startsWith(NOTE_MARK));
    return notes.map((line) => line.slice(NOTE_MARK.length, NOTE_MARK.length + 500));
  } catch {
    // It is a courtesy; `agentguard secret backend` says the same.
    return [];
  }
}

/** What the daemon said to do about it; null when it did not get that far. */
function lastHelp(path: string): string | null {
  try {
    const lines = readFileSync(path, 'utf8').split('\n');
    return lines.find((line) => line.startsWith('help: '))?.slice('help: '.length, 500) ?? null;
  } catch {
    return null;
  }
}

/** The daemon writes one line about why it cannot start; a stack of Node has its message first. */
function lastWords(path: string): string | null {
  try {
    const lines = readFileSync(path, 'utf8').split('\n');
    const said = lines.find((line) => /error/i.test(line)) ?? lines.find((line) => line !== '');
    return said?.replace(/^(error|agentguard): /i, '').slice(0, 500) ?? null;
  } catch {
    return null;
  }
}
