/**
 * Who is asking, told to the real server as settings of the session, so that row policies and triggers of the database
 * can go by it: `current_setting('agentguard.person')`. They are part of our own startup message: what a client sets is on an
 * allow list without them, and RESET and DISCARD bring back what the session began with.
 */

import type { TokenClaims } from '@agentguard/rules';
import type { ConnectionFacts } from '../enforcement/enforcement.ts';

/** Every setting of ours begins with it; nothing that a client sends can. */
export const IDENTITY_PREFIX = 'agentguard.';

/** Longest value of a setting; PostgreSQL takes more, and names of people are shorter. */
const MAX_VALUE_CHARACTERS = 200;

/** The settings of one connection, and a name for the server's own lists where the client gives none. */
export function serverIdentity(
  { principal }: Pick<ConnectionFacts, 'principal'>,
  claims: TokenClaims | null,
): ReadonlyMap<string, string> {
  const { agent, session } = principal;
  const values = Object.entries(claims?.values ?? {});
  const tenant = claims?.values['tenant_id'];
  const settings: (readonly [string, string])[] = [
    // What the token carries cannot stand in the place of who it belongs to.
    ...values,
    ...(tenant === undefined ? [] : [['tenant', tenant] as const]),
    ['person', claims?.onBehalfOf ?? principal.person],
    ['agent', agent],
    ['session', session],
    ['role', claims?.role ?? ''],
  ];
  return new Map([
    ['application_name', toValue(`agentguard ${agent}`)],
    ...settings.map(([name, value]) => [`${IDENTITY_PREFIX}${name}`, toValue(value)] as const),
  ]);
}

/** What a startup message can carry. */
function toValue(text: string): string {
  return text.replaceAll('\0', '').slice(0, MAX_VALUE_CHARACTERS);
}
