/** The project in the current folder: what stands in its files that would open a door by itself. */

import { findProject, resolveProject } from '../project/find-project.ts';
import type { ProjectFindings } from '../project/find-project.ts';
import { ProjectError } from '../project/project-error.ts';
import type { Offer } from '../sandbox/choose.ts';
import type { Finding } from './finding.ts';

/** Findings are for people: beyond these, a number says as much. */
const MAX_SITES = 20;

/** Looks through the folder. */
export function checkProject(folder: string, home: string, sandbox: Offer): readonly Finding[] {
  let found: ProjectFindings;
  try {
    found = findProject(resolveProject(folder), home);
  } catch (error) {
    if (!(error instanceof ProjectError)) throw error;
    return [note('no-project', folder, `not looked at: ${error.message}`, error.help ?? null)];
  }
  return [
    ...checkSites(found),
    ...found.left.slice(0, MAX_SITES).map(({ path, line, name, why }) => {
      const where = line === null ? path : `${path} line ${line}`;
      return note('project-unread', where, `${name ?? 'the file'} is left as it is: ${why}`, null);
    }),
    ...checkOutside(found, sandbox),
  ];
}

function checkSites({ sites }: ProjectFindings): readonly Finding[] {
  if (sites.length === 0) {
    const what = 'no real credential in its environment files and agent settings';
    return [{ id: 'project', level: 'held', about: 'project', layer: 'vault', what, mend: null }];
  }
  const shown = sites.slice(0, MAX_SITES).map(({ file, line, name, judgement }) => ({
    id: 'project-secret',
    level: 'open' as const,
    about: `${file.shown} line ${line}`,
    layer: null,
    what: `${name} holds a real ${judgement.kind === 'postgres url' ? 'database address' : 'secret'}`,
    mend: 'agentguard init',
  }));
  const [first] = shown;
  const rest = sites.length - shown.length;
  if (rest === 0 || first === undefined) return shown;
  return [...shown, { ...first, about: 'project', what: `and ${rest} more like these` }];
}

function checkOutside({ outside }: ProjectFindings, sandbox: Offer): readonly Finding[] {
  return outside.map(({ path, opens }): Finding => {
    const what = `opens ${opens}`;
    if (sandbox.kind === 'ready') {
      return {
        id: 'outside-hidden',
        level: 'held',
        about: path,
        layer: 'sandbox',
        what: `${what}; hidden inside a sandbox`,
        mend: null,
      };
    }
    return {
      id: 'outside-readable',
      level: 'open',
      about: path,
      layer: null,
      what: `${what}, and an agent can read it: no sandbox, ${sandbox.why}`,
      mend: sandbox.help,
    };
  });
}

function note(id: string, about: string, what: string, mend: string | null): Finding {
  return { id, level: 'note', about, layer: null, what, mend };
}
