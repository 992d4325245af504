/** What moving secrets needs of the daemon, in its own words. Nothing else in this room speaks to it. */

import { ControlError, MAX_IMPORTED_SECRETS, MAX_REVEALED } from '@agentguard/daemon/control';
import type { ControlClient } from '@agentguard/daemon/control';
import type { PlannedEntry } from './plan.ts';
import { ProjectError } from './project-error.ts';
import { toProjectKey } from './seal.ts';
import type { ProjectKey } from './seal.ts';
import { SecretText } from './secret-text.ts';

/** Why a value is asked for, as it goes on the record. */
export type RevealPurpose = 'exec' | 'init' | 'undo';

/** A name in the vault or of a database. */
export interface EntryRef {
  readonly kind: 'secret' | 'resource';
  readonly name: string;
}

/** Values by `toKey` of what was asked for. */
export type Revealed = ReadonlyMap<string, SecretText>;

/** The daemon, for one project. */
export interface VaultDoor {
  /** The project's key; null when there is none and none was to be made. */
  key(project: string, options: { readonly create: boolean }): Promise<ProjectKey | null>;
  forgetKey(project: string): Promise<void>;
  names(): Promise<{
    readonly resources: ReadonlySet<string>;
    readonly secrets: ReadonlySet<string>;
  }>;
  /** Where database clients connect; null when nothing listens. */
  listenerPort(): Promise<number | null>;
  /** Puts entries into the vault. Those that are there are overwritten: their names are the project's own. */
  put(entries: readonly PlannedEntry[]): Promise<void>;
  remove(entry: EntryRef): Promise<void>;
  reveal(entries: readonly EntryRef[], purpose: RevealPurpose): Promise<Revealed>;
}

/** One word for an entry. */
export function toKey({ kind, name }: EntryRef): string {
  return `${kind} ${name}`;
}

/** The largest request in characters of values: half of what the daemon takes, for JSON may double it. */
const MAX_BATCH_CHARACTERS = 128 * 1024;

/** Makes the door of a project. */
export function makeVaultDoor(client: ControlClient, workspace: string): VaultDoor {
  return {
    key: async (project, { create }) => {
      const { key } = await client.call('project.key', { project, create, workspace });
      return key === null ? null : toProjectKey(key);
    },
    forgetKey: async (project) => {
      await client.call('project.forget', { project });
    },
    names: () => readNames(client),
    listenerPort: async () => (await client.call('status', {})).listener?.port ?? null,
    put: (entries) => putEntries(client, entries),
    remove: ({ kind, name }) => removeEntry(client, kind, name),
    reveal: (entries, purpose) => reveal(client, { entries, purpose, workspace }),
  };
}

async function readNames(
  client: ControlClient,
): Promise<{ resources: ReadonlySet<string>; secrets: ReadonlySet<string> }> {
  const { resources } = await client.call('resource.list', {});
  const { secrets } = await client.call('secret.list', {});
  return {
    resources: new Set(resources.map(({ name }) => name)),
    secrets: new Set(secrets.map(({ name }) => name)),
  };
}

async function putEntries(client: ControlClient, entries: readonly PlannedEntry[]): Promise<void> {
  const secrets = entries.filter((entry) => entry.kind === 'secret');
  for (const batch of toBatches(secrets)) {
    await client.call('secret.import', {
      secrets: batch.map(({ name, value }) => ({
        name,
        secret: { kind: 'value' as const, value: value.unsafeReveal() },
      })),
      replace: true,
    });
  }
  for (const entry of entries) {
    if (entry.kind !== 'resource') continue;
    const { name, environment, value } = entry;
    const url = value.unsafeReveal();
    const resource = { name, kind: 'postgres' as const, environment, url, replace: true };
    await client.call('resource.add', resource).catch((error: unknown) => {
      throw toRefusal(name, error);
    });
  }
}

/** The daemon names what it does not take, and not whose it is. */
function toRefusal(name: string, error: unknown): unknown {
  if (!(error instanceof ControlError) || error.code !== 'RESOURCE_INVALID') return error;
  return new ProjectError(
    `the database \`${name}\` cannot be put behind the guard: ${error.message}; no file was changed`,
    'agentguard init --skip NAME leaves its variable as it is',
  );
}

function* toBatches<Entry extends PlannedEntry>(entries: readonly Entry[]): Generator<Entry[]> {
  let batch: Entry[] = [];
  let size = 0;
  for (const entry of entries) {
    const length = entry.value.unsafeReveal().length;
    const full = batch.length === MAX_IMPORTED_SECRETS || size + length > MAX_BATCH_CHARACTERS;
    if (batch.length > 0 && full) {
      yield batch;
      batch = [];
      size = 0;
    }
    batch.push(entry);
    size += length;
  }
  if (batch.length > 0) yield batch;
}

async function removeEntry(
  client: ControlClient,
  kind: EntryRef['kind'],
  name: string,
): Promise<void> {
  if (kind === 'resource') await client.call('resource.remove', { name });
  else await client.call('secret.remove', { name, force: true });
}

async function reveal(
  client: ControlClient,
  request: {
    readonly entries: readonly EntryRef[];
    readonly purpose: RevealPurpose;
    readonly workspace: string;
  },
): Promise<Revealed> {
  const { entries, purpose, workspace } = request;
  const revealed = new Map<string, SecretText>();
  for (let at = 0; at < entries.length; at += MAX_REVEALED) {
    const batch = entries.slice(at, at + MAX_REVEALED);
    const namesOf = (kind: EntryRef['kind']): string[] =>
      batch.filter((entry) => entry.kind === kind).map(({ name }) => name);
    const { secrets, resources } = await client.call('secret.reveal', {
      secrets: namesOf('secret'),
      resources: namesOf('resource'),
      purpose,
      workspace,
    });
    for (const { name, value } of secrets) revealed.set(...toPair('secret', name, value));
    for (const { name, url } of resources) revealed.set(...toPair('resource', name, url));
  }
  return revealed;
}

function toPair(kind: EntryRef['kind'], name: string, value: string): [string, SecretText] {
  return [toKey({ kind, name }), new SecretText(value)];
}
