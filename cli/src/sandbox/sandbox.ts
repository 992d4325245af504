/** The sandbox of one run: found out, chosen, started and looked at afterwards. The rest of the program knows this file. */

import type { Paths } from '@agentguard/daemon/control';
import { startChild } from '../launch/child.ts';
import type { Child } from '../launch/child.ts';
import { chooseSandbox } from './choose.ts';
import type { Offer, SandboxMode } from './choose.ts';
import { diskView } from './file-view.ts';
import { distinctForwards } from './forwards.ts';
import type { Forward } from './forwards.ts';
import { toInnerEnvironment } from './inner-environment.ts';
import { layOver } from './lay-over.ts';
import type { LaidOverFile } from './lay-over.ts';
import { makeProfile } from './make-profile.ts';
import { probeBubblewrap } from './probe.ts';
import type { Profile, Surroundings } from './profile.ts';
import type { SetAside } from './set-aside.ts';
import { toSeatbeltProfile } from './seatbelt-profile.ts';
import { startInBubblewrap } from './start-bubblewrap.ts';
import { makeReplacements } from './make-replacements.ts';
import { findSurroundings, makeHookFolders } from './surroundings.ts';
import { watchForbidden } from './watch-forbidden.ts';

/** What is started inside, and what it may reach. */
export interface GuardedCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly forwards: readonly Forward[];
  /** Files that only this command sees. */
  readonly laid?: readonly LaidOverFile[];
}

/** What was decided about a run. */
export interface Sandbox {
  /** Which guarantee the session has, in one line. */
  readonly line: string;
  /** Whether the command has no other way out than the guard. */
  readonly confines: boolean;
  start(wanted: GuardedCommand): SandboxedChild;
}

/** A command that was started. */
export interface SandboxedChild extends Child {
  /** After its end: what it left behind that would have run outside, and is out of the way now. */
  setAside(): readonly SetAside[];
}

/** Where a run takes place. */
export interface Place {
  readonly command: string;
  readonly workingFolder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly paths: Paths;
}

/**
 * Decides about a run.
 * @throws PlatformError when a sandbox is required and there is none
 */
export async function openSandbox(mode: SandboxMode, place: Place): Promise<Sandbox> {
  const { offer, around } = mode === 'off' ? NOT_ASKED : await lookAround(mode, place);
  const { sandboxed, line } = chooseSandbox(mode, offer);
  if (!sandboxed || around === null) {
    return { line, confines: false, start: startOpen };
  }
  const start = (wanted: GuardedCommand): SandboxedChild =>
    startConfined(wanted, around, place.workingFolder);
  return { line, confines: true, start };
}

/** Whether a command could get one on this machine, whatever its folder. Starts one to find out. */
export function offerSandbox(): Promise<Offer> {
  return probePlatform('auto');
}

interface Found {
  readonly offer: Offer;
  readonly around: Surroundings | null;
}

const NOT_ASKED: Found = { offer: { kind: 'none', why: '', help: '' }, around: null };

async function lookAround(mode: SandboxMode, place: Place): Promise<Found> {
  const probing = probePlatform(mode);
  const surroundings = findSurroundings(place, diskView());
  const offer = await probing;
  if (offer.kind === 'none') return { offer, around: null };
  if (surroundings.kind === 'found') return { offer, around: surroundings.around };
  const help = 'start it in the folder of one project';
  return { offer: { kind: 'none', why: surroundings.why, help }, around: null };
}

async function probePlatform(mode: SandboxMode): Promise<Offer> {
  switch (process.platform) {
    case 'linux': {
      const probe = await probeBubblewrap();
      return probe.kind === 'works' ? { kind: 'ready' } : probe;
    }
    case 'darwin':
      if (mode === 'require') return { kind: 'ready' };
      return none('that of macOS is unproved', '--sandbox require uses it all the same');
    default:
      return none(`there is none for ${platformName()}`, 'run agentguard under Linux or WSL2');
  }
}

function platformName(): string {
  return process.platform === 'win32' ? 'Windows' : process.platform;
}

function none(why: string, help: string): Offer {
  return { kind: 'none', why, help };
}

function startOpen({ command, args, env }: GuardedCommand): SandboxedChild {
  return { ...startChild(command, args, env), setAside: () => [] };
}

function startConfined(
  wanted: GuardedCommand,
  around: Surroundings,
  workingFolder: string,
): SandboxedChild {
  if (process.platform === 'darwin') return startInSeatbelt(wanted, around);
  const profile = layOver(readyProfile(around), wanted.laid ?? [], diskView());
  makeReplacements(profile.rules);
  const watching = watchForbidden(profile);
  const child = startInBubblewrap({
    profile,
    forwards: distinctForwards(wanted.forwards),
    command: wanted.command,
    args: wanted.args,
    env: toInnerEnvironment(wanted.env),
    workingFolder,
  });
  return { ...child, setAside: () => watching.end() };
}

/** UNPROVED, as the profile's own file says. */
function startInSeatbelt(wanted: GuardedCommand, around: Surroundings): SandboxedChild {
  const profile = makeProfile(around, diskView());
  const text = toSeatbeltProfile(profile, distinctForwards(wanted.forwards));
  const args = ['-p', text, wanted.command, ...wanted.args];
  const env = toInnerEnvironment(wanted.env);
  return { ...startChild('/usr/bin/sandbox-exec', args, env), setAside: () => [] };
}

function readyProfile(around: Surroundings): Profile {
  const profile = makeProfile(around, diskView());
  return makeHookFolders(profile.forbidden) ? makeProfile(around, diskView()) : profile;
}
