/**
 * Event triggers: functions that run because a schema changes.
 */

import { through } from '../scope.ts';
import type { Scope } from '../scope.ts';

/**
 * Follows every event trigger that a command sets off, whichever of its events it waits for.
 * @param command the command tag
 */
export function fireEventTriggers(command: string, scope: Scope): void {
  if (scope.planOnly) return;
  for (const trigger of scope.index.eventTriggers) {
    if (trigger.tags.length > 0 && !trigger.tags.includes(command)) continue;
    scope.reader.triggerFunction(trigger.function, through(scope, `event trigger ${trigger.name}`));
  }
}
