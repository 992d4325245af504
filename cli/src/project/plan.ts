/**
 * What `init` would do: which values go into the vault under which names, and what comes in their place.
 * Pure: findings and what is known of the vault in, plan out.
 */

import { basename } from 'node:path';
import { MAX_SECRET_LENGTH } from '@agentguard/daemon/control';
import { toVariableName } from '../launch/environment.ts';
import { parseDatabaseUrl } from './database-url.ts';
import type { DatabaseUrl } from './database-url.ts';
import type { ProjectFindings } from './find-project.ts';
import { freeName, resourceName, secretName } from './names.ts';
import type { OutsideCredential } from './outside.ts';
import { toAddressReference, toSecretReference } from './reference.ts';
import { SecretText } from './secret-text.ts';
import type { LeftAlone, Site } from './site.ts';

/** How dear a database is. What is not said counts as production. */
export type GuessedEnvironment = 'production' | 'staging' | 'development';

/** Something that goes into the vault, once, however often it stands in files. */
export type PlannedEntry =
  | { readonly kind: 'secret'; readonly name: string; readonly value: SecretText }
  | {
      readonly kind: 'resource';
      readonly name: string;
      readonly environment: GuessedEnvironment;
      /** The real URL, as the guard connects with it. */
      readonly value: SecretText;
    };

/** One change of one file. */
export interface PlannedEdit {
  readonly site: Site;
  readonly entry: PlannedEntry;
  /** What comes in the place of the value. Not secret. */
  readonly reference: string;
}

/** The whole. */
export interface Plan {
  readonly root: string;
  readonly entries: readonly PlannedEntry[];
  readonly edits: readonly PlannedEdit[];
  readonly left: readonly LeftAlone[];
  /** What is moved, and what the person should know about it. */
  readonly notes: readonly LeftAlone[];
  readonly outside: readonly OutsideCredential[];
}

/** What planning must know of the guard. */
export interface PlanContext {
  /** Where database clients connect. */
  readonly port: number;
  /** Names that mean something else already. */
  readonly takenResources: ReadonlySet<string>;
  readonly takenSecrets: ReadonlySet<string>;
  /** The name that an earlier run gave to a value; undefined when none did. */
  readonly knownName: (kind: PlannedEntry['kind'], value: SecretText) => string | undefined;
  /** Variables to leave alone. */
  readonly skip: ReadonlySet<string>;
}

/** Files whose names say that nothing dear is behind them. */
const DEVELOPMENT_FILE = /(?:^|[._-])(?:dev|development|local|test|testing|ci|e2e)(?:[._-]|$)/i;
const STAGING_FILE = /(?:^|[._-])(?:staging|stage|preview|qa|uat)(?:[._-]|$)/i;
/** Says the opposite, whatever else the name says: `.env.production.local`. */
const PRODUCTION_FILE = /(?:^|[._-])(?:prod|production|live)(?:[._-]|$)/i;

/** Makes the plan. */
export function makePlan(findings: ProjectFindings, context: PlanContext): Plan {
  const planner = new Planner(findings, context);
  // What is commented out may share a value with what is not, and never gets a database of its own.
  for (const site of findings.sites) if (!site.commented) planner.add(site);
  for (const site of findings.sites) if (site.commented) planner.add(site);
  return planner.finish();
}

/** How dear the database of a file is, by the file's name. */
export function guessEnvironment(file: string): GuessedEnvironment {
  const name = basename(file);
  if (PRODUCTION_FILE.test(name)) return 'production';
  if (STAGING_FILE.test(name)) return 'staging';
  return DEVELOPMENT_FILE.test(name) ? 'development' : 'production';
}

const STRICTNESS: readonly GuessedEnvironment[] = ['development', 'staging', 'production'];

function stricter(left: GuessedEnvironment, right: GuessedEnvironment): GuessedEnvironment {
  return STRICTNESS.indexOf(left) > STRICTNESS.indexOf(right) ? left : right;
}

interface Draft {
  readonly site: Site;
  readonly url: DatabaseUrl | null;
}

class Planner {
  readonly #findings: ProjectFindings;
  readonly #context: PlanContext;
  readonly #project: string;
  /** By the value that they share. */
  readonly #drafts = new Map<string, Draft[]>();
  readonly #left: LeftAlone[] = [];
  readonly #notes: LeftAlone[] = [];

  constructor(findings: ProjectFindings, context: PlanContext) {
    this.#findings = findings;
    this.#context = context;
    this.#project = basename(findings.root);
  }

  add(site: Site): void {
    if (this.#context.skip.has(site.name)) {
      this.#leave(site, 'you asked to skip it');
      return;
    }
    if (site.value.unsafeReveal().length > MAX_SECRET_LENGTH) {
      this.#leave(site, 'it is too long for the vault');
      return;
    }
    const parsed = this.#toUrl(site);
    const known = parsed !== null && this.#drafts.has(`resource ${parsed.upstream}`);
    const url = site.commented && !known ? null : parsed;
    const text = url === null ? site.value.unsafeReveal() : url.upstream;
    const key = `${url === null ? 'secret' : 'resource'} ${text}`;
    const drafts = this.#drafts.get(key) ?? [];
    this.#drafts.set(key, [...drafts, { site, url }]);
  }

  finish(): Plan {
    const entries: PlannedEntry[] = [];
    const edits: PlannedEdit[] = [];
    const names = { resource: new Set<string>(), secret: new Set<string>() };
    for (const drafts of this.#drafts.values()) {
      const entry = this.#toEntry(drafts, names);
      if (entry === null) continue;
      names[entry.kind].add(entry.name);
      entries.push(entry);
      edits.push(...drafts.map((draft) => this.#toEdit(draft, entry)));
    }
    const { root, left, outside } = this.#findings;
    edits.sort((one, other) => this.#order(one.site) - this.#order(other.site));
    return { root, entries, edits, left: [...left, ...this.#left], notes: this.#notes, outside };
  }

  /** As a person reads the files: one after the other, from the top. */
  #order(site: Site): number {
    const { sites } = this.#findings;
    const first = sites.findIndex(({ file }) => file === site.file);
    return first + site.start / (site.file.content.unsafeReveal().length + 1);
  }

  /** The URL behind the guard; null for everything that becomes a secret. */
  #toUrl(site: Site): DatabaseUrl | null {
    switch (site.judgement.kind) {
      case 'secret':
        return null;
      case 'other url':
        this.#note(
          site,
          `${site.judgement.service} is not guarded yet, so a guarded run cannot use it`,
        );
        return null;
      case 'postgres url': {
        const parsed = parseDatabaseUrl(site.value.unsafeReveal());
        if (parsed.ok) return parsed.url;
        this.#note(site, `a database that a guarded run cannot reach: ${parsed.why}`);
        return null;
      }
    }
  }

  #toEntry(
    drafts: readonly Draft[],
    names: Readonly<Record<PlannedEntry['kind'], ReadonlySet<string>>>,
  ): PlannedEntry | null {
    const [first] = drafts;
    if (first === undefined) return null;
    const { takenResources, takenSecrets, knownName } = this.#context;
    if (first.url === null) {
      const value = first.site.value;
      const wanted = secretName(this.#project, first.site.name);
      const isTaken = (name: string): boolean => takenSecrets.has(name) || names.secret.has(name);
      return {
        kind: 'secret',
        name: knownName('secret', value) ?? freeName(wanted, isTaken),
        value,
      };
    }
    const value = new SecretText(first.url.upstream);
    const environment = drafts
      .map(({ site }) => guessEnvironment(site.file.path))
      .reduce(stricter, 'development');
    const wanted = resourceName(this.#project, first.url.database, environment);
    const isTaken = (name: string): boolean => takenResources.has(name) || names.resource.has(name);
    const name = knownName('resource', value) ?? freeName(wanted, isTaken);
    return { kind: 'resource', name, environment, value };
  }

  #toEdit({ site, url }: Draft, entry: PlannedEntry): PlannedEdit {
    if (url === null) return { site, entry, reference: toSecretReference(entry.name) };
    const { scheme, user, driverQuery: query } = url;
    const { port } = this.#context;
    const address = toAddressReference({ scheme, user, port, resource: entry.name, query });
    const reference = site.takesVariables
      ? `\${${toVariableName(entry.name)}:-${address}}`
      : address;
    return { site, entry, reference };
  }

  #note(site: Site, why: string): void {
    // Nothing reads it, so nothing misses it.
    if (site.commented) return;
    const { file, line, name } = site;
    this.#notes.push({ path: file.shown, line, name, why });
  }

  #leave(site: Site, why: string): void {
    const { file, line, name } = site;
    this.#left.push({ path: file.shown, line, name, why });
  }
}
