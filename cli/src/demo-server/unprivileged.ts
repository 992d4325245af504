/**
 * Whom a throw-away PostgreSQL server runs as. PostgreSQL refuses to run as root, and neither demo nor tests
 * may create users on somebody's machine: root drops to a user that is already there.
 */

import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';

/** The numbers to start a server with; empty when this process is not root. */
export type RunAs = { readonly uid: number; readonly gid: number } | Record<string, never>;

/** In order of preference: the user made for it, then the one every Unix has. */
const USERS = ['postgres', 'nobody'];

/** Finds whom to run a server as. Throws when this is root and no such user exists. */
export function unprivileged(): RunAs {
  if (process.platform === 'win32' || userInfo().uid !== 0) return {};
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const name of USERS) {
    const fields = lines.map((line) => line.split(':')).find(([user]) => user === name);
    const uid = Number(fields?.[2]);
    const gid = Number(fields?.[3]);
    if (uid > 0 && gid > 0) return { uid, gid };
  }
  throw new Error(`PostgreSQL refuses to run as root and none of ${USERS.join(', ')} exists`);
}
