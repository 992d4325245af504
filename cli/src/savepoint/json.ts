/** Save points as `--json` prints them. Fields may be added, never changed. */

import { entryOf } from './compare.ts';
import type { Difference } from './compare.ts';
import { seriousMisses } from './describe.ts';
import { toPathText, unsafeRawPath } from './raw-path.ts';
import type { Miss, SavePoint } from './save-point.ts';
import type { Undone, UndoPlan } from './undo.ts';

/** A save point without its lists. */
export function toPointJson(point: SavePoint): Readonly<Record<string, unknown>> {
  const { id, session, number, agent, reason, detail, root, startedAt, completedAt } = point;
  const { files, bytes, addedBytes, repository } = point;
  const head = { id, session, number, agent, reason, detail, workspace: root };
  const history = repository?.history ?? null;
  const notSaved = seriousMisses(point);
  return { ...head, startedAt, completedAt, files, bytes, addedBytes, notSaved, history };
}

/** What is different, path by path. */
export function toDifferencesJson(plan: UndoPlan): Readonly<Record<string, unknown>> {
  return {
    differences: plan.differences.map(toDifferenceJson),
    refs: plan.refs,
    repositoryLost: plan.repositoryLost,
  };
}

function toDifferenceJson(one: Difference): Readonly<Record<string, unknown>> {
  const { path, kind } = entryOf(one);
  return { path: toText(path), kind, difference: one.kind };
}

/** What the save point lacks. */
export function toMissJson({ path, reason, size }: Miss): Readonly<Record<string, unknown>> {
  return { path: toText(path), reason, size };
}

/** What a restore did. */
export function toRestoredJson({
  before,
  files,
  refs,
  index,
}: Undone): Readonly<Record<string, unknown>> {
  return {
    before: before.id,
    restored: files.written.map(toText),
    removed: files.removed.map(toText),
    refused: files.refused.map(({ path, reason }) => ({ path: toText(path), reason })),
    refs,
    index,
  };
}

function toText(path: string): string {
  return toPathText(unsafeRawPath(path));
}
