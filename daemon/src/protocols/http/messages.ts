/**
 * What the head of a request to the proxy means: who asks, and where to. Bytes become heads in Node's own parser, kept
 * strict; it refuses line folding, bare line ends, spaces before colons, and lengths that contradict each other.
 * INVARIANT: two readings of one head are a refusal. What goes on upstream is written anew from what was read here.
 */

import {
  endToEndFields,
  parseAuthority,
  parsePort,
  toHostText,
  valuesOf,
  withoutFields,
} from '@agentguard/rules';
import type { Host } from '@agentguard/rules';
import { MAX_HEADER_FIELDS } from './limits.ts';

/** A head as the parser hands it over. */
export interface RequestHead {
  readonly method: string;
  /** The request target as it was sent. */
  readonly target: string;
  /** Names and values in turn, as they were sent, repetitions and all. */
  readonly fields: readonly string[];
}

/** What a client proves itself with. */
export type ProxyCredential =
  | { readonly kind: 'none' }
  | { readonly kind: 'malformed' }
  | { readonly kind: 'token'; readonly token: string };

export interface Authority {
  readonly host: Host;
  readonly port: number;
}

export type ReadTarget =
  ({ readonly ok: true } & Authority) | { readonly ok: false; readonly problem: string };

/** A request without TLS, ready to be sent on. */
export type ReadRequest =
  | {
      readonly ok: true;
      readonly authority: Authority;
      readonly method: string;
      /** Path and query, as sent. */
      readonly path: string;
      /** Names and values in turn, `Host` first. */
      readonly fields: readonly string[];
    }
  | { readonly ok: false; readonly problem: string };

const PLAIN_PORT = 80;

/** Reads `Proxy-Authorization`: Basic (RFC 7617), whose user name means nothing, or Bearer (RFC 6750). */
export function readCredential(fields: readonly string[]): ProxyCredential {
  const values = valuesOf(fields, 'proxy-authorization');
  if (values.length === 0) return { kind: 'none' };
  const [value = ''] = values;
  // A scoped token stays below a thousand characters, which are four thirds of that in base64.
  const bearer = /^bearer +([\w.-]{1,1000})$/i.exec(value)?.[1];
  if (values.length === 1 && bearer !== undefined) return { kind: 'token', token: bearer };
  const match = /^basic +([A-Za-z0-9+/]{1,1500}={0,2})$/i.exec(value);
  if (values.length > 1 || match === null) return { kind: 'malformed' };
  const text = Buffer.from(match[1] ?? '', 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? { kind: 'malformed' } : { kind: 'token', token: text.slice(colon + 1) };
}

/** Reads a CONNECT (RFC 9110 section 9.3.6). It has a host and a port, and no content. */
export function readConnect(head: RequestHead): ReadTarget {
  if (head.fields.length > 2 * MAX_HEADER_FIELDS) return problem('there are too many fields');
  if (
    valuesOf(head.fields, 'content-length').length > 0 ||
    valuesOf(head.fields, 'transfer-encoding').length > 0
  ) {
    return problem('a CONNECT has no content');
  }
  const target = parseAuthority(head.target);
  if (!target.ok) return problem(`the target of CONNECT cannot be read: ${target.problem}`);
  const { host, port } = target;
  const hosts = valuesOf(head.fields, 'host');
  // A Host field may leave out the port here; old clients leave out the field.
  const named = hosts.every((text) => isSame(text, { host, port }, port));
  return hosts.length < 2 && named
    ? target
    : problem('the Host field and the target of CONNECT differ');
}

/**
 * Reads a request that is sent on without TLS.
 * @param tunnel the host that the connection was opened for, when it came through a CONNECT; null for the absolute form
 */
export function readPlainRequest(head: RequestHead, tunnel: Authority | null): ReadRequest {
  if (head.fields.length > 2 * MAX_HEADER_FIELDS) return problem('there are too many fields');
  // The parser lets other codings pass up to the content; here the only one that is sent on is the last one there is.
  const codings = valuesOf(head.fields, 'transfer-encoding');
  if (codings.length > 1 || codings.some((coding) => coding.toLowerCase() !== 'chunked')) {
    return problem('the transfer coding is not `chunked` alone');
  }
  const target = tunnel === null ? readAbsolute(head.target) : readOrigin(head.target, tunnel);
  if (!target.ok) return target;
  const hosts = valuesOf(head.fields, 'host');
  if (hosts.length !== 1 || !isSame(hosts[0] ?? '', target.authority, PLAIN_PORT)) {
    return problem('the Host field and the target differ');
  }
  const { authority, path } = target;
  return {
    ok: true,
    authority,
    method: head.method,
    path,
    fields: toUpstreamFields(head.fields, authority),
  };
}

type Placed =
  | { readonly ok: true; readonly authority: Authority; readonly path: string }
  | { readonly ok: false; readonly problem: string };

/** `http://host:port/path?query` (RFC 9112 section 3.2.2). */
function readAbsolute(target: string): Placed {
  if (/^https:/i.test(target)) return problem('use CONNECT for https');
  const match = /^http:\/\/([^/?#]*)([^#]*)$/i.exec(target);
  if (match === null) return problem('the target is not `http://` with a host');
  const [, written = '', rest = ''] = match;
  const authority = parseAuthority(/:\d*$/.test(written) ? written : `${written}:${PLAIN_PORT}`);
  if (!authority.ok) return problem(`the target cannot be read: ${authority.problem}`);
  return { ok: true, authority, path: rest.startsWith('/') ? rest : `/${rest}` };
}

/** `/path?query` inside of a tunnel, or the absolute form of the same host. */
function readOrigin(target: string, tunnel: Authority): Placed {
  if (target.startsWith('/')) {
    return target.includes('#')
      ? problem('the target has a fragment')
      : { ok: true, authority: tunnel, path: target };
  }
  const absolute = readAbsolute(target);
  if (!absolute.ok) return absolute;
  const same =
    absolute.authority.port === tunnel.port && isHost(absolute.authority.host, tunnel.host);
  return same ? absolute : problem('the target is not the host of the tunnel');
}

function toUpstreamFields(fields: readonly string[], authority: Authority): readonly string[] {
  const { host, port } = authority;
  const name = port === PLAIN_PORT ? toHostText(host) : `${toHostText(host)}:${port}`;
  return ['Host', name, ...withoutFields(endToEndFields(fields), new Set(['host']))];
}

/** Whether a request announces content. */
export function hasContent(fields: readonly string[]): boolean {
  return (
    valuesOf(fields, 'content-length').length > 0 ||
    valuesOf(fields, 'transfer-encoding').length > 0
  );
}

/** Whether its content comes in chunks, since its length is not known. */
export function isChunked(fields: readonly string[]): boolean {
  return valuesOf(fields, 'transfer-encoding').length > 0;
}

/** Whether a Host field names the same place. @param missingPort what a missing port means */
function isSame(field: string, authority: Authority, missingPort: number): boolean {
  const match = /^(.*?)(?::(\d+))?$/.exec(field);
  const port = match?.[2] === undefined ? missingPort : parsePort(match[2]);
  const read = port === null ? null : parseAuthority(`${match?.[1] ?? ''}:${port}`);
  return read?.ok === true && read.port === authority.port && isHost(read.host, authority.host);
}

function isHost(left: Host, right: Host): boolean {
  return left.kind === right.kind && left.text === right.text;
}

function problem(text: string): { readonly ok: false; readonly problem: string } {
  return { ok: false, problem: text };
}
