/**
 * Seals the original of a file under a key that only the vault has, so that what undo needs lies nowhere in the clear.
 * AES-256-GCM (NIST SP 800-38D): nonce, tag, sealed bytes. The file's own path is authenticated with it.
 */

import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { ProjectError } from './project-error.ts';
import type { SecretText } from './secret-text.ts';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;

/** The key of a project. */
export interface ProjectKey {
  /** Seals bytes of the file at a path. */
  seal(path: string, bytes: Buffer): Buffer;
  /** @throws ProjectError when the key or the bytes are not the ones that were sealed */
  open(path: string, sealed: Buffer): Buffer;
  /** Tells equal values from different ones, and nothing else about them. */
  fingerprint(value: SecretText): string;
}

/** Takes a key as the daemon hands it out. */
export function toProjectKey(base64: string): ProjectKey {
  const key = Buffer.from(base64, 'base64');
  if (key.length !== KEY_BYTES) throw unopened();
  // One key, one use: what seals does not fingerprint.
  const sealing = createHmac('sha256', key).update('seal').digest();
  const marking = createHmac('sha256', key).update('fingerprint').digest();
  return {
    seal: (path, bytes) => seal(sealing, path, bytes),
    open: (path, sealed) => open(sealing, path, sealed),
    fingerprint: (value) =>
      createHmac('sha256', marking).update(value.unsafeReveal(), 'utf8').digest('hex'),
  };
}

function seal(key: Buffer, path: string, bytes: Buffer): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(path, 'utf8'));
  const sealed = Buffer.concat([cipher.update(bytes), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
}

function open(key: Buffer, path: string, sealed: Buffer): Buffer {
  try {
    const nonce = sealed.subarray(0, NONCE_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(path, 'utf8'));
    decipher.setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    const bytes = decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES));
    return Buffer.concat([bytes, decipher.final()]);
  } catch {
    throw unopened();
  }
}

function unopened(): ProjectError {
  return new ProjectError(
    'the sealed original of a file cannot be opened: another key, or the file was changed',
    'nothing was touched; the values themselves are in the vault: agentguard secret list',
  );
}
