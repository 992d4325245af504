/** From one back end to another: nothing is removed before everything was read back from where it went. */

import { timingSafeEqual } from 'node:crypto';
import { SecretError } from '../errors.ts';
import type { SecretStore, SecretWithEntry } from './secret-store.ts';
import type { SecretValue } from './secret-value.ts';

/** What became of a move. */
export interface MoveReport {
  readonly moved: number;
  /** Secrets that could not be removed from where they were; they are in both places. */
  readonly left: number;
}

/**
 * Copies every secret, verifies the copies, calls `commit`, then removes the originals.
 * A crash before `commit` leaves copies that the next move writes over; one after it leaves originals.
 * @throws SecretError when a secret cannot be read, written or read back; the source then stays as it is
 */
export async function moveSecrets(
  source: SecretStore,
  target: SecretStore,
  commit: () => void,
): Promise<MoveReport> {
  const secrets = await readAll(source);
  await target.set(secrets);
  for (const { name, value } of secrets) {
    if (!isSame(await target.get(name), value)) throw notThere(name);
  }
  commit();
  let left = 0;
  for (const { name } of secrets) {
    // What cannot be removed is counted and said; it is no reason to undo a move that is done.
    await source.remove(name).catch(() => (left += 1));
  }
  await source.retire().catch(() => {
    // An empty file that stays costs nothing: the choice is remembered.
  });
  return { moved: secrets.length, left };
}

async function readAll(source: SecretStore): Promise<readonly SecretWithEntry[]> {
  const secrets: SecretWithEntry[] = [];
  for (const entry of await source.list()) {
    const value = await source.get(entry.name);
    if (value === null) throw notThere(entry.name);
    secrets.push({ ...entry, value });
  }
  return secrets;
}

function isSame(copy: SecretValue | null, original: SecretValue): boolean {
  if (copy === null) return false;
  const [left, right] = [copy, original].map((value) => Buffer.from(value.unsafeReveal(), 'utf8'));
  if (left === undefined || right?.length !== left.length) return false;
  return timingSafeEqual(left, right);
}

function notThere(name: string): SecretError {
  return new SecretError(
    'SECRET_STORE_FAILED',
    `the secret \`${name}\` could not be read back; nothing was moved`,
    { audience: 'user', help: 'agentguard secret list' },
  );
}
