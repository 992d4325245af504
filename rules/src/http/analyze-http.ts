/* eslint-disable @typescript-eslint/no-unused-vars -- the seam is here before what stands behind it */
/**
 * From one HTTP request to its facts. Pure: bytes in, facts out. Whatever cannot be read is an `unknown` operation, and
 * what could be read in two ways is judged in both.
 * SECURITY(P-02): no request leaves here without an operation.
 */

import type { HttpFacts, HttpOperation } from '../facts/http-facts.ts';
import type { SqlParser } from '../sql/parser.ts';
import { MAX_BODY_BYTES } from './limits.ts';
import type { Pack } from './pack.ts';
import type { BodyNeed, HttpRequest, HttpRequestHead, SocketMessage } from './request.ts';

/** What is known of the resource that a request goes to. */
export interface HttpKnowledge {
  /** The packs of the resource. Those whose hosts cover the request's host speak, or all of them when none does. */
  readonly packs: readonly Pack[];
  /** The grammar for SQL in bodies; null: every such body counts as one that cannot be looked into. */
  readonly sql: SqlParser | null;
}

/** Whether the body has to be read before the request can be judged. */
export function needsBody(head: HttpRequestHead, _knowledge: HttpKnowledge): BodyNeed {
  return head.method === 'GET' || head.method === 'HEAD'
    ? { need: 'nothing' }
    : { need: 'whole', maxBytes: MAX_BODY_BYTES };
}

/** Facts of one request. Never throws. */
export function analyzeHttp(request: HttpRequest, _knowledge: HttpKnowledge): HttpFacts {
  return toFacts(request, [unknownOperation(`${request.method} is not understood yet`)]);
}

/** Facts of one message that a client sends on an upgraded connection. */
export function analyzeSocketMessage(
  head: HttpRequestHead,
  _message: SocketMessage,
  _knowledge: HttpKnowledge,
): HttpFacts {
  return toFacts(head, [unknownOperation('the message cannot be read')]);
}

function toFacts(head: HttpRequestHead, operations: readonly HttpOperation[]): HttpFacts {
  const { method, host, port, target } = head;
  const path = target.split('?')[0] ?? target;
  return {
    ...{ method, host, port, path, query: [], provider: null, operations },
    json: null,
    secretSpans: [],
  };
}

function unknownOperation(does: string): HttpOperation {
  return { name: 'unknown', kind: 'unknown', severity: null, target: null, does, via: [] };
}
