/** `agentguard undo ...`: save points of a workspace's files, and the way back to them. */

import { isAbsolute, relative, resolve } from 'node:path';
import { ControlError, resolvePaths, SESSION_MARKER } from '@agentguard/daemon/control';
import { connectStarting } from '../connect.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import { askLine } from '../input/ask-line.ts';
import { printAnswer, printJson, printNote } from '../output/print.ts';
import { toTable } from '../output/table.ts';
import { count } from '../savepoint/compare.ts';
import {
  describeCounts,
  describeDifferences,
  describeMisses,
  describeRefs,
  seriousMisses,
  showPath,
} from '../savepoint/describe.ts';
import { toDifferencesJson, toMissJson, toPointJson, toRestoredJson } from '../savepoint/json.ts';
import { pruneStore } from '../savepoint/prune.ts';
import { textToRawPath } from '../savepoint/raw-path.ts';
import type { RawPath } from '../savepoint/raw-path.ts';
import type { SavePoint, SaveReason } from '../savepoint/save-point.ts';
import { saveWorkspace } from '../savepoint/save-workspace.ts';
import { listPoints, listStores, withLock } from '../savepoint/store.ts';
import type { Store } from '../savepoint/store.ts';
import { lookNow, planUndo, readFull, undo } from '../savepoint/undo.ts';
import type { Undone, UndoPlan } from '../savepoint/undo.ts';
import { findPoint, findStore } from '../savepoint/workspace.ts';

/** What a session's id looks like. */
const SESSION_ID = /^ses-[0-9a-f]{16}$/;

interface ListedPoint {
  readonly point: SavePoint;
  readonly plan: UndoPlan;
}

/** Lists the save points of this workspace, newest first, with what has changed since each. */
export async function undoList(options: { readonly json: boolean }): Promise<number> {
  const store = findStore(resolvePaths().state, process.cwd());
  const listed = store === null ? [] : await lookAtAll(store);
  if (options.json) {
    const savePoints = listed.map(({ point, plan }) => ({
      ...toPointJson(point),
      since: count(plan.differences),
      refsChanged: plan.refs?.length ?? null,
    }));
    printJson({ workspace: store?.root ?? null, savePoints });
    return EXIT.done;
  }
  if (listed.length === 0) {
    printNote('no save point of this folder');
    for (const other of listStores(resolvePaths().state))
      printNote(`  there are some of ${showPath(other.root)}`);
    return EXIT.done;
  }
  const headings = ['ID', 'MADE', 'AGENT', 'WHY', 'FILES', 'NOT SAVED', 'SINCE THEN'];
  for (const line of toTable(headings, listed.map(toRow))) printAnswer(line);
  printNote('  agentguard undo show ID, agentguard undo restore ID');
  return EXIT.done;
}

async function lookAtAll(store: Store): Promise<readonly ListedPoint[]> {
  const present = await lookNow(store);
  return listPoints(store)
    .toReversed()
    .map((point) => ({
      point,
      plan: planUndo(store, readFull(store, point), present),
    }));
}

function toRow({ point, plan }: ListedPoint): readonly string[] {
  const refs = plan.refs === null || plan.refs.length === 0 ? '' : `, ${plan.refs.length} refs`;
  const lost = plan.repositoryLost ? ', .git is gone' : refs;
  return [
    point.id,
    point.completedAt,
    point.agent,
    point.reason,
    String(point.files),
    String(seriousMisses(point)),
    `${describeCounts(count(plan.differences))}${lost}`,
  ];
}

/** Shows what is different now, file by file, and what the save point does not hold. */
export async function undoShow(options: {
  readonly id: string;
  readonly json: boolean;
}): Promise<number> {
  const { store, point } = findPoint(resolvePaths().state, options.id);
  const plan = planUndo(store, readFull(store, point), await lookNow(store));
  if (options.json) {
    printJson({
      savePoint: toPointJson(point),
      ...toDifferencesJson(plan),
      notSaved: point.misses.map(toMissJson),
    });
    return EXIT.done;
  }
  printAnswer(`${point.id}  ${point.reason}, ${point.completedAt}, ${showPath(point.root)}`);
  printPlan(plan);
  for (const line of describeMisses(point)) printAnswer(line);
  const problem = point.repository?.problem ?? null;
  if (problem !== null) printAnswer(`not saved  ${problem}`);
  if (point.repository?.history === 'referred') {
    printAnswer('not saved  the history: it is too large to keep twice and stands in .git alone');
  }
  return EXIT.done;
}

function printPlan(plan: UndoPlan): void {
  for (const line of describeDifferences(plan.differences)) printAnswer(line);
  for (const line of describeRefs(plan.refs ?? [])) printAnswer(line);
  if (plan.differences.length === 0 && (plan.refs ?? []).length === 0)
    printAnswer('nothing is different');
}

/** What was typed. */
export interface RestoreTyped {
  readonly id: string;
  readonly paths: readonly string[];
  readonly exact: boolean;
  readonly index: boolean;
  readonly refs: boolean;
  readonly yes: boolean;
  readonly json: boolean;
}

/** Restores, after showing what it would do and asking; exit 1 when something could not be restored. */
export async function undoRestore(typed: RestoreTyped): Promise<number> {
  if (typed.paths.length > 0 && (typed.refs || typed.index)) {
    throw new UsageError('--refs and --index restore the whole repository, so they take no paths');
  }
  const { state } = resolvePaths();
  const { store, point } = findPoint(state, typed.id);
  const saved = readFull(store, point);
  const paths = typed.paths.map((path) => toRelative(store.root, path));
  if (!typed.yes && !(await confirm(planUndo(store, saved, await lookNow(store), paths), typed))) {
    printNote('nothing was changed');
    return EXIT.failed;
  }
  const { exact, index, refs } = typed;
  const session = ownSession();
  const done = await undo(store, saved, { stateFolder: state, session, paths, exact, refs, index });
  if (typed.json) printJson(toRestoredJson(done));
  else printDone(done, exact);
  return done.files.refused.length === 0 ? EXIT.done : EXIT.failed;
}

async function confirm(plan: UndoPlan, typed: RestoreTyped): Promise<boolean> {
  for (const line of describeDifferences(plan.differences)) printNote(line);
  if (typed.refs) for (const line of describeRefs(plan.refs ?? [])) printNote(line);
  if (!typed.exact) printNote('what is new stays; --exact removes it');
  if (plan.repositoryLost && !typed.refs) printNote('.git is gone; --refs brings it back');
  if (!process.stdin.isTTY) {
    throw new UsageError(
      'this is what would be restored, and standard input is no terminal',
      '--yes',
    );
  }
  return (await askLine('restore this? [y/N] '))?.trim().toLowerCase() === 'y';
}

function printDone({ before, files, refs, index }: Undone, exact: boolean): void {
  printAnswer(`${files.written.length} restored, ${files.removed.length} removed`);
  if (!exact) printNote('  what is new since then stayed; --exact removes it');
  for (const line of describeRefs(refs)) printAnswer(`restored ${line}`);
  if (index) printAnswer('restored the index');
  for (const { path, reason } of files.refused)
    printAnswer(`NOT restored ${showPath(path)}: ${reason}`);
  printNote(`  agentguard undo restore ${before.id} --exact takes this back`);
}

/** A path as it was typed, below the root; one from elsewhere is meant from the root on. */
function toRelative(root: string, path: string): RawPath {
  const here = relative(root, resolve(path));
  const inside =
    here.startsWith('..') || isAbsolute(here) ? relative(root, resolve(root, path)) : here;
  if (inside.startsWith('..') || isAbsolute(inside)) {
    throw new UsageError(`\`${path}\` is not in the workspace of this save point`);
  }
  return textToRawPath(inside);
}

/** Makes one now. */
export async function undoSave(options: {
  readonly session: string | null;
  readonly agent: string | null;
  readonly reason: SaveReason;
  readonly detail: string | null;
  readonly json: boolean;
}): Promise<number> {
  const point = await saveWorkspace({
    folder: process.cwd(),
    stateFolder: resolvePaths().state,
    session: options.session ?? ownSession(),
    agent: options.agent ?? 'by hand',
    reason: options.reason,
    detail: options.detail,
  });
  if (options.json) {
    printJson(toPointJson(point));
    return EXIT.done;
  }
  printAnswer(`${point.id}: ${point.files} files`);
  const serious = seriousMisses(point);
  if (serious > 0)
    printNote(`  NOT in it: ${serious} files or folders (agentguard undo show ${point.id})`);
  return EXIT.done;
}

/**
 * Forgets save points: the expired ones everywhere, those that are named, or all of this workspace.
 * @throws ControlError `CONTROL_FORBIDDEN` inside a guarded session, whose losses they are for
 */
export async function undoPrune(options: {
  readonly ids: readonly string[];
  readonly all: boolean;
  readonly json: boolean;
}): Promise<number> {
  await refuseBelowSession();
  const { state } = resolvePaths();
  for (const id of options.ids) findPoint(state, id);
  const here = options.all ? findStore(state, process.cwd()) : null;
  const forgotten: SavePoint[] = [];
  for (const store of listStores(state)) {
    const mine = store.folder === here?.folder;
    const ids = mine ? listPoints(store).map(({ id }) => id) : options.ids;
    const prune = { now: Date.now(), ids, collect: true };
    forgotten.push(...(await withLock(store, () => pruneStore(store, prune))));
  }
  if (options.json) printJson({ forgotten: forgotten.map(({ id }) => id) });
  else printAnswer(`${forgotten.length} save points are forgotten`);
  return EXIT.done;
}

/** The daemon knows who descends from a session; the same judgement keeps an agent from answering questions. */
async function refuseBelowSession(): Promise<void> {
  const client = await connectStarting();
  const { rights, withheld } = await client.call('whoami', {});
  if (rights.includes('decide')) return;
  throw new ControlError(
    'CONTROL_FORBIDDEN',
    `save points are not forgotten from here: ${withheld ?? ''}`,
    {
      audience: 'user',
      help: 'ask the person who started this session',
    },
  );
}

function ownSession(): string | null {
  const marker = process.env[SESSION_MARKER] ?? '';
  return SESSION_ID.test(marker) ? marker : null;
}
