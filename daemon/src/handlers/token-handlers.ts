/** Scoped tokens over the control socket. What is issued and revoked is on the record first. */

import type { CallHandlers } from '../control/server/handlers.ts';
import type { CallResult } from '../control/contract/methods.ts';
import { toTime } from '../enforcement/to-entries.ts';
import { ControlError } from '../errors.ts';
import type { ResourceStore } from '../resources/resource-store.ts';
import type { TokenDesk } from '../sessions/token-desk.ts';
import type { IssuedToken } from '../sessions/token-file.ts';
import type { CheckScope } from './check-scope.ts';
import { personOf } from './person.ts';
import type { RecordEvent } from './record-event.ts';
import { chooseResources, requireListener, toSessionResource } from './session-resource.ts';
import type { ListenerAddress } from './session-resource.ts';

/** What the handlers are built from. */
export interface TokenParts {
  readonly desk: Pick<TokenDesk<unknown>, 'create' | 'list' | 'revoke'>;
  readonly resources: ResourceStore;
  readonly checkScope: CheckScope;
  /** Tables of a role that resources do not have, in sentences. */
  readonly describeMissing: (
    place: { readonly role: string; readonly resources: readonly string[] },
    workspace: string,
  ) => Promise<string[]>;
  readonly recordEvent: RecordEvent;
  readonly listener: () => ListenerAddress | null;
  /** Everything is stopped: no token is issued. */
  readonly stopped: () => boolean;
}

/** Handlers of the calls. */
export function makeTokenCalls(
  parts: TokenParts,
): Pick<CallHandlers, 'token.create' | 'token.list' | 'token.revoke'> {
  const { desk, recordEvent } = parts;
  return {
    'token.create': async (params, context) => {
      if (parts.stopped()) {
        throw new ControlError('CONTROL_REFUSED', 'everything is stopped, so no token is issued', {
          audience: 'user',
          help: 'agentguard resume',
        });
      }
      const person = personOf(context);
      const resources = chooseResources(parts.resources, params.resources);
      const listener = requireListener(parts.listener());
      const { role, values, onBehalfOf, workspace } = params;
      parts.checkScope({ role, values, onBehalfOf }, { resources, workspace });
      const { token: secret, claims } = desk.create({ ...params, resources, person });
      try {
        await recordEvent('token issued', {
          token: claims.id,
          person,
          role,
          onBehalfOf,
          agent: params.agent,
          label: params.label,
          resources: resources.join(' '),
          expires: toTime(claims.expiresAt),
        });
      } catch (error) {
        // A token that the record does not know must not be out there.
        desk.revoke(claims.id, 'the record, which could not be written');
        throw error;
      }
      const issued = desk.list().find((one) => one.claims.id === claims.id);
      return {
        secret,
        token: toMessage(issued ?? { claims, over: null }),
        reach: resources.map((name) => toSessionResource(parts.resources, name, listener)),
        notes: await parts.describeMissing({ role, resources }, workspace),
      };
    },
    'token.list': () => ({ tokens: desk.list().map(toMessage) }),
    'token.revoke': async ({ id }, context) => {
      const by = personOf(context);
      const revoked = desk.revoke(id, by);
      if (revoked) await recordEvent('token revoked', { token: id, by });
      return { revoked };
    },
  };
}

function toMessage({
  claims,
  over,
}: Pick<IssuedToken, 'claims' | 'over'>): CallResult<'token.create'>['token'] {
  const { issuedAt, expiresAt, resources, values, ...words } = claims;
  return {
    ...words,
    values: { ...values },
    resources: [...(resources ?? [])],
    issuedAt: toTime(issuedAt),
    expiresAt: toTime(expiresAt),
    state: over?.why ?? 'live',
    overAt: over === null ? null : toTime(over.at),
    revokedBy: over?.by ?? null,
  };
}
