/**
 * What a command line would do: a list of findings with reasons, for the line that an agent is about to run.
 * SECURITY: this is the friendly layer in front, never the lock. It reads a text; scripts, makefiles and compiled
 * programs tell it nothing. What it cannot read it calls unclear.
 */

import type { ToolFacts } from '../facts/tool-facts.ts';
import { LineWalker } from './line-walker.ts';
import { normalizePath } from './place.ts';
import type { ShellPlace } from './place.ts';
import { firstScope } from './scope.ts';
import { findLineSecrets } from './secret-spans.ts';

/**
 * Analyses one line. Never throws; bounded in time and depth.
 * @param tool as the agent calls the tool that runs it
 */
export function analyzeShell(tool: string, text: string, place: ShellPlace): ToolFacts {
  const walker = new LineWalker();
  const here = {
    ...place,
    workspace: normalizePath(place.workspace),
    cwd: normalizePath(place.cwd),
  };
  try {
    walker.runText(text, firstScope(here));
  } catch {
    // A fault of ours must not read as harmless.
    const what = 'the line could not be looked through';
    walker.findings.push({ deed: 'unclear', by: tool, what, via: [] });
  }
  const programs = [...walker.programs].slice(0, 50);
  return { tool, programs, findings: walker.findings, secretSpans: findLineSecrets(text) };
}
