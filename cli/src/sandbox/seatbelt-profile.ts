/**
 * A profile as text for sandbox-exec of macOS. UNPROVED: written from the profiles that Apple and others publish, and
 * never run; its tests look at the text alone. The last rule that fits a path wins, so the order is that of the depth.
 * There is no network of its own and no folder in the place of another: ports are named, and caches stay closed.
 */

import type { Forward } from './forwards.ts';
import type { ForbiddenPath, PathRule, Profile } from './profile.ts';

/** Services by which keys, the clipboard, other programs and the desktop are reached. */
const CLOSED_SERVICES = [
  'com.apple.SecurityServer',
  'com.apple.securityd',
  'com.apple.securityd.xpc',
  'com.apple.secd',
  'com.apple.pasteboard.1',
  'com.apple.coreservices.appleevents',
  'com.apple.coreservices.launchservicesd',
  'com.apple.tccd',
  'com.apple.windowserver.active',
];

/** What every program writes to. */
const DEVICES = ['/dev/null', '/dev/tty', '/dev/zero', '/dev/ptmx', '/dev/dtracehelper'];

/** Makes the text. */
export function toSeatbeltProfile(profile: Profile, forwards: readonly Forward[]): string {
  return [
    '(version 1)',
    '(allow default)',
    '(deny network*)',
    // SECURITY(P-50): the ports of the guard, and none beside them.
    ...forwards.map(({ port }) => `(allow network-outbound (remote ip "localhost:${port}"))`),
    '(allow network-bind (local ip "localhost:*"))',
    `(deny mach-lookup ${CLOSED_SERVICES.map((name) => `(global-name ${quote(name)})`).join(' ')})`,
    '(deny signal (target others))',
    '(deny process-info* (target others))',
    '(deny file-write*)',
    `(allow file-write* ${DEVICES.map((path) => `(literal ${quote(path)})`).join(' ')} (regex #"^/dev/ttys[0-9]+$"))`,
    ...profile.rules.flatMap(toLines),
    ...profile.forbidden.flatMap(closeForbidden),
    '',
  ].join('\n');
}

function toLines(rule: PathRule): readonly string[] {
  const within = `(subpath ${quote(rule.path)})`;
  switch (rule.access) {
    case 'hidden':
      return [`(deny file-read* file-write* ${within})`];
    case 'read-only':
    case 'replaced':
      return [`(allow file-read* ${within})`, `(deny file-write* ${within})`];
    case 'writable':
    case 'private':
      return [`(allow file-read* file-write* ${within})`];
    case 'carved':
      return [`(deny file-write* ${within})`];
    case 'laid':
      // Nothing can be put there, and what is not there needs no rule.
      return [];
    case 'copied':
      // A copy cannot stand in its place, and the original may hold a token.
      return [`(deny file-read-data file-write* ${within})`];
  }
}

/** A path can be closed by its name here, whether or not something is there. */
function closeForbidden({ path, mayBeRepository }: ForbiddenPath): readonly string[] {
  const closed = mayBeRepository ? [`${path}/config`, `${path}/hooks`] : [path];
  return closed.map((one) => `(deny file-write* (subpath ${quote(one)}))`);
}

/** A string of the profile's language: a backslash keeps quotes and itself. */
function quote(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
