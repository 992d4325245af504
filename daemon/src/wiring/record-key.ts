/** The key that signs the record: made once, kept in the vault. */

import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import type { NoteSigner } from '@agentguard/rules';
import { toRecordPaths } from '../audit/record-folder.ts';
import { generateSigningKey, loadSigner } from '../audit/signing-key.ts';
import { SecretError } from '../errors.ts';
import { RECORD_KEY_SECRET } from '../secrets/secret-name.ts';
import type { Vault } from '../secrets/vault.ts';

/** Tells the records of two machines apart in a checkpoint's first line. */
const NAME_BYTES = 4;

/**
 * The signer of this machine's record.
 * @param vault where the key is kept
 * @param folder of the record: no new key is made for one that another key signed
 * @throws SecretError when the vault cannot be read or lost the key, AuditError when it holds something else
 */
export async function loadRecordSigner(vault: Vault, folder: string): Promise<NoteSigner> {
  const known = await vault.read(RECORD_KEY_SECRET);
  if (known !== null) return loadSigner(known);
  if (isSigned(folder)) throw lostKey(vault);
  const made = generateSigningKey(`agentguard/${randomBytes(NAME_BYTES).toString('hex')}`);
  await vault.setValue(RECORD_KEY_SECRET, made.secret);
  return loadSigner(made.secret);
}

function isSigned(folder: string): boolean {
  return (statSync(toRecordPaths(folder).checkpoints, { throwIfNoEntry: false })?.size ?? 0) > 0;
}

/** Another vault than the one that was used so far, most of the time: AGENTGUARD_SECRET_STORE set or forgotten. */
function lostKey({ backend }: Vault): SecretError {
  return new SecretError(
    'SECRET_NOT_FOUND',
    `the vault (${backend}) does not hold the key that signed the record`,
    {
      audience: 'user',
      help: 'use the vault that this machine used so far; for a new record move the folder `record` aside',
    },
  );
}
