/** Resources over the control socket. A URL comes in with `add` and never goes out again. */

import type { CallParams, CallResult } from '../control/contract/methods.ts';
import type { CallContext } from '../control/server/actor.ts';
import type { CallHandlers } from '../control/server/handlers.ts';
import { ResourceError, SecretError, UpstreamError } from '../errors.ts';
import type { ApiStore } from '../resources/api-store.ts';
import type { GuardedDatabases } from '../resources/guarded-databases.ts';
import type { Credential, ResourceStore } from '../resources/resource-store.ts';
import { SecretValue } from '../secrets/secret-value.ts';
import type { Vault } from '../secrets/vault.ts';
import { personOf } from './person.ts';
import type { RecordEvent } from './record-event.ts';

interface ResourceParts {
  readonly vault: Pick<Vault, 'read'>;
  readonly resources: ResourceStore;
  readonly databases: GuardedDatabases;
  readonly apis: Pick<ApiStore, 'list' | 'find' | 'remove'>;
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
    'resource.add': (params, context) => addResource(parts, params, context),
    'resource.list': () => ({
      resources: [...databases.list(), ...parts.apis.list().map(({ facts }) => facts)].map(
        ({ name, kind, environment }) => ({ name, kind, environment }),
      ),
    }),
    'resource.remove': async ({ name }, context) => {
      if (parts.apis.find(name) !== undefined) {
        await recordEvent('resource removed', { resource: name, by: personOf(context) });
        return { removed: await parts.apis.remove(name) };
      }
      if (resources.find(name) === undefined) return { removed: false };
      await recordEvent('resource removed', { resource: name, by: personOf(context) });
      await databases.forget(name);
      return { removed: await resources.remove(name) };
    },
    'resource.test': ({ name }, { signal }) => testResource(parts, name, signal),
  };
}

async function addResource(
  { vault, resources, databases, apis, recordEvent }: ResourceParts,
  { name, environment, url, secret, replace }: CallParams<'resource.add'>,
  context: CallContext,
): Promise<CallResult<'resource.add'>> {
  if (apis.find(name) !== undefined) {
    throw new ResourceError('RESOURCE_INVALID', `the resource \`${name}\` is an API`, {
      audience: 'user',
      help: 'choose another name',
    });
  }
  const credential = toCredential(url, secret);
  // Refused before anything is kept: a URL that cannot be understood guards nothing.
  databases.check(credential.kind === 'url' ? credential.url : await readUrl(vault, credential));
  const by = personOf(context);
  const replaced = resources.find(name) !== undefined;
  await recordEvent('resource added', {
    resource: name,
    environment,
    replaced,
    credential: credential.kind === 'url' ? null : `vault:${credential.secret}`,
    by,
  });
  const resource = await resources.add({ name, environment, replace }, credential);
  await databases.forget(name);
  return { resource };
}

function toCredential(url: string | undefined, secret: string | undefined): Credential {
  if (secret !== undefined) return { kind: 'secret', secret };
  return { kind: 'url', url: new SecretValue(url ?? '') };
}

async function readUrl(
  vault: Pick<Vault, 'read'>,
  { secret }: { readonly secret: string },
): Promise<SecretValue> {
  const url = await vault.read(secret);
  if (url !== null) return url;
  throw new SecretError('SECRET_NOT_FOUND', `the vault has no secret called \`${secret}\``, {
    audience: 'user',
    help: `agentguard secret set ${secret}`,
  });
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
    if (!isAnswer(error)) throw error;
    const { message, help } = error;
    const failed = { ok: false, server: null, tls: null, durationMs: now() - started };
    return { ...failed, problem: message, help: help ?? null };
  }
}

/** What a test of a resource is there to find. Whatever else fails is our own failure. */
function isAnswer(error: unknown): error is UpstreamError | SecretError | ResourceError {
  if (error instanceof UpstreamError || error instanceof SecretError) return true;
  return error instanceof ResourceError && error.code !== 'RESOURCE_NOT_FOUND';
}
