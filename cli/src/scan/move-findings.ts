/** Moves what a scan found into the vault, and leaves in the files what `agentguard exec` gives programs for it. */

import { join } from 'node:path';
import { connectStarting } from '../connect.ts';
import { applyPlan } from '../project/apply.ts';
import { resolveProject } from '../project/find-project.ts';
import { journalFolder } from '../project/journal.ts';
import { planProject } from '../project/plan-project.ts';
import { whileLocked } from '../project/project-lock.ts';
import { makeVaultDoor } from '../project/vault-door.ts';
import type { Finding } from './finding.ts';
import { openGit } from './git.ts';
import { stageAgain, stateOf } from './stage-file.ts';

/** What became of the finds. */
export interface Moved {
  /** Files that hold references now. */
  readonly files: readonly string[];
  /** Names in the vault. */
  readonly names: readonly string[];
  /** Rewritten, and to be staged by the person. */
  readonly unstaged: readonly string[];
  /** Files of finds that cannot hold a reference: code, keys in files of their own. */
  readonly left: readonly string[];
}

/** @param root of the repository, where paths of finds begin */
export async function moveFindings(root: string, findings: readonly Finding[]): Promise<Moved> {
  const paths = [...new Set(findings.map(({ path }) => path))];
  const project = resolveProject(root);
  const client = await connectStarting();
  const place = {
    root: project,
    folder: journalFolder(project),
    door: makeVaultDoor(client, project),
  };
  return whileLocked(project, async () => {
    const only = new Set(paths.map((path) => join(project, path)));
    const plan = await planProject(place, { skip: [], only });
    const rewritten = [...new Set(plan.edits.map(({ site }) => site.file.path))];
    const git = openGit(project);
    const states = rewritten.map((file) => stateOf(git, file));
    const { files } = plan.edits.length === 0 ? { files: [] } : await applyPlan(plan, place);
    const unstaged = states.filter((state) => !stageAgain(git, state)).map(({ path }) => path);
    const left = paths.filter((path) => !rewritten.includes(join(project, path)));
    return { files, names: plan.entries.map(({ name }) => name), unstaged, left };
  });
}
