/**
 * Servers of clients put behind the guard, file by file, and back. The original is kept in the guard's own folder until it
 * is back, so that taking out restores every byte.
 */

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensureOwnerFolder, readOwnerFile } from '@agentguard/daemon/control';
import * as z from 'zod';
import { ProjectError } from '../project/project-error.ts';
import { digestOf, readProjectFile } from '../project/read-project-file.ts';
import type { ProjectFile } from '../project/read-project-file.ts';
import { replaceFile } from '../project/replace-file.ts';
import type { ConfigPlace } from './config-files.ts';
import { wrapServers } from './config-text.ts';
import type { ConfiguredServer } from './config-text.ts';

const MAX_KEPT_BYTES = 24 * 1024 * 1024;

const KEPT_MODE = 0o600;

const keptSchema = z.strictObject({
  version: z.literal(1),
  path: z.string(),
  /** In base64. */
  before: z.string(),
  /** SHA-256 of what was written, in hexadecimal. */
  after: z.string(),
});

/** What would be done to one file. */
export interface ConfigPlan {
  readonly path: string;
  readonly file: ProjectFile;
  readonly before: string;
  readonly after: string;
  readonly servers: readonly ConfiguredServer[];
}

/** A file that is left alone, and why. */
export interface LeftAlone {
  readonly path: string;
  readonly why: string;
}

/** What would be done. Files without servers, or with guarded ones only, are in neither list. */
export function planConfigs(
  places: readonly ConfigPlace[],
  wrapper: readonly string[],
): { readonly plans: readonly ConfigPlan[]; readonly left: readonly LeftAlone[] } {
  const plans = new Map<string, ConfigPlan>();
  const left: LeftAlone[] = [];
  for (const { path, form } of places) {
    const read = readProjectFile(path, path);
    if (read.kind === 'missing') continue;
    if (read.kind === 'unfit') {
      left.push({ path, why: read.why });
      continue;
    }
    const earlier = plans.get(path);
    const before = read.file.content.unsafeReveal();
    const wrapped = wrapServers(earlier?.after ?? before, form, wrapper);
    if (!wrapped.ok) left.push({ path, why: wrapped.why });
    else if (wrapped.text !== (earlier?.after ?? before)) {
      const servers = [
        ...(earlier?.servers ?? []),
        ...wrapped.servers.filter((one) => !one.wrapped),
      ];
      plans.set(path, { path, file: read.file, before, after: wrapped.text, servers });
    }
  }
  return { plans: [...plans.values()], left };
}

/**
 * Carries one plan out. What the file was is kept first; a file that was changed twice is kept as it was at first.
 * @param keep the guard's own folder
 */
export function installConfig({ path, file, before, after }: ConfigPlan, keep: string): void {
  const earlier = readKept(keptPath(keep, path));
  const kept = {
    version: 1,
    path,
    before:
      earlier !== null && earlier.after === digestOf(before)
        ? earlier.before
        : Buffer.from(before).toString('base64'),
    after: digestOf(after),
  };
  ensureOwnerFolder(keep);
  write(keptPath(keep, path), JSON.stringify(kept), null);
  write(path, after, file);
}

/** What came of putting one file back. */
export interface RestoredConfig {
  readonly path: string;
  readonly outcome: 'restored' | 'gone' | 'edited';
}

/**
 * Puts every file back as it was; one that was edited since is left, unless that is forced.
 * @param paths those that are meant; null for all
 */
export function uninstallConfigs(
  keep: string,
  force: boolean,
  paths: ReadonlySet<string> | null,
): readonly RestoredConfig[] {
  if (!existsSync(keep)) return [];
  const names = readdirSync(keep).filter((name) => /^mcp-[0-9a-f]{16}\.json$/.test(name));
  return names.flatMap((name): RestoredConfig[] => {
    const kept = readKept(join(keep, name));
    if (kept === null) return [];
    const { path } = kept;
    if (paths?.has(path) === false) return [];
    const read = readProjectFile(path, path);
    const edited =
      read.kind === 'unfit' || (read.kind === 'file' && read.file.digest !== kept.after);
    if (edited && !force) return [{ path, outcome: 'edited' }];
    if (read.kind !== 'missing')
      write(path, Buffer.from(kept.before, 'base64'), read.kind === 'file' ? read.file : null);
    rmSync(join(keep, name), { force: true });
    return [{ path, outcome: read.kind === 'missing' ? 'gone' : 'restored' }];
  });
}

function keptPath(keep: string, path: string): string {
  return join(keep, `mcp-${createHash('sha256').update(path).digest('hex').slice(0, 16)}.json`);
}

function readKept(path: string): z.infer<typeof keptSchema> | null {
  if (!existsSync(path)) return null;
  const bytes = readOwnerFile(path, MAX_KEPT_BYTES);
  if (bytes === null) throw new ProjectError(`\`${path}\` cannot be read`);
  return keptSchema.parse(JSON.parse(bytes.toString()));
}

function write(path: string, content: string | Buffer, file: ProjectFile | null): void {
  const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
  const owner = file === null ? null : { uid: file.uid, gid: file.gid };
  replaceFile({ path, bytes, mode: file?.mode ?? KEPT_MODE, owner });
}
