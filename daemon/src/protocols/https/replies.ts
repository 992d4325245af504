/**
 * What the guard itself says to a client of an API, in the form that such clients read. The one place of the room where an
 * outcome becomes words.
 * INVARIANT: fixed sentences and the words of a denial; never the text of an error, an address behind a name, or a token.
 */

import { valuesOf } from '@agentguard/rules';
import type { FieldList } from '@agentguard/rules';
import type { Denial } from '../../enforcement/enforcement.ts';

/** An answer of ours. Names and values in turn, without those of one connection. */
export interface Reply {
  readonly status: number;
  readonly fields: FieldList;
  readonly body: string;
}

/** Why the host of an API gave no answer that could be brought. */
export type UpstreamProblem =
  'not found' | 'unreachable' | 'timeout' | 'certificate' | 'lost' | 'withheld';

/** Why nothing is done for a client at this moment. */
export type BusyReason = 'fault' | 'connections' | 'session ended';

/** RFC 9209: machines read this one. */
const PROXY_NAME = 'agentguard';

/** What of a request tells how its client wants to be spoken to. */
interface Asking {
  readonly path: string;
  readonly fields: FieldList;
}

/** A rule said no, or the person did. */
export function toDenialReply(denial: Denial, request: Asking): Reply {
  const { decision, message, hint, rules } = denial;
  const fields = [
    ...['Proxy-Status', `${PROXY_NAME}; error=http_request_denied`],
    ...['X-Agentguard-Decision', decision],
  ];
  const text = `${message}\n${hint}\ndecision ${decision}, ${rules.join(', ')}`;
  if (!readsJson(request)) return inText(403, text, fields);
  // `errors` is where clients of GraphQL look, `message` where those of most other APIs do.
  const body = { message, hint, decision, rules, errors: [{ message: `${message}. ${hint}` }] };
  return inJson(403, body, fields);
}

/** The request itself cannot be taken. @param problem a sentence of ours about it */
export function toMalformed(problem: string): Reply {
  return inText(400, `agentguard: ${problem}`);
}

/** The host did not answer, or its answer cannot be shown. */
export function toUpstreamReply(problem: UpstreamProblem): Reply {
  const { status, error, text } = UPSTREAM[problem];
  return inText(status, `agentguard: ${text}`, ['Proxy-Status', `${PROXY_NAME}; error=${error}`]);
}

/** Nothing passes now. */
export function toBusyReply(why: BusyReason): Reply {
  return inText(503, `agentguard: ${BUSY[why]}`);
}

const UPSTREAM = {
  'not found': { status: 502, error: 'dns_error', text: 'the host was not found' },
  unreachable: { status: 502, error: 'connection_refused', text: 'the host cannot be reached' },
  timeout: { status: 504, error: 'connection_timeout', text: 'the host did not answer in time' },
  certificate: {
    status: 502,
    error: 'tls_certificate_error',
    text: 'the certificate of the host cannot be verified',
  },
  lost: {
    status: 502,
    error: 'connection_terminated',
    text: 'the connection to the host was lost',
  },
  withheld: {
    status: 502,
    error: 'http_response_transform_error',
    text: 'the answer may hold credentials and cannot be masked, so it is withheld',
  },
} as const satisfies Readonly<
  Record<
    UpstreamProblem,
    { readonly status: number; readonly error: string; readonly text: string }
  >
>;

const BUSY: Readonly<Record<BusyReason, string>> = {
  fault:
    'the guard could not do its work, so nothing passes; the person finds why with: agentguard daemon logs',
  connections: 'this session has too many connections open',
  'session ended': 'the session has ended',
};

/** Clients of APIs mostly read JSON, and say so in one of these fields. */
function readsJson({ fields }: Asking): boolean {
  return ['accept', 'content-type'].some((name) =>
    valuesOf(fields, name).some((value) => /\bjson\b/i.test(value)),
  );
}

function inJson(status: number, body: object, fields: FieldList): Reply {
  return make(status, `${JSON.stringify(body)}\n`, [
    ...fields,
    ...['Content-Type', 'application/json; charset=utf-8'],
  ]);
}

function inText(status: number, text: string, fields: FieldList = []): Reply {
  return make(status, `${text}\n`, [...fields, 'Content-Type', 'text/plain; charset=utf-8']);
}

function make(status: number, body: string, fields: FieldList): Reply {
  const length = String(Buffer.byteLength(body));
  return {
    status,
    fields: [...fields, 'Content-Length', length, 'Cache-Control', 'no-store'],
    body,
  };
}
