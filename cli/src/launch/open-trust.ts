/** Puts the bundle of trusted certificates where a guarded command finds it, and takes it away when the command has ended. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CallResult } from '@agentguard/daemon/control';
import type { LaidOverFile } from '../sandbox/lay-over.ts';
import { makeTrustBundle } from './trust-bundle.ts';

/** Where a command finds it. */
export interface Trust {
  /** As the command sees it; null where none is needed. */
  readonly path: string | null;
  /** What a sandbox lays over a folder of the system. */
  readonly laid: readonly LaidOverFile[];
  close(): void;
}

/** A folder that no system has; in a sandbox it is there for one session. */
const INSIDE = '/etc/agentguard/trusted.pem';

/** Opens it. @param confined the command runs in a sandbox that lays files over */
export function openTrust(
  { authority }: Pick<CallResult<'session.create'>, 'authority'>,
  confined: boolean,
): Trust {
  if (authority === undefined) return { path: null, laid: [], close: () => undefined };
  const content = makeTrustBundle(authority, process.env);
  if (confined && process.platform === 'linux') {
    return { path: INSIDE, laid: [{ path: INSIDE, content }], close: () => undefined };
  }
  const folder = mkdtempSync(join(tmpdir(), 'agentguard-trust-'));
  const path = join(folder, 'trusted.pem');
  writeFileSync(path, content, { mode: 0o600 });
  const close = (): void => {
    rmSync(folder, { recursive: true, force: true });
  };
  return { path, laid: [], close };
}
