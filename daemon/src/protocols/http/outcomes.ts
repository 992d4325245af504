/** How a connection outwards ended, in the words of the record. */

import type { Outcome } from '../../enforcement/enforcement.ts';
import type { TunnelEnd } from './conversation.ts';

/** Bytes that passed, TLS and all. */
export interface Traffic {
  readonly sent: number;
  readonly received: number;
}

/** `unknown`: it was open and was cut off, so nobody can say what the other side still did. */
const RESULTS: Readonly<Record<TunnelEnd, Pick<Outcome, 'result' | 'errorCode'>>> = {
  done: { result: 'done', errorCode: null },
  refused: { result: 'failed', errorCode: 'REFUSED' },
  'client left': { result: 'failed', errorCode: 'CLIENT_LEFT' },
  'upstream lost': { result: 'unknown', errorCode: 'UPSTREAM_LOST' },
  'hello timeout': { result: 'failed', errorCode: 'HELLO_TIMEOUT' },
  idle: { result: 'unknown', errorCode: 'IDLE' },
  'session ended': { result: 'unknown', errorCode: 'SESSION_ENDED' },
  'not found': { result: 'failed', errorCode: 'NOT_FOUND' },
  unreachable: { result: 'failed', errorCode: 'UNREACHABLE' },
  timeout: { result: 'failed', errorCode: 'CONNECT_TIMEOUT' },
  lost: { result: 'unknown', errorCode: 'UPSTREAM_LOST' },
};

/** The outcome of one connection. */
export function toOutcome(end: TunnelEnd, { sent, received }: Traffic): Outcome {
  return {
    ...RESULTS[end],
    tags: [`sent ${sent} bytes`, `received ${received} bytes`],
    rowsChanged: null,
    rowsReturned: null,
  };
}
