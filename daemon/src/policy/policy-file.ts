/** The person's own policy file: read once at the start, and what it leaves in force. */

import { existsSync, readFileSync } from 'node:fs';
import { countsAsProduction, parsePolicy, policyWithoutFile } from '@agentguard/rules';
import type { Environment, PolicyFile, PolicyState, SqlParser } from '@agentguard/rules';

/** Revision of the rules that hold without any file. Changes when their meaning does. */
const BUILT_IN_REVISION = 'builtin-1';

/** What the file led to. */
export interface LoadedPolicy {
  readonly state: PolicyState;
  readonly file: PolicyFile | null;
}

/**
 * Reads the policy file. A missing file leaves the built-in rules; one that cannot be read or understood
 * leaves nothing, so that everything is denied until it is mended.
 * @param path full path of agentguard.yaml
 * @param parser reads the filters of its roles
 */
export function loadPolicy(path: string, parser: SqlParser): LoadedPolicy {
  if (!existsSync(path)) {
    return {
      state: { kind: 'in force', policy: policyWithoutFile(BUILT_IN_REVISION) },
      file: null,
    };
  }
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return { state: { kind: 'broken', problem: `${path} cannot be read` }, file: null };
  }
  const parsed = parsePolicy(text, parser);
  if (!parsed.ok) {
    const { line, column, message } = parsed.problem;
    const problem = `${path} line ${line}, column ${column}: ${message}`;
    return { state: { kind: 'broken', problem }, file: null };
  }
  const revision = `${BUILT_IN_REVISION}+${parsed.file.revision.slice(0, 16)}`;
  const { roles, resources, rules, mcp } = parsed.file;
  const said = mcp === undefined ? {} : { mcp };
  return {
    state: { kind: 'in force', policy: { revision, roles, resources, rules, ...said } },
    file: parsed.file,
  };
}

/**
 * The environment that counts: the stricter of what was said when the resource was added and what the file says,
 * so that neither can make the other milder.
 */
export function effectiveEnvironment(
  name: string,
  added: Environment,
  file: Pick<PolicyFile, 'environments'> | null,
): Environment {
  const said =
    file !== null && Object.hasOwn(file.environments, name) ? file.environments[name] : undefined;
  if (said === undefined || countsAsProduction(added)) return added;
  return countsAsProduction(said) || added === 'development' ? said : added;
}
