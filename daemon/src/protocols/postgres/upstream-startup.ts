/**
 * What our own startup message asks a real server for. Nothing that a session or a connection text says
 * wins over the settings that our reading of statements depends on.
 */

import { UpstreamError } from '../../errors.ts';
import type { UpstreamTarget } from './upstream-target.ts';

/** What a session asks for beside what the target says. */
export interface SessionStartup {
  /** Settings by lower-case name. Those of the protocol itself (`user`, `options`, ...) cannot be among them. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Default: the target's database. */
  readonly database?: string;
}

/**
 * Settings without which the parser and the server would read a statement differently. They are asked
 * for last, so that nothing in the connection text wins over them, and checked when the server is ready.
 */
export const PINNED: ReadonlyMap<string, string> = new Map([
  ['client_encoding', 'UTF8'],
  ['standard_conforming_strings', 'on'],
]);

/** What belongs to the protocol and to the target alone. */
const RESERVED: readonly string[] = [
  'user',
  'database',
  'options',
  'replication',
  ...PINNED.keys(),
];

/**
 * Connection text, then the session's own, then what is pinned: the server applies them in this order,
 * so the last ones win whatever `options` says.
 * @throws UpstreamError when a session asks for what is not its to ask
 */
export function startupParameters(
  target: UpstreamTarget,
  startup: SessionStartup,
): readonly (readonly [string, string])[] {
  for (const name of startup.parameters.keys()) {
    if (RESERVED.includes(name.toLowerCase()) || name.startsWith('_pq_.')) {
      throw new UpstreamError('UPSTREAM_PROTOCOL', `the startup parameter \`${name}\` is reserved`);
    }
  }
  return [
    ['user', target.user],
    ['database', startup.database ?? target.database],
    ...(target.options === null ? [] : [['options', target.options] as const]),
    ...(target.applicationName === null || startup.parameters.has('application_name')
      ? []
      : [['application_name', target.applicationName] as const]),
    ...startup.parameters,
    ...PINNED,
  ];
}
