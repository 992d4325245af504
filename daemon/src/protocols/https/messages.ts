/**
 * What the head of a request to an API means. Bytes become heads in Node's own parsers, kept strict.
 * INVARIANT: two readings of one head are a refusal. What goes on upstream is written anew from what was read here.
 * RFC 9110, RFC 9112 section 3 and 11, RFC 9113 section 8.
 */

import {
  endToEndFields,
  parseAuthority,
  parsePort,
  valuesOf,
  withoutFields,
} from '@agentguard/rules';
import type { FieldList, Host } from '@agentguard/rules';
import { MAX_HEADER_FIELDS } from './limits.ts';

/** Where a request goes, as the tunnel was opened for. */
export interface Authority {
  readonly host: Host;
  readonly port: number;
}

/** A head as the parser hands it over. Pseudo-header fields of HTTP/2 are taken out of the list. */
export interface RequestHead {
  readonly version: '1.1' | '2';
  readonly method: string;
  /** The request target, or `:path`. */
  readonly target: string;
  /** `:authority`; null in HTTP/1.1, and where an HTTP/2 client sends none. */
  readonly authority: string | null;
  /** `:scheme`; null in HTTP/1.1. */
  readonly scheme: string | null;
  readonly fields: FieldList;
}

/** A request that has one reading. */
export interface ApiRequest {
  readonly method: string;
  /** Path and query, as sent. */
  readonly path: string;
  /** End-to-end fields without `Host`. */
  readonly fields: FieldList;
  /** The client waits for `100 Continue` before it sends its content. */
  readonly expectsContinue: boolean;
  /** It asks to go on with WebSocket. */
  readonly websocket: boolean;
  /** Trailer fields may follow the content, and are wanted behind the answer's (gRPC). */
  readonly trailers: boolean;
}

export type ReadRequest =
  | { readonly ok: true; readonly request: ApiRequest }
  | { readonly ok: false; readonly problem: string };

const HTTPS_PORT = 443;

/** RFC 9110 section 5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,40}$/;

/** A target that every reader takes for the same bytes: visible ASCII. */
const VISIBLE = /^[\x21-\x7e]*$/;

/** Field values of visible bytes, blanks and tabs; bytes above ASCII are opaque (RFC 9110 section 5.5). */
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** RFC 9113 section 8.2.2: a message with one of them is malformed. */
const FORBIDDEN_IN_2 = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
];

/** Reads a head. @param tunnel what the connection was opened for */
export function readApiRequest(head: RequestHead, tunnel: Authority): ReadRequest {
  const wrong = problemOfFields(head) ?? problemOfMethod(head) ?? problemOfHost(head, tunnel);
  if (wrong !== null) return { ok: false, problem: wrong };
  const path = readTarget(head.target, tunnel);
  if (path === null) return { ok: false, problem: 'the target is not a path of this host' };
  const upgrade = valuesOf(head.fields, 'upgrade').join(',').toLowerCase();
  if (upgrade !== '' && upgrade !== 'websocket') {
    return { ok: false, problem: 'only WebSocket can be asked for by Upgrade' };
  }
  const expect = valuesOf(head.fields, 'expect').join(',').toLowerCase();
  if (expect !== '' && expect !== '100-continue') {
    return { ok: false, problem: 'the expectation is not known' };
  }
  return {
    ok: true,
    request: {
      method: head.method,
      path,
      fields: withoutFields(endToEndFields(head.fields), new Set(['host'])),
      expectsContinue: expect !== '',
      websocket: upgrade !== '',
      trailers: valuesOf(head.fields, 'te').some((value) => /(^|,)\s*trailers\b/i.test(value)),
    },
  };
}

function problemOfFields({ fields, version }: RequestHead): string | null {
  if (fields.length > 2 * MAX_HEADER_FIELDS) return 'there are too many fields';
  if (!fields.every((text, at) => (at % 2 === 0 ? TOKEN_NAME : FIELD_VALUE).test(text))) {
    return 'a field cannot be read';
  }
  if (version === '2') {
    const forbidden = FORBIDDEN_IN_2.find((name) => valuesOf(fields, name).length > 0);
    return forbidden === undefined ? null : `the field \`${forbidden}\` does not belong in HTTP/2`;
  }
  const codings = valuesOf(fields, 'transfer-encoding');
  if (codings.length > 1 || codings.some((coding) => coding.toLowerCase() !== 'chunked')) {
    return 'the transfer coding is not `chunked` alone';
  }
  const lengths = valuesOf(fields, 'content-length');
  if (codings.length > 0 && lengths.length > 0) return 'the length is told in two ways';
  return lengths.length > 1 ? 'the length is told twice' : null;
}

const TOKEN_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/;

function problemOfMethod({ method, scheme }: RequestHead): string | null {
  if (!TOKEN.test(method)) return 'the method cannot be read';
  // A tunnel in a tunnel is not seen through, and TRACE would send credentials back.
  if (method === 'CONNECT' || method === 'TRACE' || method === 'TRACK') {
    return `${method} is not sent on`;
  }
  return scheme === null || scheme === 'https' ? null : 'the scheme is not https';
}

/** SECURITY: the host was judged once, for the tunnel; a request for another one inside of it was not. */
function problemOfHost(head: RequestHead, tunnel: Authority): string | null {
  const hosts = valuesOf(head.fields, 'host');
  const named = head.authority === null ? hosts : [head.authority, ...hosts];
  const enough = head.version === '2' ? named.length > 0 && hosts.length < 2 : hosts.length === 1;
  if (!enough) return 'it must name its host once';
  return named.every((text) => isSame(text, tunnel))
    ? null
    : 'the host of the request is not the host of the tunnel';
}

/** `/path?query`, `*` for OPTIONS, or the absolute form of this very host (RFC 9112 section 3.2). */
function readTarget(target: string, tunnel: Authority): string | null {
  if (!VISIBLE.test(target) || target.includes('#') || target.includes('\\')) return null;
  if (target.startsWith('/')) return target;
  const absolute = /^https:\/\/([^/?]*)(.*)$/i.exec(target);
  if (absolute === null || !isSame(absolute[1] ?? '', tunnel)) return null;
  const rest = absolute[2] ?? '';
  return rest.startsWith('/') ? rest : `/${rest}`;
}

/** Whether a text names the place of the tunnel; a missing port is that of https. */
function isSame(text: string, { host, port }: Authority): boolean {
  const match = /^(.*?)(?::(\d{1,5}))?$/.exec(text);
  const named = match?.[2] === undefined ? HTTPS_PORT : parsePort(match[2]);
  const read = named === null ? null : parseAuthority(`${match?.[1] ?? ''}:${named}`);
  return (
    read?.ok === true &&
    read.port === port &&
    read.host.kind === host.kind &&
    read.host.text === host.text
  );
}
