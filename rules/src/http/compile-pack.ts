/** Packs made ready for looking up: by route, by field of GraphQL, by action of AWS, by verb of Kubernetes. */

import type { Pack, PackOperation, PackSql } from './pack.ts';
import { compileRoute, matchRoute } from './route.ts';
import type { Route, RouteNames } from './route.ts';
import type { PathSegments, QueryPairs } from './request-target.ts';

interface Routed<Value> {
  readonly route: Route;
  readonly value: Value;
}

/** A pack that can be asked. */
export interface CompiledPack {
  readonly pack: Pack;
  readonly routes: readonly Routed<PackOperation>[];
  /** By `mutation volumeDelete`. */
  readonly fields: ReadonlyMap<string, readonly PackOperation[]>;
  /** By `ec2:TerminateInstances`, and by the name alone. */
  readonly actions: ReadonlyMap<string, readonly PackOperation[]>;
  /** By `delete persistentvolumeclaims`. */
  readonly kubernetes: ReadonlyMap<string, readonly PackOperation[]>;
  readonly sqlRoutes: readonly Routed<PackSql>[];
  readonly sqlActions: ReadonlyMap<string, PackSql>;
  readonly secretFields: ReadonlySet<string>;
}

const COMPILED = new WeakMap<Pack, CompiledPack>();

/** Compiles a pack, once. */
export function compilePack(pack: Pack): CompiledPack {
  const known = COMPILED.get(pack);
  if (known !== undefined) return known;
  const compiled = compile(pack);
  COMPILED.set(pack, compiled);
  return compiled;
}

const WORDED = /^(mutation|query|subscription|action|k8s) (.+)$/;

function compile(pack: Pack): CompiledPack {
  const routes: Routed<PackOperation>[] = [];
  const fields = new Map<string, PackOperation[]>();
  const actions = new Map<string, PackOperation[]>();
  const kubernetes = new Map<string, PackOperation[]>();
  for (const operation of pack.operations) {
    const [, word, rest = ''] = WORDED.exec(operation.match) ?? [];
    if (word === undefined) routes.push({ route: compileRoute(operation.match), value: operation });
    else if (word === 'action') {
      add(actions, rest.toLowerCase(), operation);
      add(actions, nameOfAction(rest).toLowerCase(), operation);
    } else if (word === 'k8s') add(kubernetes, rest, operation);
    else add(fields, operation.match, operation);
  }
  const sql = pack.sql ?? [];
  const isAction = ({ match }: PackSql): boolean => match.startsWith('action ');
  return {
    ...{ pack, routes, fields, actions, kubernetes },
    sqlRoutes: sql
      .filter((entry) => !isAction(entry))
      .map((value) => ({ route: compileRoute(value.match), value })),
    sqlActions: new Map(
      sql
        .filter(isAction)
        .map((entry) => [entry.match.slice('action '.length).toLowerCase(), entry]),
    ),
    secretFields: new Set(pack.secretFields ?? []),
  };
}

function nameOfAction(action: string): string {
  return action.slice(action.indexOf(':') + 1);
}

function add(map: Map<string, PackOperation[]>, key: string, operation: PackOperation): void {
  map.set(key, [...(map.get(key) ?? []), operation]);
}

/** Whether a pack speaks of a host. A pack without hosts speaks of whatever it is given to. */
export function speaksOf(pack: Pack, host: string): boolean {
  return pack.hosts.some((pattern) =>
    pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : host === pattern,
  );
}

/** The packs that speak of a host: those that name it, or else all that the resource has. */
export function speakingPacks(packs: readonly Pack[], host: string): readonly CompiledPack[] {
  const naming = packs.filter((pack) => speaksOf(pack, host));
  return (naming.length > 0 ? naming : packs).map(compilePack);
}

/** A route that matched. */
export interface RouteMatch<Value> {
  readonly value: Value;
  readonly route: Route;
  readonly names: RouteNames;
}

/** The routes that fit a request best: all of the most specific ones. */
export function findRoutes<Value>(
  routes: readonly Routed<Value>[],
  request: {
    readonly method: string;
    readonly host: string;
    readonly segments: PathSegments;
    readonly query: QueryPairs;
  },
): readonly RouteMatch<Value>[] {
  const { method, host, segments, query } = request;
  const found: RouteMatch<Value>[] = [];
  for (const { route, value } of routes) {
    if (!route.methods.has(method)) continue;
    const names = matchRoute(route, segments, query);
    if (names !== null) found.push({ value, route, names });
  }
  const here = found.filter(
    ({ route }) => route.host === null || startsWithLabel(host, route.host),
  );
  const usable = here.length > 0 ? here : found;
  const best = Math.max(...usable.map(({ route }) => route.fixed));
  return usable.filter(({ route }) => route.fixed === best);
}

function startsWithLabel(host: string, label: string): boolean {
  return (
    host.startsWith(`${label}.`) || host.startsWith(`${label}-`) || host.includes(`.${label}.`)
  );
}
