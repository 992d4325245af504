/** Opens the vault where it was chosen to be, proves that it works, and remembers a choice that was made by itself. */

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { KeychainAbsentError, SecretError } from '../errors.ts';
import { KeychainProcess } from '../platform/keychain-process.ts';
import { readOwnerFile } from '../platform/owner-only.ts';
import type { Paths } from '../platform/paths.ts';
import { BACKEND_VARIABLE, chooseBackend, rememberBackend } from './backend-choice.ts';
import type { BackendChoice } from './backend-choice.ts';
import { FileSecretStore } from './file-store.ts';
import { KeychainSecretStore } from './keychain-store.ts';
import { resolveReference } from './resolve-reference.ts';
import type { Backend, SecretStore } from './secret-store.ts';
import { SecretValue } from './secret-value.ts';
import { Vault } from './vault.ts';

/** Names a file with the passphrase, for machines where nobody types it. */
export const PASSPHRASE_FILE_VARIABLE = 'AGENTGUARD_VAULT_PASSPHRASE_FILE';

const MAX_PASSPHRASE_BYTES = 4096;

/** What opening depends on. */
export interface OpenVaultOptions {
  readonly paths: Pick<Paths, 'config' | 'state' | 'home'>;
  readonly env: NodeJS.ProcessEnv;
  readonly now: () => number;
  /** Typed by a person, when one did. */
  readonly passphrase?: SecretValue | null;
  /** Longest wait for a keychain in milliseconds. Tests shorten it. */
  readonly keychainTimeoutMs?: number;
}

/** An open vault, and what it takes to move it. */
export interface OpenedVault {
  readonly vault: Vault;
  /** What chose the back end when the daemon started. */
  readonly chosenBy: BackendChoice['by'];
  /** A back end that is not in use. */
  makeStore(backend: Backend): SecretStore;
  /** From the next start on. @throws SecretError when it cannot be written */
  remember(backend: Backend): void;
}

/**
 * SECURITY(P-60): opens the vault where it was chosen to be.
 * @throws SecretError when it does not work; nothing else is tried
 */
export async function openVault(options: OpenVaultOptions): Promise<OpenedVault> {
  const { paths, env, now } = options;
  const choiceFile = join(paths.config, 'vault-backend.json');
  const choice = chooseBackend({
    variable: env[BACKEND_VARIABLE],
    choiceFile,
    vaultFile: vaultFile(paths),
  });
  const { store, by } = await openStore(choice, options);
  if (by === 'default') rememberBackend(choiceFile, choice.backend);
  const vault = new Vault({
    store,
    resolve: (reference, name) => resolveReference(reference, name, { env }),
    now,
  });
  return {
    vault,
    chosenBy: by,
    makeStore: (backend) => makeStore(backend, options),
    remember: (backend) => {
      rememberBackend(choiceFile, backend);
    },
  };
}

interface OpenedStore {
  readonly store: SecretStore;
  readonly by: BackendChoice['by'];
}

/**
 * Opens what was chosen. A home that is named by AGENTGUARD_HOME holds everything itself; where nobody has chosen and the
 * machine has no keychain at all, its vault is a file in it, which whoever starts the daemon is told. A keychain that is
 * there and does not open is an error everywhere.
 */
async function openStore(choice: BackendChoice, options: OpenVaultOptions): Promise<OpenedStore> {
  const store = makeStore(choice.backend, options);
  try {
    await prove(store);
    return { store, by: choice.by };
  } catch (error) {
    const ownHome = choice.by === 'default' && options.paths.home !== null;
    if (!ownHome || !(error instanceof KeychainAbsentError)) throw error;
  }
  const file = makeStore('file', options);
  await prove(file);
  return { store: file, by: 'no keychain' };
}

async function prove(store: SecretStore): Promise<void> {
  try {
    await store.check();
  } catch (error) {
    store.close();
    throw error;
  }
}

function makeStore(backend: Backend, options: OpenVaultOptions): SecretStore {
  const { paths, env, keychainTimeoutMs: timeoutMs } = options;
  switch (backend) {
    case 'keychain':
      return new KeychainSecretStore({
        keychain: new KeychainProcess({
          service: keychainService(paths.home),
          env,
          ...(timeoutMs === undefined ? {} : { timeoutMs }),
        }),
        index: join(paths.state, 'keychain-names.json'),
      });
    case 'file':
      return new FileSecretStore({
        vault: vaultFile(paths),
        key: join(paths.config, 'vault.key'),
        passphrase: options.passphrase ?? readPassphraseFile(env),
      });
  }
}

/** A home of its own has a namespace of its own, so that a test or a demo never touches the person's secrets. */
export function keychainService(home: string | null): string {
  if (home === null) return 'agentguard';
  return `agentguard ${createHash('sha256').update(home).digest('hex').slice(0, 16)}`;
}

function vaultFile({ state }: Pick<Paths, 'state'>): string {
  return join(state, 'vault.json');
}

function readPassphraseFile(env: NodeJS.ProcessEnv): SecretValue | null {
  const path = env[PASSPHRASE_FILE_VARIABLE];
  if (path === undefined || path === '') return null;
  const bytes = readOwnerFile(path, MAX_PASSPHRASE_BYTES);
  if (bytes !== null) return new SecretValue(bytes.toString('utf8').replace(/\r?\n$/, ''));
  throw new SecretError('SECRET_STORE_UNAVAILABLE', 'the file with the passphrase is not there', {
    audience: 'user',
    help: `look at ${PASSPHRASE_FILE_VARIABLE}`,
  });
}
