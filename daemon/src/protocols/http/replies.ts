/**
 * What the proxy itself says to a client. The one place of the room where an outcome becomes bytes.
 * INVARIANT: fixed sentences and the words of a denial; never the text of an error, an address behind a name, or a token.
 */

import type { Denial } from '../../enforcement/enforcement.ts';

/** An answer of ours. */
export interface Reply {
  readonly status: number;
  readonly reason: string;
  /** Names and values in turn. */
  readonly fields: readonly string[];
  readonly body: string;
}

/** Why the server of a listed host could not be reached. */
export type UpstreamProblem = 'not found' | 'unreachable' | 'timeout' | 'lost';

/** Why nothing is done for a client at this moment. */
export type BusyReason = 'record' | 'connections' | 'session ended' | 'stopping';

/** RFC 9209: machines read this one. */
const PROXY_NAME = 'agentguard';

/** The proxy has to be told who asks. */
export function toChallenge(why: 'missing' | 'refused'): Reply {
  const body =
    why === 'missing'
      ? "agentguard: this proxy needs the token of a running session; it stands in the session's proxy variables"
      : 'agentguard: this token opens nothing (any more); start again with: agentguard run';
  return makeReply(407, 'Proxy Authentication Required', body, [
    'Proxy-Authenticate',
    'Basic realm="agentguard", charset="UTF-8"',
  ]);
}

/** The request itself cannot be taken. @param problem a sentence of ours about it */
export function toMalformed(problem: string): Reply {
  return makeReply(400, 'Bad Request', `agentguard: ${problem}`);
}

/** A rule said no. */
export function toDenialReply(denial: Denial): Reply {
  const body = `${denial.message}\n${denial.hint}\ndecision ${denial.decision}, ${denial.rules.join(', ')}`;
  return makeReply(403, 'Forbidden by agentguard', body, [
    'Proxy-Status',
    `${PROXY_NAME}; error=http_request_denied`,
    'X-Agentguard-Decision',
    denial.decision,
  ]);
}

/** A listed host did not answer. */
export function toUpstreamReply(problem: UpstreamProblem): Reply {
  const { status, reason, error, text } = UPSTREAM[problem];
  return makeReply(status, reason, `agentguard: ${text}`, [
    'Proxy-Status',
    `${PROXY_NAME}; error=${error}`,
  ]);
}

/** Nothing passes now. */
export function toBusyReply(why: BusyReason): Reply {
  return makeReply(503, 'Service Unavailable', `agentguard: ${BUSY[why]}`);
}

/** The tunnel is open. */
export const TUNNEL_OPEN = Buffer.from('HTTP/1.1 200 Connection established\r\n\r\n');

/** The fatal TLS alert `unrecognized_name` (RFC 6066 section 3): clients show it in place of an unexpected end. */
export const TLS_REFUSAL = Buffer.from('15030300020270', 'hex');

/** An answer as it stands on the wire; the connection ends with it. */
export function toReplyBytes(reply: Reply): Buffer {
  const lines = [`HTTP/1.1 ${reply.status} ${reply.reason}`];
  for (let at = 0; at + 1 < reply.fields.length; at += 2) {
    lines.push(`${reply.fields[at] ?? ''}: ${reply.fields[at + 1] ?? ''}`);
  }
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${reply.body}`);
}

const UPSTREAM = {
  'not found': {
    status: 502,
    reason: 'Bad Gateway',
    error: 'dns_error',
    text: 'the host was not found',
  },
  unreachable: {
    status: 502,
    reason: 'Bad Gateway',
    error: 'connection_refused',
    text: 'the host cannot be reached',
  },
  timeout: {
    status: 504,
    reason: 'Gateway Timeout',
    error: 'connection_timeout',
    text: 'the host did not answer in time',
  },
  lost: {
    status: 502,
    reason: 'Bad Gateway',
    error: 'connection_terminated',
    text: 'the connection to the host was lost',
  },
} as const;

const BUSY: Readonly<Record<BusyReason, string>> = {
  record: 'the record cannot be written, so nothing passes',
  connections: 'this session has too many connections open',
  'session ended': 'the session has ended',
  stopping: 'the daemon is stopping',
};

function makeReply(
  status: number,
  reason: string,
  body: string,
  fields: readonly string[] = [],
): Reply {
  const content = `${body}\n`;
  return {
    status,
    reason,
    fields: [
      ...fields,
      'Content-Type',
      'text/plain; charset=utf-8',
      'Content-Length',
      String(Buffer.byteLength(content)),
      'Connection',
      'close',
    ],
    body: content,
  };
}
