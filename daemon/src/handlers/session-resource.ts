/** How a client reaches a resource with a token, and which resources a person means. */

import type { CallResult } from '../control/contract/methods.ts';
import { ControlError, ResourceError } from '../errors.ts';
import type { ResourceStore } from '../resources/resource-store.ts';

/** The user name in the URLs we hand out. It means nothing: the token alone counts. */
const LISTENER_USER = 'agent';

/** Where a listener is. */
export interface ListenerAddress {
  readonly host: string;
  readonly port: number;
}

/** Names of guarded APIs. */
export interface ApiNames {
  names(): readonly string[];
}

/** What a session may reach, by kind. */
export interface ChosenResources {
  readonly databases: readonly string[];
  readonly apis: readonly string[];
}

/**
 * The databases and APIs that a person named, or all.
 * @throws ResourceError `RESOURCE_NOT_FOUND`
 */
export function chooseEverything(
  store: ResourceStore,
  apis: ApiNames,
  asked: readonly string[] | null,
): ChosenResources {
  const known = apis.names();
  if (asked === null) return { databases: chooseResources(store, null), apis: known };
  const databases = asked.filter((name) => !known.includes(name));
  const named = asked.filter((name) => known.includes(name));
  return { databases: chooseResources(store, databases), apis: named };
}

/**
 * The databases that a person named, or all.
 * @throws ResourceError `RESOURCE_NOT_FOUND`
 */
export function chooseResources(
  store: ResourceStore,
  asked: readonly string[] | null,
): readonly string[] {
  const names = asked ?? store.list().map(({ name }) => name);
  const missing = names.find((name) => store.find(name) === undefined);
  if (missing === undefined) return names;
  throw new ResourceError('RESOURCE_NOT_FOUND', `no resource is called \`${missing}\``, {
    audience: 'user',
    help: 'agentguard resource list',
  });
}

/** @throws ControlError `LISTENER_FAILED` when nothing listens */
export function requireListener(listener: ListenerAddress | null): ListenerAddress {
  if (listener !== null) return listener;
  throw new ControlError('LISTENER_FAILED', 'the listener for databases is not open', {
    audience: 'user',
    help: 'agentguard daemon logs',
  });
}

/** The way to one resource. The token is the password. */
export function toSessionResource(
  store: ResourceStore,
  name: string,
  listener: ListenerAddress,
): CallResult<'session.create'>['resources'][number] {
  return {
    name,
    kind: 'postgres',
    environment: store.find(name)?.environment ?? 'unknown',
    ...listener,
    database: name,
    user: LISTENER_USER,
    // The way to our own listener is the loopback; TLS there would only cost.
    sslmode: 'disable',
  };
}
