/** Resources over the control socket. A URL comes in with `add` and never goes out again. */

import type { CallResult } from '../control/contract/methods.ts';
import type { CallHandlers } from '../control/server/handlers.ts';
import { UpstreamError } from '../errors.ts';
import type { GuardedDatabases } from '../resources/guarded-databases.ts';
import type { ResourceStore } from '../resources/resource-store.ts';
import { SecretValue } from '../secrets/secret-value.ts';
import { personOf } from './person.ts';
import type { RecordEvent } from './record-event.ts';

interface ResourceParts {
  readonly resources: ResourceStore;
  readonly databases: GuardedDatabases;
  readonly recordEvent: RecordEvent;
  readonly now: () => number;
}

type ResourceCalls = Pick<
  CallHandlers,
  'resource.add' | 'resource.list' | 'resource.remove' | 'resource.test'
>;

/** Handlers of the calls. */
export function makeResourceCalls(parts: ResourceParts): ResourceCalls {
  const { resources, databases, recordEvent } = parts;
  return {
    'resource.add': async ({ name, environment, url, replace }, context) => {
      const secret = new SecretValue(url);
      // Refused before anything is kept: a URL that cannot be understood guards nothing.
      databases.check(secret);
      const by = personOf(context);
      const replaced = resources.find(name) !== undefined;
      await recordEvent('resource added', { resource: name, environment, replaced, by });
      const resource = resources.add({ name, environment, replace }, secret);
      await databases.forget(name);
      return { resource };
    },
    'resource.list': () => ({ resources: [...databases.list()] }),
    'resource.remove': async ({ name }, context) => {
      if (resources.find(name) === undefined) return { removed: false };
      await recordEvent('resource removed', { resource: name, by: personOf(context) });
      await databases.forget(name);
      return { removed: resources.remove(name) };
    },
    'resource.test': ({ name }, { signal }) => testResource(parts, name, signal),
  };
}

async function testResource(
  { databases, now }: ResourceParts,
  name: string,
  signal: AbortSignal,
): Promise<CallResult<'resource.test'>> {
  const started = now();
  try {
    const { server, tls } = await databases.probe(name, signal);
    return { ok: true, problem: null, help: null, server, tls, durationMs: now() - started };
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    const { message, help } = error;
    const failed = { ok: false, server: null, tls: null, durationMs: now() - started };
    return { ...failed, problem: message, help: help ?? null };
  }
}
