/**
 * A setting that changes somewhere in what is read, however it is written: SET, set_config(), UPDATE pg_settings,
 * the SET clause of a function.
 */

import { emit } from '../scope.ts';
import type { Scope } from '../scope.ts';
import { mayReset, maySet } from '../settings.ts';

/**
 * Notes the change of a setting.
 * @param value the literal value, null when it is not a literal
 */
export function changeSetting(name: string, value: string | null, scope: Scope): void {
  const allowed = !isExtensionSetting(name, scope) && maySet(name, value);
  emit(scope, { kind: 'setting', name: name.toLowerCase(), value, allowed });
}

/** Notes that a setting goes back to what the session began with. */
export function resetSetting(name: string, scope: Scope): void {
  const allowed = !isExtensionSetting(name, scope) && mayReset(name);
  emit(scope, { kind: 'setting', name: name.toLowerCase(), value: null, allowed });
}

/** `extension.setting` belongs to code in the server, not to the application. */
function isExtensionSetting(name: string, scope: Scope): boolean {
  const dot = name.indexOf('.');
  return dot > 0 && scope.index.hasExtension(name.slice(0, dot).toLowerCase());
}
