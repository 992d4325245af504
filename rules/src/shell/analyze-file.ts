/** What an agent's own file tool would do: show a file with secrets, or change the guard or what agents run. */

import type { ToolFacts, ToolFinding } from '../facts/tool-facts.ts';
import { isOfGuard, isSettings } from './guard-attempts.ts';
import { normalizePath } from './place.ts';
import type { ShellPlace } from './place.ts';
import { isSecretFile } from './secret-files.ts';

/** What is done to a file. */
export type FileAccess = 'read' | 'write';

/** Analyses one access. `path` as the tool was given it. */
export function analyzeFile(
  tool: string,
  access: { readonly path: string; readonly kind: FileAccess },
  place: ShellPlace,
): ToolFacts {
  const { path, kind } = access;
  const expanded = path.startsWith('~/') ? place.home + path.slice(1) : path;
  const absolute = normalizePath(expanded.startsWith('/') ? expanded : `${place.cwd}/${expanded}`);
  const found =
    kind === 'read' ? judgeRead(tool, absolute, place) : judgeWrite(tool, absolute, place);
  return { tool, programs: [], findings: found === null ? [] : [found], secretSpans: [] };
}

function judgeRead(tool: string, path: string, place: ShellPlace): ToolFinding | null {
  if (place.guard.some((own) => path === own || path.startsWith(`${own}/`))) {
    return { deed: 'tamper', by: tool, what: `\`${tool}\` reads the guard's own files`, via: [] };
  }
  return isSecretFile(path)
    ? { deed: 'reveal', by: tool, what: `\`${path}\` is a file with secrets`, via: [] }
    : null;
}

function judgeWrite(tool: string, path: string, place: ShellPlace): ToolFinding | null {
  if (isOfGuard(path, place) && !place.workspace.startsWith(`${path}/`)) {
    return { deed: 'tamper', by: tool, what: `\`${path}\` is the guard's own file`, via: [] };
  }
  const what = `\`${path}\` says what an agent or an editor runs or may do`;
  return isSettings(path) ? { deed: 'settings', by: tool, what, via: [] } : null;
}
