/**
 * `agentguard init`: moves what a project keeps in the open into the vault, and leaves references in its place.
 * `--undo` puts everything back as it was.
 */

import { connectStarting } from '../connect.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import { askLine } from '../input/ask-line.ts';
import { printAnswer, printJson, printNote } from '../output/print.ts';
import { makeVisible } from '../output/visible.ts';
import { applyPlan } from '../project/apply.ts';
import type { Applied } from '../project/apply.ts';
import { resolveProject } from '../project/find-project.ts';
import { findMovedProjects, journalFolder } from '../project/journal.ts';
import type { Plan } from '../project/plan.ts';
import { planProject } from '../project/plan-project.ts';
import type { ProjectPlace } from '../project/plan-project.ts';
import { ProjectError } from '../project/project-error.ts';
import { whileLocked } from '../project/project-lock.ts';
import { showPlan, toPlanJson } from '../project/show-plan.ts';
import { trackedFiles } from '../project/tracked.ts';
import { undoProject } from '../project/undo.ts';
import type { Undone, UndoneFile } from '../project/undo.ts';
import { makeVaultDoor } from '../project/vault-door.ts';

/** What was typed. */
export interface InitOptions {
  /** Null for the working folder. */
  readonly folder: string | null;
  /** Carries out without asking. */
  readonly yes: boolean;
  /** Only shows. */
  readonly dryRun: boolean;
  readonly undo: boolean;
  readonly json: boolean;
  /** Variables to leave alone. */
  readonly skip: readonly string[];
}

/** Shows the plan, asks, and carries it out; or undoes it. */
export async function init(options: InitOptions): Promise<number> {
  if (options.undo && options.dryRun) throw new UsageError('--undo has no --dry-run');
  const root = resolveProject(options.folder ?? process.cwd());
  const client = await connectStarting();
  const place = { root, folder: journalFolder(root), door: makeVaultDoor(client, root) };
  return whileLocked(root, () => (options.undo ? undo(place, options) : move(place, options)));
}

async function move(place: ProjectPlace, options: InitOptions): Promise<number> {
  const plan = await planProject(place, options);
  if (!options.json) for (const line of showPlan(plan)) printAnswer(line);
  const wanted = plan.edits.length > 0 && !options.dryRun && (await isWanted(plan, options));
  const applied = wanted ? await applyPlan(plan, place) : null;
  if (options.json) printJson({ ...toPlanJson(plan), applied: applied !== null });
  else printEnd(plan, applied);
  return EXIT.done;
}

async function isWanted(plan: Plan, { yes }: InitOptions): Promise<boolean> {
  if (yes) return true;
  if (!process.stdin.isTTY) {
    throw new UsageError(
      'nothing was changed: carrying this out takes a yes at a terminal',
      '--yes carries it out, --dry-run only shows it',
    );
  }
  const { length } = plan.entries;
  const answer = await askLine(
    `move ${length === 1 ? 'this' : `these ${length}`} into the vault? `,
  );
  return answer !== null && /^y(es)?$/i.test(answer.trim());
}

function printEnd(plan: Plan, applied: Applied | null): void {
  if (plan.edits.length === 0) {
    printAnswer('nothing here has to be moved');
    return;
  }
  if (applied === null) {
    printAnswer('nothing was changed');
    return;
  }
  const { files, policyFile } = applied;
  const written = policyFile === null ? '' : `, ${policyFile} is new`;
  printAnswer(`${plan.entries.length} in the vault, ${files.length} files rewritten${written}`);
  printTracked(plan);
  printNote('  agentguard mcp install       puts MCP servers of clients behind the guard');
  printNote('  agentguard run -- CMD        starts an agent, which gets none of them');
  printNote('  agentguard exec -- CMD       starts a program of yours, which gets the real values');
  printNote('  agentguard init --undo       puts everything back as it was');
}

function printTracked(plan: Plan): void {
  const paths = [...new Set(plan.edits.map(({ site }) => site.file.path))];
  for (const path of trackedFiles(plan.root, paths)) {
    const shown = makeVisible(path).text;
    printNote(`agentguard: git keeps \`${shown}\`, so what stood in it is in the history`);
    printNote('  change those passwords and keys where they are made, then agentguard secret set');
  }
}

async function undo({ root, folder, door }: ProjectPlace, options: InitOptions): Promise<number> {
  const journal = folder.read();
  if (journal === null) {
    const [moved] = findMovedProjects();
    throw new ProjectError(
      `nothing of \`${root}\` was moved, so there is nothing to undo`,
      moved === undefined ? undefined : `if it was \`${moved}\` before, put it there again first`,
    );
  }
  const undone = await undoProject(journal, { door, folder });
  if (options.json) printJson(undone);
  else printUndone(undone);
  return undone.complete ? EXIT.done : EXIT.failed;
}

function printUndone(undone: Undone): void {
  for (const file of undone.files) printAnswer(makeVisible(describeFile(file)).text);
  for (const path of undone.removed) printAnswer(`${makeVisible(path).text}  removed`);
  for (const path of undone.kept) printAnswer(`${makeVisible(path).text}  kept, it was edited`);
  for (const { name, why } of undone.stays) printAnswer(`${name}  stays in the vault: ${why}`);
  if (!undone.complete)
    printNote('agentguard: the vault keeps everything until every file is back');
}

function describeFile({ shown, outcome, why }: UndoneFile): string {
  switch (outcome) {
    case 'restored':
      return `${shown}  restored, byte for byte`;
    case 'recreated':
      return `${shown}  was deleted, and is there again as it was`;
    case 'values put back':
      return `${shown}  was edited since; the values are back and the edits stay`;
    case 'untouched':
      return `${shown}  is as it was already`;
    case 'failed':
      return `${shown}  NOT restored: ${why ?? 'unknown'}`;
  }
}
