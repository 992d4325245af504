/** Writes allowed finds into the project's agentguard.yaml, with a reason: a file that people review. */

import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SESSION_MARKER } from '@agentguard/daemon/control';
import { parseDocument, YAMLMap, YAMLSeq } from 'yaml';
import { replaceFile } from '../project/replace-file.ts';
import type { Finding } from './finding.ts';
import { parseSettings } from './parse-settings.ts';
import { ScanError } from './scan-error.ts';
import { SETTINGS_FILE } from './scan-settings.ts';

const KEY_BYTES = 16;
const MODE = 0o644;

/** What is said of the finds. */
export interface AllowWords {
  readonly reason: string;
  /** As in 2027-01-31; null holds until it is taken out. */
  readonly expires: string | null;
}

/**
 * Gives the project a key for its fingerprints, when it has none: they have to be the same on every machine.
 * @returns whether there was none; fingerprints that were printed before are of another key then
 */
export function ensureFingerprintKey(root: string): boolean {
  const path = join(root, SETTINGS_FILE);
  const text = existsSync(path) ? readFileSync(path, 'utf8') : 'version: 1\n';
  if (parseSettings(text).fingerprint_key !== undefined) return false;
  const document = parseDocument(text);
  document.setIn(['scan', 'fingerprint_key'], randomBytes(KEY_BYTES).toString('hex'));
  replaceFile({ path, bytes: Buffer.from(document.toString()), mode: MODE, owner: null });
  return true;
}

/**
 * Adds the finds. SECURITY(P-77): never inside of a guarded session; what an agent writes there by itself is not read there.
 * @throws ScanError inside of a session
 */
export function allowFindings(
  root: string,
  findings: readonly Pick<Finding, 'fingerprint' | 'kind' | 'path'>[],
  { reason, expires }: AllowWords,
): void {
  refuseInSession();
  const path = join(root, SETTINGS_FILE);
  const document = parseDocument(readFileSync(path, 'utf8'));
  const list = document.getIn(['scan', 'allow']);
  const entries = list instanceof YAMLSeq ? list : new YAMLSeq();
  for (const { fingerprint, kind, path: file } of findings) {
    const entry = new YAMLMap();
    entry.set('fingerprint', fingerprint);
    entry.set('kind', kind);
    entry.set('path', file);
    entry.set('reason', reason);
    if (expires !== null) entry.set('expires', expires);
    entries.add(entry);
  }
  document.setIn(['scan', 'allow'], entries);
  const text = document.toString();
  parseSettings(text);
  replaceFile({ path, bytes: Buffer.from(text), mode: MODE, owner: null });
}

/** @throws ScanError inside of a guarded session */
export function refuseInSession(): void {
  if (process.env[SESSION_MARKER] === undefined) return;
  throw new ScanError(
    'inside of a guarded session no find is allowed or moved',
    'the person who started the session does that, in a terminal of their own',
  );
}
