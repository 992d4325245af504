/**
 * Hooks in the files of agents: put in, taken out, listed. The original is kept in the guard's own folder until it is
 * back, so that taking out restores every byte.
 */

import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ensureOwnerFolder, readOwnerFile } from '@agentguard/daemon/control';
import * as z from 'zod';
import { ProjectError } from '../project/project-error.ts';
import { digestOf, readProjectFile } from '../project/read-project-file.ts';
import type { ProjectFile } from '../project/read-project-file.ts';
import { replaceFile } from '../project/replace-file.ts';
import { addHooks, AGENT_FILES, AGENTS } from './agent-file.ts';
import type { AgentName, HookParts } from './agent-file.ts';

/** Settings are small; what is kept of them is a little larger. */
const MAX_KEPT_BYTES = 24 * 1024 * 1024;

const NEW_FILE_MODE = 0o600;

const keptSchema = z.strictObject({
  version: z.literal(1),
  path: z.string(),
  /** In base64; null when there was no file. */
  before: z.string().nullable(),
  /** SHA-256 of what was written, in hexadecimal. */
  after: z.string(),
});

type Kept = z.infer<typeof keptSchema>;

/** Where things are. */
export interface AgentPlace {
  readonly home: string;
  /** The guard's own folder for what it keeps of agents. */
  readonly keep: string;
}

/** What would be done to one file. */
export interface AgentPlan {
  readonly agent: AgentName;
  readonly path: string;
  /** The file as it is; null when there is none. */
  readonly file: ProjectFile | null;
  readonly before: string;
  readonly after: string;
}

/** How an agent stands. `changed`: somebody edited the file since. */
export type AgentState = 'not installed' | 'installed' | 'changed';

/**
 * What installing would do.
 * @throws ProjectError when the file cannot be changed, or the hooks are there already
 */
export function planInstall(agent: AgentName, place: AgentPlace, parts: HookParts): AgentPlan {
  if (readKept(agent, place) !== null) {
    throw new ProjectError(
      `the hooks of ${agent} are installed`,
      `agentguard agent uninstall ${agent}`,
    );
  }
  const path = join(place.home, AGENT_FILES[agent]);
  const file = readOwn(path);
  const before = file === null ? null : textOf(file);
  const added = addHooks(agent, before, parts);
  if (!added.ok) throw new ProjectError(`\`${path}\` is left as it is: ${added.why}`);
  return { agent, path, file, before: before ?? '', after: added.text };
}

/** Carries a plan out. What the file was is kept first. */
export function install({ agent, path, file, after }: AgentPlan, place: AgentPlace): void {
  const kept: Kept = {
    version: 1,
    path,
    before: file === null ? null : bytesOf(file).toString('base64'),
    after: digestOf(after),
  };
  ensureOwnerFolder(place.keep);
  writeFile(keptPath(agent, place), JSON.stringify(kept), null);
  mkdirSync(dirname(path), { recursive: true });
  writeFile(path, after, file);
}

/**
 * Puts the file back as it was.
 * @returns false when nothing is installed
 * @throws ProjectError when the file was edited since, and nothing is forced
 */
export function uninstall(agent: AgentName, place: AgentPlace, force: boolean): boolean {
  const kept = readKept(agent, place);
  if (kept === null) return false;
  const file = readOwn(kept.path);
  if (!force && file !== null && file.digest !== kept.after) {
    throw new ProjectError(
      `\`${kept.path}\` was edited since the hooks were installed; it is left as it is`,
      `take the entries of agentguard out by hand, or lose the edits with: agentguard agent uninstall ${agent} --force`,
    );
  }
  if (kept.before === null) rmSync(kept.path, { force: true });
  else writeFile(kept.path, Buffer.from(kept.before, 'base64'), file);
  rmSync(keptPath(agent, place), { force: true });
  return true;
}

/** Every agent with its file and how it stands. */
export function listAgents(
  place: AgentPlace,
): readonly { readonly agent: AgentName; readonly path: string; readonly state: AgentState }[] {
  return AGENTS.map((agent) => ({
    agent,
    path: join(place.home, AGENT_FILES[agent]),
    state: stateOf(agent, place),
  }));
}

function stateOf(agent: AgentName, place: AgentPlace): AgentState {
  const kept = readKept(agent, place);
  if (kept === null) return 'not installed';
  return readOwn(kept.path)?.digest === kept.after ? 'installed' : 'changed';
}

function keptPath(agent: AgentName, { keep }: AgentPlace): string {
  return join(keep, `${agent}.json`);
}

function readKept(agent: AgentName, place: AgentPlace): Kept | null {
  const path = keptPath(agent, place);
  if (!existsSync(place.keep) || !readdirSync(place.keep).includes(`${agent}.json`)) return null;
  const text = readOwnerFile(path, MAX_KEPT_BYTES);
  return text === null ? null : keptSchema.parse(JSON.parse(text.toString()));
}

/** A plain file of the person's own. A link is left to whoever made it. */
function readOwn(path: string): ProjectFile | null {
  const read = readProjectFile(path, path);
  switch (read.kind) {
    case 'file':
      return read.file;
    case 'missing':
      return null;
    case 'unfit':
      throw new ProjectError(`\`${path}\` is left as it is: ${read.why}`);
  }
}

function textOf(file: ProjectFile): string {
  return bytesOf(file).toString('utf8');
}

function bytesOf({ content }: ProjectFile): Buffer {
  return Buffer.from(content.unsafeReveal(), 'utf8');
}

function writeFile(path: string, content: string | Buffer, file: ProjectFile | null): void {
  const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
  const owner = file === null ? null : { uid: file.uid, gid: file.gid };
  replaceFile({ path, bytes, mode: file?.mode ?? NEW_FILE_MODE, owner });
}
