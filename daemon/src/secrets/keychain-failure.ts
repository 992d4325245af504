/** What a keychain that does not work says to a person: what is wrong, and the two ways on. */

import { KeychainAbsentError, SecretError } from '../errors.ts';
import type { KeychainFailure } from '../platform/keychain-words.ts';

const TWO_WAYS =
  'and try again; or keep the vault in a file instead: agentguard secret backend file';

/** The error for a failed call. */
export function toKeychainError(failure: KeychainFailure): SecretError {
  const [message, help] = describe(failure);
  const Failure = failure === 'absent' ? KeychainAbsentError : SecretError;
  return new Failure('SECRET_STORE_UNAVAILABLE', message, { audience: 'user', help });
}

function describe(failure: KeychainFailure): readonly [string, string] {
  switch (failure) {
    case 'absent':
      return [
        'there is no keychain that answers',
        `${START[process.platform] ?? 'start it'} ${TWO_WAYS}`,
      ];
    case 'no collection':
      return ['the keychain has no collection to keep secrets in', `unlock it once ${TWO_WAYS}`];
    case 'locked':
      return ['the keychain is locked, or its prompt was dismissed', `unlock it ${TWO_WAYS}`];
    case 'timeout':
      return [
        'the keychain does not answer; it may wait for you to unlock it',
        `unlock it ${TWO_WAYS}`,
      ];
    case 'too long':
      return [
        'the keychain does not take a secret of this length',
        'keep it in a password manager and set a reference: agentguard secret set NAME --from REFERENCE',
      ];
    case 'ended':
    case 'failed':
      return ['the keychain failed', `look whether it works for other programs ${TWO_WAYS}`];
  }
}

/** What people call it, where there is more than one. */
const START: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  linux: 'start a Secret Service (gnome-keyring, KWallet, KeePassXC) in this session',
};
