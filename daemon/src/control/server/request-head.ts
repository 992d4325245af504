/**
 * What the head of a request must look like before a byte of its body is read. No I/O.
 * SECURITY(P-13): a page in a browser can reach local addresses, but cannot send a request without these traces.
 */

import type { ErrorCode } from '@agentguard/rules';
import { isCallName, isStreamName, methodShape } from '../contract/methods.ts';
import type { MethodName } from '../contract/methods.ts';
import {
  CONTROL_HOST,
  CONTROL_PATH_PREFIX,
  CONTROL_VERSION,
  CONTROL_VERSION_HEADER,
  OPERATOR_KEY_HEADER,
} from '../contract/version.ts';

/** A head as Node gives it: names and values in turn, as sent. */
export interface RawHead {
  readonly verb: string | undefined;
  readonly url: string | undefined;
  readonly rawHeaders: readonly string[];
}

/** A head that was understood. */
export interface RequestHead {
  readonly method: MethodName;
  /** The bearer token, unverified; null when none was sent. */
  readonly token: string | null;
  readonly operatorKey: string | null;
}

/** Why a request is not answered. */
export interface Refusal {
  readonly status: number;
  readonly code: ErrorCode;
  readonly message: string;
  readonly help: string | null;
}

export type HeadResult =
  | { readonly ok: true; readonly head: RequestHead }
  | { readonly ok: false; readonly refusal: Refusal };

/** Headers that only browsers send. */
const BROWSER_HEADER = /^(origin|referer|sec-.*|cookie|access-control-.*|upgrade)$/;

/** Headers that must not come twice, since two readers could take different ones. */
const ONCE = ['host', 'authorization', 'content-type', CONTROL_VERSION_HEADER, OPERATOR_KEY_HEADER];

/** Judges a head. */
export function judgeHead(raw: RawHead): HeadResult {
  const headers = groupHeaders(raw.rawHeaders);
  const refusal = judgeOrigin(headers) ?? judgeForm(raw, headers);
  if (refusal !== null) return { ok: false, refusal };
  const name = (raw.url ?? '').slice(CONTROL_PATH_PREFIX.length);
  if (!isCallName(name) && !isStreamName(name)) {
    return refuse(404, 'CONTROL_REFUSED', 'there is no such method');
  }
  const mismatch = judgeVersion(name, headers);
  if (mismatch !== null) return { ok: false, refusal: mismatch };
  const authorization = only(headers, 'authorization');
  const token = authorization === null ? null : /^Bearer (\S+)$/.exec(authorization)?.[1];
  if (token === undefined) return refuse(401, 'CONTROL_FORBIDDEN', 'the token cannot be read');
  return {
    ok: true,
    head: { method: name, token, operatorKey: only(headers, OPERATOR_KEY_HEADER) },
  };
}

function groupHeaders(raw: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const headers = new Map<string, string[]>();
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = (raw[at] ?? '').toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), raw[at + 1] ?? '']);
  }
  return headers;
}

function only(headers: ReadonlyMap<string, readonly string[]>, name: string): string | null {
  return headers.get(name)?.[0] ?? null;
}

function judgeOrigin(headers: ReadonlyMap<string, readonly string[]>): Refusal | null {
  const browser = [...headers.keys()].find((name) => BROWSER_HEADER.test(name));
  if (browser !== undefined) {
    return refusal(403, 'CONTROL_REFUSED', `a request with \`${browser}\` is not answered`);
  }
  const twice = ONCE.find((name) => (headers.get(name)?.length ?? 0) > 1);
  if (twice !== undefined) return refusal(400, 'CONTROL_REFUSED', `\`${twice}\` came twice`);
  if (only(headers, 'host') !== CONTROL_HOST) {
    return refusal(421, 'CONTROL_REFUSED', `\`Host\` must be \`${CONTROL_HOST}\``);
  }
  return null;
}

function judgeForm(raw: RawHead, headers: ReadonlyMap<string, readonly string[]>): Refusal | null {
  if (raw.verb !== 'POST') return refusal(405, 'CONTROL_REFUSED', 'only POST is answered');
  if (raw.url?.startsWith(CONTROL_PATH_PREFIX) !== true) {
    return refusal(404, 'CONTROL_REFUSED', 'there is no such method');
  }
  if (only(headers, 'content-type') !== 'application/json') {
    return refusal(415, 'CONTROL_REFUSED', '`Content-Type` must be `application/json`');
  }
  return null;
}

function judgeVersion(
  name: MethodName,
  headers: ReadonlyMap<string, readonly string[]>,
): Refusal | null {
  const version = only(headers, CONTROL_VERSION_HEADER);
  if (version === null) {
    return refusal(400, 'CONTROL_VERSION', `the header \`${CONTROL_VERSION_HEADER}\` is missing`);
  }
  if (version === String(CONTROL_VERSION) || methodShape(name).anyVersion === true) return null;
  return {
    status: 426,
    code: 'CONTROL_VERSION',
    message: `the daemon speaks version ${CONTROL_VERSION} of the control protocol, not the caller's`,
    help: 'agentguard daemon stop',
  };
}

function refusal(status: number, code: ErrorCode, message: string): Refusal {
  return { status, code, message, help: null };
}

function refuse(status: number, code: ErrorCode, message: string): HeadResult {
  return { ok: false, refusal: refusal(status, code, message) };
}
