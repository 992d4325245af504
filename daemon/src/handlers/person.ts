/** Who answers or changes something, in the word that goes on the record. */

import type { CallContext } from '../control/server/actor.ts';
import { ControlError } from '../errors.ts';

/**
 * The person behind a call.
 * @throws ControlError `CONTROL_FORBIDDEN` for a session's token, as a second lock behind the rights of the method table
 */
export function personOf({ actor }: CallContext): string {
  if (actor.kind === 'person') return actor.person;
  throw new ControlError('CONTROL_FORBIDDEN', 'a session cannot do this', { audience: 'user' });
}
