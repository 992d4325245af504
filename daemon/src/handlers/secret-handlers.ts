/** The vault over the control socket. Values come in and never go out; every change is on the record by its name. */

import type { CallParams, CallResult } from '../control/contract/methods.ts';
import type { CallContext } from '../control/server/actor.ts';
import type { CallHandlers } from '../control/server/handlers.ts';
import { SecretError } from '../errors.ts';
import type { GuardedDatabases } from '../resources/guarded-databases.ts';
import type { ResourceStore } from '../resources/resource-store.ts';
import { FileSecretStore } from '../secrets/file-store.ts';
import type { OpenedVault } from '../secrets/open-vault.ts';
import { isInternal } from '../secrets/secret-name.ts';
import type { SecretStore } from '../secrets/secret-store.ts';
import { SecretValue } from '../secrets/secret-value.ts';
import type { NewSecret } from '../secrets/vault.ts';
import { personOf } from './person.ts';
import type { RecordEvent } from './record-event.ts';

interface SecretParts {
  readonly opened: OpenedVault;
  readonly resources: ResourceStore;
  readonly databases: Pick<GuardedDatabases, 'forget'>;
  readonly recordEvent: RecordEvent;
}

type SecretCalls = Pick<
  CallHandlers,
  | 'secret.set'
  | 'secret.list'
  | 'secret.remove'
  | 'secret.import'
  | 'secret.status'
  | 'secret.backend'
>;

/** Handlers of the calls. */
export function makeSecretCalls(parts: SecretParts): SecretCalls {
  return {
    'secret.set': (params, context) => setSecret(parts, params, context),
    'secret.list': () => listSecrets(parts),
    'secret.remove': (params, context) => removeSecret(parts, params, context),
    'secret.import': (params, context) => importSecrets(parts, params, context),
    'secret.status': () => describeVault(parts),
    'secret.backend': (params, context) => changeBackend(parts, params, context),
  };
}

async function setSecret(
  parts: SecretParts,
  { name, secret }: CallParams<'secret.set'>,
  context: CallContext,
): Promise<CallResult<'secret.set'>> {
  const { vault } = parts.opened;
  const by = personOf(context);
  const details = { secret: name, kind: secret.kind, by };
  const replaced = await recorded(parts, 'secret set', details, () =>
    vault.set(new Map([[name, toNewSecret(secret)]]), { replace: true }),
  );
  await forgetUsers(parts, [name]);
  return { name, backend: vault.backend, replaced: replaced.has(name) };
}

async function listSecrets({
  opened: { vault },
  resources,
}: SecretParts): Promise<CallResult<'secret.list'>> {
  const entries = await vault.list();
  return {
    backend: vault.backend,
    secrets: entries
      .filter(({ name }) => !isInternal(name))
      .map((entry) => ({ ...entry, usedBy: [...resources.usersOf(entry.name)] })),
  };
}

async function removeSecret(
  parts: SecretParts,
  { name, force }: CallParams<'secret.remove'>,
  context: CallContext,
): Promise<CallResult<'secret.remove'>> {
  const by = personOf(context);
  const usedBy = [...parts.resources.usersOf(name)];
  if (usedBy.length > 0 && !force) throw inUse(name, usedBy);
  const removed = await recorded(parts, 'secret removed', { secret: name, by }, () =>
    parts.opened.vault.remove(name),
  );
  await forgetUsers(parts, [name]);
  return { removed, usedBy };
}

async function importSecrets(
  parts: SecretParts,
  { secrets, replace }: CallParams<'secret.import'>,
  context: CallContext,
): Promise<CallResult<'secret.import'>> {
  const { vault } = parts.opened;
  const names = secrets.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw namedTwice(twice);
  const by = personOf(context);
  const all = secrets.map(({ name, secret }) => [name, toNewSecret(secret)] as const);
  const details = { secrets: names.join(' '), count: names.length, by };
  const known = await recorded(parts, 'secrets imported', details, () =>
    vault.set(new Map(all), { replace }),
  );
  await forgetUsers(parts, names);
  return {
    backend: vault.backend,
    added: names.filter((name) => !known.has(name)),
    replaced: names.filter((name) => known.has(name)),
  };
}

async function describeVault({ opened }: SecretParts): Promise<CallResult<'secret.status'>> {
  const { vault, chosenBy } = opened;
  const about = { backend: vault.backend, chosenBy };
  try {
    return await vault.withStore(async (store) => {
      await store.check();
      const passphrase = store instanceof FileSecretStore ? store.hasPassphrase() : null;
      const { length: secrets } = await store.list();
      return { ...about, state: 'ok', problem: null, help: null, passphrase, secrets };
    });
  } catch (error) {
    if (!(error instanceof SecretError)) throw error;
    const { message: problem, help = null } = error;
    return { ...about, state: 'failed', problem, help, passphrase: null, secrets: null };
  }
}

async function changeBackend(
  parts: SecretParts,
  params: CallParams<'secret.backend'>,
  context: CallContext,
): Promise<CallResult<'secret.backend'>> {
  const { backend, passphrase } = params;
  if (backend === 'keychain' && passphrase !== undefined) throw keychainPassphrase();
  const details = { from: parts.opened.vault.backend, to: backend, by: personOf(context) };
  return recorded(parts, 'vault moved', details, () => moveVault(parts.opened, params));
}

async function moveVault(
  opened: OpenedVault,
  { backend, passphrase }: CallParams<'secret.backend'>,
): Promise<CallResult<'secret.backend'>> {
  const { vault } = opened;
  const secret = typeof passphrase === 'string' ? new SecretValue(passphrase) : passphrase;
  if (backend === vault.backend) {
    await vault.withStore((store) => changeKey(store, secret));
    opened.remember(backend);
    return { backend, moved: 0, left: 0 };
  }
  const target = opened.makeStore(backend);
  await target.check();
  await changeKey(target, secret);
  const { moved, left } = await vault.moveTo(target, () => {
    opened.remember(backend);
  });
  return { backend, moved, left };
}

/** @param passphrase null for a key file; not given leaves the file opened by what it is */
async function changeKey(
  store: SecretStore,
  passphrase: SecretValue | null | undefined,
): Promise<void> {
  if (store instanceof FileSecretStore && passphrase !== undefined) {
    await store.changeKey(passphrase);
  }
}

/** On the record before it is done, so that nothing is changed unseen; and again when it could not be done. */
async function recorded<Result>(
  { recordEvent }: SecretParts,
  name: string,
  details: Parameters<RecordEvent>[1],
  work: () => Promise<Result>,
): Promise<Result> {
  await recordEvent(name, details);
  try {
    return await work();
  } catch (error) {
    const code = error instanceof SecretError ? error.code : 'unknown';
    await recordEvent(`${name}: failed`, { ...details, code });
    throw error;
  }
}

/** Connections that follow use the new value; the catalog's own connection is opened again with it. */
async function forgetUsers(
  { resources, databases }: SecretParts,
  secrets: readonly string[],
): Promise<void> {
  for (const secret of secrets) {
    for (const resource of resources.usersOf(secret)) await databases.forget(resource);
  }
}

function toNewSecret(secret: CallParams<'secret.set'>['secret']): NewSecret {
  return secret.kind === 'value'
    ? { kind: 'value', value: new SecretValue(secret.value) }
    : { kind: 'reference', reference: secret.reference };
}

function inUse(name: string, usedBy: readonly string[]): SecretError {
  const message = `\`${name}\` is the URL of ${usedBy.join(', ')}`;
  return new SecretError('SECRET_IN_USE', message, {
    audience: 'user',
    help: `agentguard resource remove ${usedBy[0] ?? ''}, or --force to cut it off`,
  });
}

function namedTwice(name: string): SecretError {
  return new SecretError('INPUT_INVALID', `\`${name}\` stands in it twice; nothing was imported`, {
    audience: 'user',
    help: 'keep the one that counts',
  });
}

function keychainPassphrase(): SecretError {
  return new SecretError('INPUT_INVALID', 'a keychain has a lock of its own and no passphrase', {
    audience: 'user',
    help: 'agentguard secret backend keychain',
  });
}
