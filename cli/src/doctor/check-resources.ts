/** Each guarded resource: which layers stand before it, and whether an agent could go around them. */

import type { CallResult } from '@agentguard/daemon/control';
import type { Offer } from '../sandbox/choose.ts';
import type { Finding } from './finding.ts';

type Resources = CallResult<'resource.list'>['resources'];

/** Judges each resource. */
export function checkResources(resources: Resources, sandbox: Offer): readonly Finding[] {
  if (resources.length === 0) {
    return [
      {
        id: 'no-resources',
        level: 'open',
        about: 'resources',
        layer: null,
        what: 'nothing is behind the guard yet',
        mend: 'agentguard init, or agentguard resource add NAME --kind postgres --environment production',
      },
    ];
  }
  return resources.flatMap((resource) => checkResource(resource, sandbox));
}

function checkResource(
  { name, environment }: Resources[number],
  sandbox: Offer,
): readonly Finding[] {
  const unknown = environment === 'unknown' ? ', counted as production' : '';
  const gate: Finding = {
    id: 'resource-gate',
    level: 'held',
    about: name,
    layer: 'gate',
    what: `${environment}${unknown}: every statement is judged on the wire`,
    mend: null,
  };
  return [gate, checkRoute(name, sandbox)];
}

function checkRoute(name: string, sandbox: Offer): Finding {
  const about = name;
  if (sandbox.kind === 'ready') {
    const what = 'no other route to it from inside a sandbox';
    return { id: 'resource-route', level: 'held', about, layer: 'sandbox', what, mend: null };
  }
  return {
    id: 'resource-route-open',
    level: 'open',
    about,
    layer: null,
    what: `whoever finds its real address can go past the guard: no sandbox, ${sandbox.why}`,
    mend: sandbox.help,
  };
}
