/** Turns results and failures into replies. The only file that says an error to a caller. */

import type { ServerResponse } from 'node:http';
import { AgentguardError } from '@agentguard/rules';
import type { WireError } from '../contract/errors/wire-error.ts';
import {
  CONTROL_VERSION,
  CONTROL_VERSION_HEADER,
  PRODUCT_VERSION,
  PRODUCT_VERSION_HEADER,
} from '../contract/version.ts';
import type { Refusal } from './request-head.ts';

/** The versions, as every body carries them. */
export const VERSIONS = { version: CONTROL_VERSION, product: PRODUCT_VERSION } as const;

/** The versions, as every head carries them, and what keeps a stray browser from making use of a reply. */
export function replyHeaders(type: string): Record<string, string> {
  return {
    'content-type': type,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    [CONTROL_VERSION_HEADER]: String(CONTROL_VERSION),
    [PRODUCT_VERSION_HEADER]: PRODUCT_VERSION,
  };
}

/** Sends the result of a call. */
export function sendResult(response: ServerResponse, result: unknown): void {
  sendJson(response, 200, { ...VERSIONS, ok: true, result });
}

/** Sends a failure, and closes the connection where its rest cannot be trusted. */
export function sendRefusal(response: ServerResponse, refusal: Refusal): void {
  const { code, message, help } = refusal;
  const error: WireError = { code, message, help };
  response.setHeader('connection', 'close');
  sendJson(response, refusal.status, { ...VERSIONS, ok: false, error });
}

/**
 * What may be said of a thrown value: our own errors meant for a person, and a fixed sentence for anything else.
 * The control socket is this person's own, so what the person may read may cross; what is for the log stays.
 */
export function toRefusal(error: unknown): Refusal {
  if (!(error instanceof AgentguardError)) return INTERNAL;
  const { code, help } = error;
  if (error.audience === 'log') {
    return { status: 500, code, message: `the daemon failed (${code})`, help: help ?? LOGS };
  }
  return { status: 400, code, message: error.message, help: help ?? null };
}

const LOGS = 'agentguard daemon logs';

const INTERNAL: Refusal = {
  status: 500,
  code: 'CONTROL_REFUSED',
  message: 'the daemon failed',
  help: LOGS,
};

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  if (response.headersSent || response.destroyed) return;
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, {
    ...replyHeaders('application/json'),
    'content-length': String(bytes.length),
  });
  response.end(bytes);
}
