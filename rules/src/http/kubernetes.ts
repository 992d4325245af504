/**
 * URLs of a Kubernetes API server to verb, resource, namespace and name, as the server itself resolves them
 * (apiserver/pkg/endpoints/request), and what that does.
 */

import type { HttpSeverity, HttpTarget } from '../facts/http-deed.ts';
import type { HttpOperation, JsonValue, KubernetesRequest } from '../facts/http-facts.ts';
import { holds, isObject } from './condition.ts';
import type { ConditionInput } from './condition.ts';
import type { CompiledPack } from './compile-pack.ts';
import {
  plainOperation,
  shorten,
  strictestOf,
  toOperation,
  unknownOperation,
} from './operations.ts';
import { valuesOfPair } from './request-target.ts';
import type { PathSegments, QueryPairs } from './request-target.ts';
import { toSingular } from './words.ts';

const VERBS: Readonly<Record<string, string>> = {
  ...{ POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete', GET: 'get', HEAD: 'get' },
};

/** Reads a URL. Null: it names no resource (`/healthz`, `/openapi/v3`). */
export function readKubernetesUrl(
  method: string,
  segments: PathSegments,
  query: QueryPairs,
): KubernetesRequest | null {
  const start = segments.findIndex(
    (segment, at) => /^apis?$/.test(segment) && at < segments.length - 2,
  );
  if (start < 0) return null;
  const grouped = segments[start] === 'apis';
  const group = grouped ? (segments[start + 1] ?? '') : '';
  let rest = segments.slice(start + (grouped ? 3 : 2));
  const old = rest[0] === 'watch';
  if (old) rest = rest.slice(1);
  let namespace = '';
  if (
    rest[0] === 'namespaces' &&
    rest.length > 2 &&
    !['status', 'finalize'].includes(rest[2] ?? '')
  ) {
    namespace = rest[1] ?? '';
    rest = rest.slice(2);
  }
  const [resource = '', name = '', ...sub] = rest;
  if (resource === '') return null;
  const full = sub.length === 0 ? resource : `${resource}/${sub[0] ?? ''}`;
  return {
    verb: verbOf(method, name, old || asksToWatch(query)),
    group,
    resource: full,
    namespace,
    name,
  };
}

function asksToWatch(query: QueryPairs): boolean {
  return valuesOfPair(query, 'watch').some((value) => value !== '0' && value !== 'false');
}

function verbOf(method: string, name: string, watch: boolean): string {
  const verb = VERBS[method] ?? method.toLowerCase();
  if (verb === 'get' && (watch || name === '')) return watch ? 'watch' : 'list';
  return verb === 'delete' && name === '' ? 'deletecollection' : verb;
}

const CRITICAL = new Set([
  ...[
    'namespaces',
    'persistentvolumeclaims',
    'persistentvolumes',
    'statefulsets',
    'secrets',
    'nodes',
  ],
  ...['customresourcedefinitions', 'apiservices', 'volumesnapshots', 'volumesnapshotcontents'],
]);

const MEDIUM = new Set([
  'pods',
  'jobs',
  'cronjobs',
  'events',
  'leases',
  'endpoints',
  'endpointslices',
  'replicasets',
]);

const GRANTS = new Set(['rolebindings', 'clusterrolebindings', 'roles', 'clusterroles']);

/** Judges a request. */
export function judgeKubernetes(
  request: KubernetesRequest | null,
  method: string,
  context: {
    readonly query: QueryPairs;
    readonly input: ConditionInput;
    /** It has no body at all. */
    readonly bodyless: boolean;
    readonly packs: readonly CompiledPack[];
  },
): HttpOperation {
  if (request === null) return judgeBare(method);
  const { verb, resource, namespace, name } = request;
  const target: HttpTarget = {
    kind: toSingular(resource.split('/')[0] ?? resource),
    id: name === '' ? null : name,
    parts: {
      ...(namespace === '' ? {} : { namespace }),
      ...(request.group === '' ? {} : { group: request.group }),
    },
  };
  const label = `${verb} ${resource}`;
  const entries = context.packs.flatMap((pack) => pack.kubernetes.get(label) ?? []);
  const names = { id: name === '' ? 'all of them' : name, namespace };
  const [first, ...others] = entries
    .filter((entry) => entry.when === undefined || holds(entry.when, context.input))
    .map((entry) => toOperation(entry, { name: label, target, names }));
  const judged =
    first === undefined
      ? judgeVerb(request, target, context.input)
      : strictestOf([first, ...others]);
  const dry = valuesOfPair(context.query, 'dryRun');
  // A deletion takes its options from its body, where it has one, and then the query says nothing.
  const counts = method !== 'DELETE' || context.bodyless;
  const harmless = judged.kind === 'destroy' && counts && dry.length === 1 && dry[0] === 'All';
  const final: HttpOperation = harmless
    ? { ...judged, kind: 'write', severity: null, does: `tries whether it ${judged.does}` }
    : judged;
  return { ...final, kubernetes: request };
}

function judgeBare(method: string): HttpOperation {
  return method === 'GET' || method === 'HEAD'
    ? plainOperation('get nothing', 'read', { does: 'reads about the server' })
    : unknownOperation('it changes something that is no resource of Kubernetes');
}

function judgeVerb(
  request: KubernetesRequest,
  target: HttpTarget,
  input: ConditionInput,
): HttpOperation {
  const { verb, resource } = request;
  const [main = '', sub] = resource.split('/');
  const label = `${verb} ${resource}`;
  const what = describe(request);
  const reads = verb === 'get' || verb === 'list' || verb === 'watch';
  if (
    sub === 'exec' ||
    sub === 'attach' ||
    sub === 'portforward' ||
    sub === 'ephemeralcontainers'
  ) {
    return plainOperation(label, 'reveal', {
      target,
      does: `runs something inside of ${what}, where its secrets are`,
    });
  }
  if (sub === 'proxy')
    return unknownOperation(`it goes through ${what} to something that is not seen`);
  if (main === 'secrets' && reads)
    return plainOperation(label, 'reveal', { target, does: `shows ${what}` });
  if (reads) return plainOperation(label, 'read', { target, does: `reads ${what}` });
  if (sub === 'token' || (main === 'certificatesigningrequests' && sub !== 'status')) {
    return verb.startsWith('delete')
      ? deleting(request, target)
      : plainOperation(label, 'mint', { target, does: `makes a credential: ${what}` });
  }
  if (sub === 'eviction') return destroy(label, 'high', target, `evicts ${what}`);
  if (sub === 'finalize')
    return destroy(
      label,
      'critical',
      target,
      `lets go of what holds ${what} back from being deleted`,
    );
  if (verb === 'delete' || verb === 'deletecollection') return deleting(request, target);
  if (GRANTS.has(main))
    return plainOperation(label, 'mint', { target, does: `changes rights: ${what}` });
  if (scalesToNothing(input)) {
    return destroy(label, 'high', target, `scales ${what} to nothing`);
  }
  if (SCALED.has(main) && input.unclear) {
    return unknownOperation(`what it changes of ${what} cannot be read`);
  }
  if (/^(selfsubject|subject|localsubject|token)\w*reviews$/.test(main)) {
    return plainOperation(label, 'read', { target, does: `asks ${what}` });
  }
  if (main === 'namespaces' || main === 'nodes') {
    return plainOperation(label, 'write', { target, does: `changes ${what}` });
  }
  return plainOperation(label, 'write', { target, does: `${verb}s ${what}` });
}

/** What has a number of replicas. */
const SCALED = new Set(['deployments', 'statefulsets', 'replicasets', 'replicationcontrollers']);

/** As JSON, as a JSON patch (RFC 6902), as YAML. */
function scalesToNothing(input: ConditionInput): boolean {
  if (holds({ at: 'spec.replicas', values: [0] }, { ...input, unclear: false })) return true;
  if (/^\s*replicas["']?\s*:\s*["']?0\b/m.test(input.text)) return true;
  const steps: readonly JsonValue[] = Array.isArray(input.value) ? input.value : [];
  return steps.some(
    (step) => isObject(step) && step['path'] === '/spec/replicas' && Number(step['value']) === 0,
  );
}

function deleting(request: KubernetesRequest, target: HttpTarget): HttpOperation {
  const main = request.resource.split('/')[0] ?? '';
  const all = request.verb === 'deletecollection';
  const severity =
    CRITICAL.has(main) && (main !== 'secrets' || all) && (main !== 'nodes' || all)
      ? 'critical'
      : MEDIUM.has(main) && !all
        ? 'medium'
        : 'high';
  return destroy(
    `${request.verb} ${request.resource}`,
    severity,
    target,
    `deletes ${describe(request)}`,
  );
}

function destroy(
  name: string,
  severity: HttpSeverity,
  target: HttpTarget,
  does: string,
): HttpOperation {
  return plainOperation(name, 'destroy', { severity, target, does });
}

function describe({ resource, namespace, name, verb }: KubernetesRequest): string {
  const place = namespace === '' ? '' : ` in namespace ${shorten(namespace)}`;
  if (name !== '') return `${resource} ${shorten(name)}${place}`;
  return verb === 'create' ? `a new one of ${resource}${place}` : `all ${resource}${place}`;
}
