/** Route templates, as packs write them, and how they are held against the segments of a path. */

import type { PathSegments, QueryPairs } from './request-target.ts';

type Part =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'name'; readonly name: string; readonly verb: string }
  | { readonly kind: 'rest'; readonly name: string };

/** A compiled template. */
export interface Route {
  readonly methods: ReadonlySet<string>;
  /** Label that the host has to begin with; null: any host. */
  readonly host: string | null;
  readonly parts: readonly Part[];
  /** Names that the query has to hold, with their value where one is given. */
  readonly query: readonly (readonly [name: string, value: string | null])[];
  /** The template without host: `DELETE /v1/disks/{disk}`. */
  readonly text: string;
  /** How much of it is fixed: the most specific of several wins. */
  readonly fixed: number;
}

/** What a path gives the names of a template. */
export type RouteNames = Readonly<Record<string, string>>;

/**
 * Compiles `[host ]METHOD|METHOD /a/{b}/c:verb?query=value`. The host is the beginning of a name: `spanner`.
 * @throws Error for a template that is none; packs are ours, and a test compiles each of them
 */
export function compileRoute(template: string): Route {
  const match = /^(?:(\S+) )?([A-Z|]+) (\/\S*)$/.exec(template);
  const [, host, methods = '', target = ''] = match ?? [];
  if (match === null) throw new Error(`not a route: ${template}`);
  const [path = '', query = ''] = target.split('?');
  const parts = path
    .split('/')
    .filter((segment) => segment !== '')
    .map(toPart);
  const needed = query.split('&').filter((pair) => pair !== '');
  return {
    methods: new Set(methods.split('|')),
    host: host ?? null,
    parts,
    query: needed.map((pair) => {
      const [name = '', value] = pair.split('=');
      return [name.toLowerCase(), value === undefined || value.startsWith('{') ? null : value];
    }),
    text: `${methods} ${target}`,
    fixed: parts.filter(({ kind }) => kind === 'literal').length * 2 + parts.length + needed.length,
  };
}

function toPart(segment: string): Part {
  const rest = /^\{([\w-]+)\+\}$/.exec(segment);
  if (rest !== null) return { kind: 'rest', name: rest[1] ?? '' };
  const named = /^\{([\w-]+)\}(:\w+)?$/.exec(segment);
  if (named === null) return { kind: 'literal', text: segment.toLowerCase() };
  return { kind: 'name', name: named[1] ?? '', verb: (named[2] ?? '').toLowerCase() };
}

/** Versions move on, and the operation stays what it is. */
const VERSION = /^v\d+(\.\d+)*((alpha|beta)\d*)?$/;

/**
 * Holds a template against a path. Letters count without their case, and a version stands for every other.
 * @returns what its names stand for, or null
 */
export function matchRoute(
  route: Route,
  segments: PathSegments,
  query: QueryPairs,
): RouteNames | null {
  const names: Record<string, string> = {};
  const { parts } = route;
  const open = parts.findIndex(({ kind }) => kind === 'rest');
  if (open < 0 ? segments.length !== parts.length : segments.length < parts.length) return null;
  const more = segments.length - parts.length;
  let at = 0;
  for (const part of parts) {
    const taken = part.kind === 'rest' ? segments.slice(at, at + more + 1) : [segments[at] ?? ''];
    if (!takes(part, taken, names)) return null;
    at += taken.length;
  }
  return hasQuery(route, query) ? names : null;
}

function takes(part: Part, taken: readonly string[], names: Record<string, string>): boolean {
  const text = taken.join('/');
  switch (part.kind) {
    case 'literal': {
      const lower = text.toLowerCase();
      return lower === part.text || (VERSION.test(part.text) && VERSION.test(lower));
    }
    case 'rest':
      names[part.name] = text;
      return true;
    case 'name':
      if (!text.toLowerCase().endsWith(part.verb)) return false;
      names[part.name] = part.verb === '' ? text : text.slice(0, -part.verb.length);
      return true;
  }
}

function hasQuery(route: Route, query: QueryPairs): boolean {
  return route.query.every(([name, value]) =>
    query.some(([key, given]) => key.toLowerCase() === name && (value === null || given === value)),
  );
}
