/** The key that signs the record: made once, kept in the vault. */

import { randomBytes } from 'node:crypto';
import type { NoteSigner } from '@agentguard/rules';
import { generateSigningKey, loadSigner } from '../audit/signing-key.ts';
import type { SecretStore } from '../secrets/secret-store.ts';

const SECRET_NAME = 'record:signing-key';

/** Tells the records of two machines apart in a checkpoint's first line. */
const NAME_BYTES = 4;

/**
 * The signer of this machine's record.
 * @throws SecretError when the vault cannot be read, AuditError when it holds something else
 */
export function loadRecordSigner(secrets: SecretStore): NoteSigner {
  const known = secrets.get(SECRET_NAME);
  if (known !== null) return loadSigner(known);
  const made = generateSigningKey(`agentguard/${randomBytes(NAME_BYTES).toString('hex')}`);
  secrets.set(SECRET_NAME, made.secret);
  return loadSigner(made.secret);
}
