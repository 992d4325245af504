/** What a shell knows at one place of a line: its folder, its variables, what was defined before. */

import type { Function as FunctionNode } from 'unbash';
import type { ShellPlace } from './place.ts';
import { normalizePath } from './place.ts';
import { HOLE } from './value.ts';

/** How paths are judged: here, on another machine, or in a container of its own. */
export type Ground = 'here' | 'remote' | 'container';

/** One scope. Copied where a shell starts another one. */
export interface Scope {
  readonly place: ShellPlace;
  readonly ground: Ground;
  /** Scripts around this one. */
  readonly depth: number;
  readonly via: readonly string[];
  /** Null when it is not known where the shell stands. */
  cwd: string | null;
  readonly variables: Map<string, string>;
  readonly functions: Map<string, FunctionNode>;
  readonly aliases: Map<string, string>;
  /** Files that this line wrote, and what it wrote to them; null when that is not known. */
  readonly written: Map<string, string | null>;
}

/** The scope that a line starts in. */
export function firstScope(place: ShellPlace): Scope {
  const variables = new Map([
    ['HOME', place.home],
    ['PWD', place.cwd],
    ['IFS', ' '],
  ]);
  const temporary = place.temporary[0];
  if (temporary !== undefined) variables.set('TMPDIR', temporary);
  return {
    place,
    ground: 'here',
    depth: 0,
    via: [],
    cwd: place.cwd,
    variables,
    functions: new Map(),
    aliases: new Map(),
    written: new Map(),
  };
}

/** A shell of its own: what it sets does not come back. */
export function subScope(scope: Scope): Scope {
  return { ...scope, variables: new Map(scope.variables) };
}

/** A script inside of the line. */
export function innerScope(scope: Scope, by: string, ground: Ground = scope.ground): Scope {
  return {
    ...subScope(scope),
    ground,
    cwd: ground === 'here' ? scope.cwd : null,
    depth: scope.depth + 1,
    via: [...scope.via, by],
  };
}

/** Where a path leads; null when that is not known. */
export function toAbsolute(text: string, scope: Scope): string | null {
  const hole = text.indexOf(HOLE);
  const known = hole === -1 ? text : text.slice(0, text.lastIndexOf('/', hole) + 1);
  if (known === '') return null;
  if (known.startsWith('/')) return normalizePath(known);
  return scope.cwd === null ? null : normalizePath(`${scope.cwd}/${known}`);
}
