/** From a passphrase to the key of a vault file, by scrypt (RFC 7914) with parameters that are kept beside it. */

import { randomBytes, scrypt } from 'node:crypto';
import { SecretError } from '../errors.ts';
import { SecretValue } from './secret-value.ts';
import { KEY_BYTES, seal, unseal } from './vault-file.ts';
import type { Derivation } from './vault-file.ts';

/** The first choice of OWASP's Password Storage Cheat Sheet: 128 MiB, about 0.4 s. */
const COST = { logN: 17, r: 8, p: 1 } as const;

/** NIST SP 800-132 asks for at least 16. */
const SALT_BYTES = 16;

/** Shorter ones fall to a guess in an afternoon, whatever the cost. */
const MIN_PASSPHRASE_LENGTH = 12;

/** Sealed under the name, which no secret can have. */
const PROOF_NAME = 'vault:proof';
const PROOF = new SecretValue('agentguard vault');

/** A key with what it takes to derive it again. */
export interface DerivedKey {
  readonly key: Buffer;
  readonly derivation: Derivation;
}

/**
 * Makes a new key from a passphrase.
 * @throws SecretError when the passphrase is too short
 */
export async function makeDerivedKey(passphrase: SecretValue): Promise<DerivedKey> {
  if (passphrase.unsafeReveal().length < MIN_PASSPHRASE_LENGTH) {
    throw new SecretError('INPUT_INVALID', 'the passphrase is too short', {
      audience: 'user',
      help: `use at least ${MIN_PASSPHRASE_LENGTH} characters, such as five random words`,
    });
  }
  const parameters = { ...COST, salt: randomBytes(SALT_BYTES).toString('base64') };
  const key = await derive(passphrase, parameters);
  const proof = seal(PROOF, key, { name: PROOF_NAME, kind: 'value', setAt: null });
  return { key, derivation: { name: 'scrypt', ...parameters, proof } };
}

/**
 * Derives the key of an existing vault.
 * @throws SecretError when the passphrase is not the right one
 */
export async function deriveKey(passphrase: SecretValue, derivation: Derivation): Promise<Buffer> {
  const key = await derive(passphrase, derivation);
  try {
    unseal(derivation.proof, key, PROOF_NAME);
  } catch {
    throw new SecretError('SECRET_STORE_UNAVAILABLE', 'the passphrase of the vault is wrong', {
      audience: 'user',
      help: 'agentguard daemon start --passphrase',
    });
  }
  return key;
}

type Parameters = Pick<Derivation, 'logN' | 'r' | 'p' | 'salt'>;

function derive(passphrase: SecretValue, { logN, r, p, salt }: Parameters): Promise<Buffer> {
  const N = 2 ** logN;
  // Twice what the algorithm needs (128 * N * r): Node counts a little on top.
  const options = { N, r, p, maxmem: 256 * N * r };
  // SECURITY(P-03): normalised, so that one passphrase typed on two keyboards is one; revealed to scrypt only.
  const text = passphrase.unsafeReveal().normalize('NFKC');
  return new Promise((resolve, reject) => {
    scrypt(text, Buffer.from(salt, 'base64'), KEY_BYTES, options, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}
