/**
 * What is in force, for each folder that sessions work in: the person's own file, and above it nothing, beside it the
 * accepted version of the project's file. The person's file is watched; an edit that cannot be put in force leaves the
 * last good version in force and is said.
 * SECURITY(P-19): a file that cannot be put in force when the daemon starts leaves nothing in force.
 */

import { countsAsProduction, mergePolicies, parsePolicy } from '@agentguard/rules';
import type {
  Environment,
  HostEntry,
  ParsedPolicy,
  Policy,
  PolicyState,
  SqlParser,
} from '@agentguard/rules';
import type { AcceptedPolicies, AcceptedPolicy } from './accepted-policies.ts';
import { effectiveEnvironment, loadPolicy } from './policy-file.ts';
import type { LoadedPolicy } from './policy-file.ts';

/** What a keeper is built from. */
export interface PolicyKeeperParts {
  /** Full path of the person's own file. */
  readonly path: string;
  readonly accepted: AcceptedPolicies;
  readonly parser: SqlParser;
  /** Told of every change of the person's file: what is in force now, or why the old version stays. */
  readonly onChange: (change: PolicyChange) => void;
}

/** A change that was seen. `problem` is null when the new version is in force. */
export interface PolicyChange {
  readonly file: string;
  readonly revision: string;
  readonly problem: string | null;
}

/** The policy of one daemon. */
export class PolicyKeeper {
  readonly #parts: PolicyKeeperParts;
  #person: LoadedPolicy;
  /** Why the version on disk is not the one in force; null when it is. */
  #problem: string | null = null;
  /** Accepted texts, each read once. */
  readonly #parsed = new Map<string, ParsedPolicy>();
  /** Policies of projects, by what they were made of. */
  readonly #projects = new Map<string, PolicyState>();

  constructor(parts: PolicyKeeperParts) {
    this.#parts = parts;
    this.#person = loadPolicy(parts.path, parts.parser);
    if (this.#person.state.kind === 'broken') this.#problem = this.#person.state.problem;
  }

  /** Full path of the person's own file. */
  get path(): string {
    return this.#parts.path;
  }

  /** The person's own file and what it leaves in force. */
  get person(): LoadedPolicy {
    return this.#person;
  }

  /** Why the version on disk is not in force; null when it is. */
  get problem(): string | null {
    return this.#problem;
  }

  /** Hosts that the person's file lists for every session. */
  get egressHosts(): readonly HostEntry[] {
    return this.#person.file?.egressHosts ?? [];
  }

  /**
   * What is in force for sessions that work in a folder.
   * @param folder null: for none in particular
   */
  stateFor(folder: string | null): PolicyState {
    const { state } = this.#person;
    if (state.kind !== 'in force' || folder === null) return state;
    const project = this.#parts.accepted.nearest(folder);
    return project === undefined ? state : this.#withProject(state.policy, project);
  }

  /** The environment that counts: the strictest of what was said when it was added and in every file in force. */
  environmentOf(name: string, added: Environment): Environment {
    let environment = effectiveEnvironment(name, added, this.#person.file);
    for (const { text } of this.#parts.accepted.list()) {
      if (countsAsProduction(environment)) return environment;
      const parsed = this.#parse(text);
      if (parsed.ok) environment = effectiveEnvironment(name, environment, parsed.file);
    }
    return environment;
  }

  /** Reads the person's file again. A version that cannot be put in force changes nothing but what is said. */
  reload(): void {
    const loaded = loadPolicy(this.#parts.path, this.#parts.parser);
    const before = this.#person;
    if (loaded.state.kind === 'broken') {
      if (loaded.state.problem === this.#problem) return;
      this.#problem = loaded.state.problem;
    } else {
      const same = this.#problem === null && revisionOf(loaded) === revisionOf(before);
      this.#person = loaded;
      this.#problem = null;
      if (same) return;
      this.#projects.clear();
    }
    const revision = revisionOf(this.#person);
    this.#parts.onChange({ file: this.#parts.path, revision, problem: this.#problem });
  }

  #parse(text: string): ParsedPolicy {
    const known = this.#parsed.get(text);
    if (known !== undefined) return known;
    const parsed = parsePolicy(text, this.#parts.parser);
    this.#parsed.set(text, parsed);
    return parsed;
  }

  #withProject(person: Policy, project: AcceptedPolicy): PolicyState {
    const revision = `${person.revision}+${project.revision.slice(0, 16)}`;
    const key = `${project.path}\0${revision}`;
    const known = this.#projects.get(key);
    if (known !== undefined) return known;
    const parsed = this.#parse(project.text);
    // It was good when it was accepted; another version of agentguard may read it otherwise.
    const state: PolicyState = parsed.ok
      ? { kind: 'in force', policy: mergePolicies(person, parsed.file, revision) }
      : {
          kind: 'broken',
          problem: `the accepted version of ${project.path} line ${parsed.problem.line}: ${parsed.problem.message}`,
        };
    this.#projects.set(key, state);
    return state;
  }
}

function revisionOf({ state }: LoadedPolicy): string {
  return state.kind === 'in force' ? state.policy.revision : 'none';
}
