/** Plans for a whole project, or for some of its files, with what the vault knows of it. */

import { findProject } from './find-project.ts';
import type { Journal, JournalFolder } from './journal.ts';
import { makePlan } from './plan.ts';
import type { Plan } from './plan.ts';
import { ProjectError } from './project-error.ts';
import type { VaultDoor } from './vault-door.ts';

/** A project and its vault. */
export interface ProjectPlace {
  readonly root: string;
  readonly folder: JournalFolder;
  readonly door: VaultDoor;
}

/** What is to be planned. */
export interface PlanWishes {
  /** Variables to leave alone. */
  readonly skip: readonly string[];
  /** Absolute paths; left out, every file. */
  readonly only?: ReadonlySet<string>;
}

/** @throws ProjectError when the guard's listener is not open */
export async function planProject(place: ProjectPlace, wishes: PlanWishes): Promise<Plan> {
  const { root, folder, door } = place;
  const all = findProject(root);
  const { only } = wishes;
  const findings =
    only === undefined
      ? all
      : { ...all, sites: all.sites.filter(({ file }) => only.has(file.path)) };
  const names = await door.names();
  const port = await door.listenerPort();
  if (port === null) {
    throw new ProjectError('the listener for databases is not open', 'agentguard daemon logs');
  }
  return makePlan(findings, {
    port,
    takenResources: names.resources,
    takenSecrets: names.secrets,
    knownName: await toKnownName(folder.read(), { folder, door }),
    skip: new Set(wishes.skip),
  });
}

/** Equal values keep the name that an earlier run gave them. */
async function toKnownName(
  journal: Journal | null,
  { folder, door }: Pick<ProjectPlace, 'folder' | 'door'>,
): Promise<Parameters<typeof makePlan>[1]['knownName']> {
  if (journal === null) return () => undefined;
  const key = await door.key(folder.project, { create: false });
  if (key === null) return () => undefined;
  return (kind, value) => {
    const fingerprint = key.fingerprint(value);
    return journal.entries.find((entry) => entry.kind === kind && entry.fingerprint === fingerprint)
      ?.name;
  };
}
