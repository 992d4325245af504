/** Guarded APIs over the control socket. A credential comes in with `add` and never goes out again. */

import type { CallParams, CallResult } from '../control/contract/methods.ts';
import type { CallContext } from '../control/server/actor.ts';
import type { CallHandlers } from '../control/server/handlers.ts';
import { ResourceError } from '../errors.ts';
import { API_DEFAULTS } from '../resources/api-defaults.ts';
import { describeHosts } from '../resources/api-store.ts';
import type { ApiStore, KnownApi, NewApi } from '../resources/api-store.ts';
import type { Credential, ResourceStore } from '../resources/resource-store.ts';
import { SecretValue } from '../secrets/secret-value.ts';
import { personOf } from './person.ts';
import type { RecordEvent } from './record-event.ts';

/** What the handlers are built from. */
export interface ApiParts {
  readonly apis: ApiStore;
  readonly resources: Pick<ResourceStore, 'find'>;
  /** Names of the packs that are shipped. */
  readonly packs: readonly string[];
  readonly recordEvent: RecordEvent;
}

/** Handlers of the calls. */
export function makeApiCalls(parts: ApiParts): Pick<CallHandlers, 'api.add' | 'api.list'> {
  return {
    'api.add': (params, context) => addApi(parts, params, context),
    'api.list': () => ({ apis: parts.apis.list().map(toMessage) }),
  };
}

async function addApi(
  { apis, resources, packs, recordEvent }: ApiParts,
  params: CallParams<'api.add'>,
  context: CallContext,
): Promise<CallResult<'api.add'>> {
  const { name, replace, secret } = params;
  const unknown = params.packs.find((pack) => !packs.includes(pack));
  if (unknown !== undefined) {
    throw invalid(`no pack is called \`${unknown}\``, `there are: ${packs.join(', ')}`);
  }
  if (resources.find(name) !== undefined) {
    throw invalid(`the resource \`${name}\` is a database`, 'choose another name');
  }
  const wanted = withDefaults(params);
  if (wanted.api.hosts.length === 0) {
    throw invalid('it is not said which hosts the API has', 'add --host api.example.com');
  }
  const credential: Credential =
    secret === undefined
      ? { kind: 'url', url: new SecretValue(params.credential ?? '') }
      : { kind: 'secret', secret };
  await recordEvent('resource added', {
    resource: name,
    environment: params.environment,
    replaced: replace,
    credential: secret === undefined ? null : `vault:${secret}`,
    hosts: wanted.api.hosts.join(' '),
    by: personOf(context),
  });
  return { api: toMessage(await apis.add(wanted, credential)) };
}

/** What was said goes before what is known of the packs. */
function withDefaults(params: CallParams<'api.add'>): NewApi {
  const { name, replace, environment, packs, query } = params;
  const known = packs.flatMap((pack) => API_DEFAULTS[pack] ?? []);
  const hosts = params.hosts.length > 0 ? params.hosts : known.flatMap((one) => one.hosts);
  const variables =
    params.variables.length > 0 ? params.variables : known.flatMap((one) => one.variables);
  const headers = [...params.headers.map((one) => one.toLowerCase())].concat(
    known.flatMap((one) => one.headers ?? []),
  );
  const ca = params.ca === undefined ? {} : { ca: params.ca };
  const api = { environment, packs, query, hosts: [...hosts], variables: [...variables], ...ca };
  return { name, replace, api: { ...api, headers: [...new Set(headers)] } };
}

function toMessage(api: KnownApi): CallResult<'api.add'>['api'] {
  const { facts, packs, variables } = api;
  const { name, environment } = facts;
  return { name, environment, packs, variables, hosts: [...describeHosts(api)] };
}

function invalid(message: string, help: string): ResourceError {
  return new ResourceError('RESOURCE_INVALID', message, { audience: 'user', help });
}
