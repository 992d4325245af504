/**
 * Saved rows in files of their own, one for each decision, encrypted with a key that only the vault holds (AES-256-GCM).
 * SECURITY(P-82): the decision is part of what is authenticated, so that no file passes for another.
 */

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ResourceError, SecretError } from '../errors.ts';
import { writeFileAtomic } from '../platform/atomic-file.ts';
import { ensureOwnerFolder } from '../platform/owner-only.ts';
import { ROWS_KEY_SECRET } from '../secrets/secret-name.ts';
import { SecretValue } from '../secrets/secret-value.ts';
import type { Vault } from '../secrets/vault.ts';
import { KEPT_FOR_MS, MAX_KEPT_BYTES } from './limits.ts';
import { savedRowsSchema } from './saved-rows.ts';
import type { SavedRows } from './saved-rows.ts';

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
/** NIST SP 800-38D, 8.2.2: 96 random bits. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const SUFFIX = '.rows';
const DECISION = /^dec-[0-9a-f]{20}$/;

/** What is kept, by decision. */
export interface KeptRows {
  readonly decision: string;
  /** Milliseconds since the epoch. */
  readonly savedAt: number;
  readonly bytes: number;
}

/** The folder of saved rows. */
export class UndoStore {
  readonly #folder: string;
  readonly #vault: Vault;
  readonly #now: () => number;

  constructor(folder: string, vault: Vault, now: () => number) {
    ensureOwnerFolder(folder);
    this.#folder = folder;
    this.#vault = vault;
    this.#now = now;
  }

  /** Saves, synced to disk. @throws SecretError, or the file system's own error */
  async save(rows: SavedRows): Promise<void> {
    const key = await this.#key('make');
    this.#prune();
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, key, nonce);
    cipher.setAAD(Buffer.from(rows.decision));
    const sealed = [nonce, cipher.update(JSON.stringify(rows), 'utf8'), cipher.final()];
    writeFileAtomic(this.#path(rows.decision), Buffer.concat([...sealed, cipher.getAuthTag()]));
  }

  /**
   * What was saved of a decision.
   * @throws ResourceError `RESOURCE_NOT_FOUND` when nothing is, SecretError when the key is lost or the file was changed
   */
  async read(decision: string): Promise<SavedRows> {
    const bytes = this.#readFile(decision);
    const key = await this.#key('read');
    const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES));
    decipher.setAAD(Buffer.from(decision));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    try {
      const text = Buffer.concat([
        decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)),
        decipher.final(),
      ]).toString('utf8');
      return savedRowsSchema.parse(JSON.parse(text));
    } catch {
      // What is in it may be rows, so nothing of the failure is passed on.
      throw new SecretError(
        'SECRET_STORE_FAILED',
        `the saved rows of \`${decision}\` were changed or their key was`,
        {
          audience: 'user',
        },
      );
    }
  }

  /** Forgets what was saved of a decision. */
  forget(decision: string): void {
    rmSync(this.#path(decision), { force: true });
  }

  /** What is kept, newest first. */
  list(): readonly KeptRows[] {
    this.#prune();
    return this.#all().reverse();
  }

  #readFile(decision: string): Buffer {
    try {
      return readFileSync(this.#path(decision));
    } catch {
      throw new ResourceError('RESOURCE_NOT_FOUND', `no rows are saved of \`${decision}\``, {
        audience: 'user',
        help: 'agentguard undo',
      });
    }
  }

  async #key(how: 'make' | 'read'): Promise<Buffer> {
    const known = await this.#vault.read(ROWS_KEY_SECRET);
    if (known !== null) return Buffer.from(known.unsafeReveal(), 'base64');
    if (how === 'read') {
      throw new SecretError(
        'SECRET_NOT_FOUND',
        'the vault does not hold the key of the saved rows',
        {
          audience: 'user',
        },
      );
    }
    const made = randomBytes(KEY_BYTES);
    await this.#vault.setValue(ROWS_KEY_SECRET, new SecretValue(made.toString('base64')));
    return made;
  }

  #prune(): void {
    const all = this.#all();
    let bytes = all.reduce((sum, one) => sum + one.bytes, 0);
    for (const one of all) {
      const expired = this.#now() - one.savedAt > KEPT_FOR_MS;
      if (!expired && bytes <= MAX_KEPT_BYTES) continue;
      this.forget(one.decision);
      bytes -= one.bytes;
    }
  }

  /** Oldest first. */
  #all(): KeptRows[] {
    return readdirSync(this.#folder)
      .filter((name) => name.endsWith(SUFFIX))
      .map((name) => {
        const { mtimeMs, size } = statSync(join(this.#folder, name));
        return { decision: name.slice(0, -SUFFIX.length), savedAt: mtimeMs, bytes: size };
      })
      .sort((one, other) => one.savedAt - other.savedAt);
  }

  #path(decision: string): string {
    // An identifier of ours and nothing else: it becomes a file name.
    if (!DECISION.test(decision)) {
      throw new ResourceError('RESOURCE_NOT_FOUND', `\`${decision}\` is not a decision's id`, {
        audience: 'user',
      });
    }
    return join(this.#folder, `${decision}${SUFFIX}`);
  }
}
