/** Everything a project says about its scans, read from its root. Loads only what is there to be read. */

import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { ensureOwnerFolder, readOwnerFile, resolvePaths } from '@agentguard/daemon/control';
import type { ScanSettings } from '@agentguard/rules';
import { replaceFile } from '../project/replace-file.ts';
import { makeAllowList } from './allow-list.ts';
import type { AllowList } from './allow-list.ts';
import { readBaseline } from './baseline.ts';
import type { ReadRoot } from './read-root.ts';

/** The reviewed file. */
export const SETTINGS_FILE = 'agentguard.yaml';

/** What scans go by. */
export interface ScanPolicy {
  readonly allowList: AllowList;
  /** Keys fingerprints. */
  readonly key: Uint8Array;
  /** Kinds that only warn here. */
  readonly warned: ReadonlySet<string>;
}

/** @param baseline a file that was named on the command line */
export async function readScanPolicy(read: ReadRoot, baseline: string | null): Promise<ScanPolicy> {
  const settings = await readSettings(read);
  const baselineFile = baseline ?? settings.baseline ?? null;
  const allowList = makeAllowList({
    settings,
    baseline: baselineFile === null ? new Set() : readBaseline(read, baselineFile),
    gitleaks: await readGitleaks(read),
    today: new Date().toISOString().slice(0, 10),
  });
  const key = settings.fingerprint_key;
  return {
    allowList,
    key: key === undefined ? machineKey() : Buffer.from(key, 'hex'),
    warned: new Set(settings.kinds?.warn ?? []),
  };
}

/** Most files say nothing about scans; reading YAML takes longer than a scan of a commit. */
async function readSettings(read: ReadRoot): Promise<ScanSettings> {
  const text = read(SETTINGS_FILE);
  if (text === null || !/^scan\s*:/m.test(text)) return {};
  const { parseSettings } = await import('./parse-settings.ts');
  return parseSettings(text);
}

async function readGitleaks(read: ReadRoot): Promise<AllowListSource> {
  if (read('.gitleaksignore') === null && read('.gitleaks.toml') === null) return null;
  const { readGitleaksRules } = await import('./gitleaks-rules.ts');
  return readGitleaksRules(read);
}

type AllowListSource = Parameters<typeof makeAllowList>[0]['gitleaks'];

const KEY_BYTES = 32;
const KEY_FILE = 'scan-key';

/** Of this machine, for projects that have allowed nothing yet. Where none can be kept, one for this run. */
function machineKey(): Uint8Array {
  try {
    const { config } = resolvePaths();
    const path = join(config, KEY_FILE);
    const known = readOwnerFile(path, KEY_BYTES);
    if (known?.length === KEY_BYTES) return known;
    ensureOwnerFolder(config);
    const made = randomBytes(KEY_BYTES);
    replaceFile({ path, bytes: made, mode: 0o600, owner: null });
    return made;
  } catch {
    // A read-only home: fingerprints of this run can be compared with each other only.
    return randomBytes(KEY_BYTES);
  }
}
