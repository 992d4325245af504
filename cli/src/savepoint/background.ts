/**
 * Makes a save point in a process of its own, so that the command that is about to start does not wait for it.
 * Says when it is complete: until then it may hold what the command already changed.
 */

import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { printNote } from '../output/print.ts';
import { makeVisible } from '../output/visible.ts';
import { readJsonText } from './store.ts';
import type { SaveReason } from './save-point.ts';

/** What is saved. */
export interface BackgroundSave {
  readonly folder: string;
  readonly session: string;
  readonly agent: string;
  readonly reason: SaveReason;
  /** The step that it is made before; none by default. */
  readonly detail?: string;
  /** The program and first argument that start this command line; the running one by default. */
  readonly command?: readonly [string, string];
  readonly env?: NodeJS.ProcessEnv;
  /** Says nothing of a save point that holds everything. Default false. */
  readonly quiet?: boolean;
}

/** A save point on its way. */
export interface Saving {
  /** Waits so long for the end, then says whether it is complete or goes on beside the command. */
  announce(graceMs?: number): Promise<void>;
  /** Says how it ended, when `announce` could not say so yet. */
  conclude(graceMs?: number): Promise<void>;
}

/** What `undo save --json` prints, as far as it is needed here. */
const savedSchema = z.object({ id: z.string(), files: z.number(), notSaved: z.number() });

type Outcome =
  | { readonly kind: 'complete'; readonly point: z.infer<typeof savedSchema> }
  | { readonly kind: 'failed'; readonly why: string };

/** Long enough for a repository of a few thousand files; short enough not to be noticed. */
const SAVE_GRACE_MS = 100;

/** How long the end of a run waits for a save point that is still being made. */
const CONCLUDE_MS = 2000;

/** Starts it. The process outlives this one, and signals of the terminal do not reach it. */
export function startSavePoint(save: BackgroundSave): Saving {
  const { outcome, hold, letGo } = runSave(save);
  let said = false;
  const say = (done: Outcome): void => {
    said = true;
    if (save.quiet === true && done.kind === 'complete' && done.point.notSaved === 0) return;
    for (const line of describeOutcome(done)) printNote(line);
  };
  const sayGoingOn = (line: string): void => {
    if (save.quiet !== true) printNote(line);
  };
  const within = async (ms: number): Promise<Outcome | null> => {
    const timer = new AbortController();
    hold();
    try {
      // Aborted when the outcome came first, and then nobody looks at it.
      const late = sleep(ms, null, { signal: timer.signal }).catch(() => null);
      return await Promise.race([outcome, late]);
    } finally {
      timer.abort();
      letGo();
    }
  };
  return {
    announce: async (graceMs = SAVE_GRACE_MS) => {
      const done = await within(graceMs);
      if (done === null)
        sayGoingOn('agentguard: a save point of the files is being made beside the command');
      else say(done);
    },
    conclude: async (graceMs = CONCLUDE_MS) => {
      if (said) return;
      const done = await within(graceMs);
      if (done === null)
        sayGoingOn('agentguard: the save point is still being made; agentguard undo lists it');
      else say(done);
    },
  };
}

/**
 * Makes a save point and waits for it.
 * @returns its id when it holds every file that is worth keeping; null when something is missing or it failed
 */
export async function makeSavePoint(save: BackgroundSave): Promise<string | null> {
  const { outcome, hold, letGo } = runSave(save);
  hold();
  const done = await outcome;
  letGo();
  return done.kind === 'complete' && done.point.notSaved === 0 ? done.point.id : null;
}

interface RunningSave {
  readonly outcome: Promise<Outcome>;
  /** Keeps this process alive until it is let go: somebody waits. */
  readonly hold: () => void;
  readonly letGo: () => void;
}

function runSave(save: BackgroundSave): RunningSave {
  const words = ['--session', save.session, '--agent', save.agent, '--reason', save.reason];
  if (save.detail !== undefined) words.push(`--detail=${save.detail}`);
  const [program, entry] = save.command ?? [process.execPath, process.argv[1] ?? ''];
  const child = spawn(program, [entry, 'undo', 'save', '--json', ...words], {
    cwd: save.folder,
    env: save.env ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const parts: readonly object[] = [child, child.stdout, child.stderr];
  const handles = parts.filter(isHandle);
  const hold = (): void => {
    for (const handle of handles) handle.ref();
  };
  const letGo = (): void => {
    for (const handle of handles) handle.unref();
  };
  letGo();
  let printed = '';
  let complaint = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
  const outcome = new Promise<Outcome>((resolve) => {
    child.once('error', () => {
      resolve({ kind: 'failed', why: 'it could not be started' });
    });
    child.once('close', () => {
      const read = savedSchema.safeParse(readJsonText(printed));
      if (read.success) resolve({ kind: 'complete', point: read.data });
      else
        resolve({
          kind: 'failed',
          why: complaint.split('\n')[0]?.replace(/^agentguard: /, '') ?? '',
        });
    });
  });
  return { outcome, hold, letGo };
}

/** What an event loop waits for. Pipes are typed as plain streams. */
function isHandle(value: object): value is { ref(): unknown; unref(): unknown } {
  return 'ref' in value && 'unref' in value;
}

function describeOutcome(outcome: Outcome): readonly string[] {
  if (outcome.kind === 'failed') {
    return [`agentguard: NO save point of the files: ${makeVisible(outcome.why).text}`];
  }
  const { point } = outcome;
  const all = `agentguard: save point ${point.id} is complete: ${point.files} files (agentguard undo)`;
  if (point.notSaved === 0) return [all];
  return [
    all,
    `  NOT in it: ${point.notSaved} files or folders (agentguard undo show ${point.id})`,
  ];
}
