/** From a request that was read to the operation that enforcement rules on, and from its end to the outcome. */

import { hash, randomUUID } from 'node:crypto';
import type { HttpBody, HttpFacts } from '@agentguard/rules';
import type { ConnectionFacts, Operation, Outcome } from '../../enforcement/enforcement.ts';
import type { UpstreamProblem } from './replies.ts';

/** What a request is told apart by, beside its facts. */
export interface SentRequest {
  /** Path and query, as sent. */
  readonly target: string;
  /** What was read of its content. */
  readonly body: HttpBody;
  /** There is content, whether it was read or not. */
  readonly hasBody: boolean;
}

/** The operation of one request. */
export function toOperation(
  connection: ConnectionFacts,
  facts: HttpFacts,
  sent: SentRequest,
): Operation {
  // Its ranges are of another text, one with the query; in this one nothing has to be masked.
  const action = { protocol: 'http', http: { ...facts, secretSpans: [] } } as const;
  return {
    connection,
    text: toText(facts, sent),
    action,
    inTransaction: false,
    // What was read is what is sent on; nothing about it can move while a person thinks.
    reread: () => action,
  };
}

/**
 * What is shown, recorded and bound by an approval: where it goes, what it does, and the digests of its query and content.
 * Both may hold secrets (P-03), so neither stands here itself.
 */
function toText({ method, host, port, path, operations }: HttpFacts, sent: SentRequest): string {
  const place = port === HTTPS_PORT ? host : `${host}:${port}`;
  const lines = operations.map(({ name, does }) => (name === does ? name : `${name}: ${does}`));
  return [
    `${method} https://${place}${path}`,
    ...lines,
    ...describeQuery(sent),
    ...describeBody(sent),
  ].join('\n');
}

const HTTPS_PORT = 443;

function describeQuery({ target }: SentRequest): readonly string[] {
  const at = target.indexOf('?');
  return at === -1 ? [] : [`query: sha256 ${hash('sha256', target.slice(at + 1))}`];
}

/**
 * SECURITY(P-09): content that was not read cannot be recognised, so each such request is one of its own: a yes to one of
 * them holds for no other.
 */
function describeBody({ body, hasBody }: SentRequest): readonly string[] {
  switch (body.kind) {
    case 'none':
      return hasBody ? [`content: not read, request ${randomUUID()}`] : [];
    case 'whole':
    case 'start': {
      const how = body.kind === 'whole' ? '' : ' at its beginning';
      return [`content${how}: ${body.bytes.length} bytes, sha256 ${hash('sha256', body.bytes)}`];
    }
    case 'too large':
    case 'undecodable':
      return [`content: ${body.kind}, request ${randomUUID()}`];
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
