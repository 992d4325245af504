/** From what a client asks for to the operation that enforcement rules on. No socket, no decision. */

import { toHostText } from '@agentguard/rules';
import type { ActionFacts, EgressFacts, HostFacts, PrincipalFacts } from '@agentguard/rules';
import type { ConnectionFacts, Operation } from '../../enforcement/enforcement.ts';
import type { Authority } from './messages.ts';

/** What connections to a host are told apart by in the record. */
export function toConnectionFacts(
  connection: string,
  principal: PrincipalFacts,
  { host, port }: Authority,
): ConnectionFacts {
  const resource: HostFacts = {
    name: `${toHostText(host)}:${port}`,
    kind: 'egress',
    environment: 'unknown',
  };
  return { connection, principal, resource };
}

/**
 * The operation of one connection outwards. Its text names method and host only: paths, queries and fields may hold
 * secrets (P-03), and no rule looks at them yet.
 * @param method `CONNECT`, or the method of a request without TLS
 */
export function toOperation(
  connection: ConnectionFacts,
  method: string,
  egress: EgressFacts,
): Operation {
  const { host, port, transport } = egress;
  const action: ActionFacts = { protocol: 'egress', egress };
  const target =
    transport === 'plain' && method !== 'CONNECT' ? `http://${host}:${port}` : `${host}:${port}`;
  return {
    connection,
    text: `${method} ${target}`,
    action,
    inTransaction: false,
    // Addresses were looked up once and are not looked up again: what was judged is what is dialed.
    reread: () => action,
  };
}
