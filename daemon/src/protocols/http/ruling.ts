/** Puts what a session asks for before enforcement, with its facts, and turns the answer into a permit or a reply. */

import { randomUUID } from 'node:crypto';
import type { EgressFacts, EgressTransport } from '@agentguard/rules';
import type { Reach } from '../../egress/reach.ts';
import type { Enforcement, Permit, Ruling } from '../../enforcement/enforcement.ts';
import { toConnectionFacts, toOperation } from './facts.ts';
import type { Authority } from './messages.ts';
import { toOutcome } from './outcomes.ts';
import { toBusyReply, toDenialReply } from './replies.ts';
import type { Reply } from './replies.ts';
import type { ProxySession, Stay } from './session-stay.ts';

/** What rulings are made from. */
export interface RulingParts {
  readonly enforcement: Enforcement;
  readonly reach: Pick<Reach, 'look' | 'spokenTo'>;
  readonly onProblem: (what: string, cause: unknown) => void;
}

/** What a session asked for. */
export interface Asked {
  readonly stay: Stay;
  /** Aborted when the session ends or the client leaves. */
  readonly signal: AbortSignal;
  readonly authority: Authority;
}

/** What enforcement let through, with the addresses that it was let through to. */
export interface Permitted {
  readonly egress: EgressFacts;
  readonly permit: Permit;
}

/**
 * A permit, or what the client is told.
 * @param method `CONNECT`, or the method of a request without TLS
 */
export async function rule(
  parts: RulingParts,
  asked: Asked,
  method: string,
  transport: EgressTransport,
): Promise<Permitted | Reply> {
  const { stay, signal, authority } = asked;
  const { principal } = stay.session;
  const egress = await parts.reach.look(
    { ...authority, transport, unlisted: stay.session.unlisted },
    principal.agent,
    signal,
  );
  const connection = toConnectionFacts(makeId(), principal, authority);
  let ruling: Ruling;
  try {
    ruling = await parts.enforcement.authorize(toOperation(connection, method, egress), signal);
  } catch (error) {
    // SECURITY(P-06): the record cannot be written, so nothing goes upstream.
    parts.onProblem('not authorized', error);
    return toBusyReply('record');
  }
  if (ruling.kind === 'denial') return toDenialReply(ruling.denial);
  if (!signal.aborted) return { egress, permit: ruling.permit };
  const end = stay.signal.aborted ? 'session ended' : 'client left';
  ruling.permit.finish(toOutcome(end, { sent: 0, received: 0 }));
  return toBusyReply('session ended');
}

/** Puts a refusal on the record that no decision was needed for. Whoever calls it closes, whatever comes of this. */
export function recordRefusal(
  parts: RulingParts,
  session: ProxySession,
  authority: Authority | null,
  refused: { readonly what: string; readonly reason: string },
): void {
  const connection = toConnectionFacts(makeId(), session.principal, authority ?? NOWHERE);
  parts.enforcement.refuse(connection, refused.what, refused.reason).catch((error: unknown) => {
    // The record has failed and says so itself.
    parts.onProblem('refusal not recorded', error);
  });
}

/** Stands for a target that could not be read. No list can name it: a port is never 0. */
const NOWHERE: Authority = { host: { kind: 'name', text: 'unreadable' }, port: 0 };

function makeId(): string {
  return `con-${randomUUID().replaceAll('-', '').slice(0, 16)}`;
}
