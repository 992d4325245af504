/** From a request that was read to the operation that enforcement rules on, and from its end to the outcome. */

import { hash } from 'node:crypto';
import type { HttpBody, HttpFacts } from '@agentguard/rules';
import type { ConnectionFacts, Operation, Outcome } from '../../enforcement/enforcement.ts';
import type { UpstreamProblem } from './replies.ts';

/** The operation of one request. */
export function toOperation(
  connection: ConnectionFacts,
  facts: HttpFacts,
  body: HttpBody,
): Operation {
  const action = { protocol: 'http', http: facts } as const;
  return {
    connection,
    text: toText(facts, body),
    action,
    inTransaction: false,
    // What was read is what is sent on; nothing about it can move while a person thinks.
    reread: () => action,
  };
}

/**
 * What is shown, recorded and bound by an approval: where it goes, what it does, and the digest of its content. Queries and
 * content may hold secrets (P-03), so neither stands here.
 */
function toText({ method, host, port, path, operations }: HttpFacts, body: HttpBody): string {
  const place = port === HTTPS_PORT ? host : `${host}:${port}`;
  const lines = operations.map(({ name, does }) => (name === does ? name : `${name}: ${does}`));
  return [`${method} https://${place}${path}`, ...lines, ...describeBody(body)].join('\n');
}

const HTTPS_PORT = 443;

function describeBody(body: HttpBody): readonly string[] {
  switch (body.kind) {
    case 'none':
      return [];
    case 'whole':
    case 'start': {
      const how = body.kind === 'whole' ? '' : ' at its beginning';
      return [`content${how}: ${body.bytes.length} bytes, sha256 ${hash('sha256', body.bytes)}`];
    }
    case 'too large':
    case 'undecodable':
      return [`content: ${body.kind}`];
  }
}

/** Why a request is over. */
export type RequestEnd = 'done' | 'client left' | 'session ended' | UpstreamProblem;

/** How it ended, for the record. */
export interface RequestEnded {
  readonly end: RequestEnd;
  /** Of the host's answer; null when there was none. */
  readonly status: number | null;
  readonly sent: number;
  readonly received: number;
}

/** The outcome of one request. An answer that tells of a failure is one. */
export function toOutcome({ end, status, sent, received }: RequestEnded): Outcome {
  const failed = status !== null && status >= 400;
  const answered = status === null ? [] : [`HTTP ${status}`];
  return {
    result: end === 'done' ? (failed ? 'failed' : 'done') : status === null ? 'failed' : 'unknown',
    tags: [...answered, `sent ${sent} bytes`, `received ${received} bytes`],
    errorCode: end === 'done' ? (failed ? `HTTP_${status}` : null) : CODES[end],
    rowsChanged: null,
    rowsReturned: null,
  };
}

const CODES: Readonly<Record<Exclude<RequestEnd, 'done'>, string>> = {
  'client left': 'CLIENT_LEFT',
  'session ended': 'SESSION_ENDED',
  'not found': 'NOT_FOUND',
  unreachable: 'UNREACHABLE',
  timeout: 'CONNECT_TIMEOUT',
  certificate: 'CERTIFICATE',
  lost: 'UPSTREAM_LOST',
  withheld: 'WITHHELD',
};
