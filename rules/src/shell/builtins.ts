/** What commands of the shell itself change for what stands behind them. */

import type { Invocation } from './invocation.ts';
import { toAbsolute } from './scope.ts';
import type { Scope } from './scope.ts';
import { HOLE, isKnown } from './value.ts';
import type { Value } from './value.ts';

/**
 * Carries out a command of the shell, as far as it matters here. Every other program changes nothing.
 * @param scope the shell that goes on; it is changed
 */
export function runBuiltin({ program, args }: Invocation, scope: Scope): void {
  switch (program) {
    case 'cd':
    case 'pushd':
    case 'chdir':
      changeFolder(args, scope);
      return;
    case 'popd':
      scope.cwd = null;
      return;
    case 'export':
    case 'declare':
    case 'local':
    case 'readonly':
    case 'typeset':
      for (const { text } of args) setVariable(text, scope);
      return;
    case 'unset':
    case 'read':
    case 'mapfile':
    case 'readarray':
      for (const { text } of args) scope.variables.delete(text);
      return;
    case 'alias':
      for (const { text } of args) setAlias(text, scope);
      return;
    default:
      return;
  }
}

function changeFolder(args: readonly Value[], scope: Scope): void {
  const target = args.find(({ text }) => !/^-[LPe@]+$/.test(text) && text !== '--');
  if (target === undefined) scope.cwd = scope.ground === 'here' ? scope.place.home : null;
  else scope.cwd = isKnown(target) && target.text !== '-' ? toAbsolute(target.text, scope) : null;
  if (scope.cwd === null) scope.variables.delete('PWD');
  else scope.variables.set('PWD', scope.cwd);
}

function setVariable(text: string, scope: Scope): void {
  const at = text.indexOf('=');
  if (at < 1) return;
  // The value was kept as it was written; quotes and expansions in it are more than is read here.
  const value = text.slice(at + 1).replace(/^(["'])([^"'$`\\]*)\1$/, '$2');
  scope.variables.set(text.slice(0, at), /["'$`\\]/.test(value) ? HOLE : value);
}

function setAlias(text: string, scope: Scope): void {
  const at = text.indexOf('=');
  if (at > 0)
    scope.aliases.set(text.slice(0, at), text.slice(at + 1).replace(/^(["'])(.*)\1$/, '$2'));
}
