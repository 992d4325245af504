/**
 * One entry of a list of hosts that may be reached, and what it covers.
 * INVARIANT: an entry covers what it says and nothing near it: `*.example.com` is not `example.com`, a name is not its
 * subdomains, a host is one port.
 */

import { parsePort, parseWrittenHost, toHostText } from './host.ts';
import type { Host } from './host.ts';

/** How clients speak to a host: TLS, or HTTP without it. */
export type EgressTransport = 'tls' | 'plain';

/** One entry. */
export interface HostEntry {
  readonly host: Host;
  /** True for `*.example.com`: every name below, at any depth, and not the name itself. */
  readonly subdomains: boolean;
  readonly port: number;
  readonly transport: EgressTransport;
  /** Its addresses may be of this machine or of a private network. */
  readonly private: boolean;
}

/** What a file says beside the host. */
export interface HostEntryOptions {
  readonly port?: number | undefined;
  readonly tls?: boolean | undefined;
  readonly private?: boolean | undefined;
}

export type ParsedHostEntry =
  | { readonly ok: true; readonly entry: HostEntry }
  | { readonly ok: false; readonly problem: string };

const DEFAULT_PORT: Readonly<Record<EgressTransport, number>> = { tls: 443, plain: 80 };

/** `*.com` would be half of the internet. */
const MIN_WILDCARD_LABELS = 2;

/**
 * Reads one entry: `api.example.com`, `*.example.com`, `api.example.com:8443`, `192.0.2.7`, `[2001:db8::7]:8443`.
 * @param text host, with a port when `options` has none
 */
export function parseHostEntry(text: string, options: HostEntryOptions = {}): ParsedHostEntry {
  if (/:\/\/|[/?#]/.test(text)) return problem('write the host alone, without scheme or path');
  if (text.includes('@')) return problem('a host has no user name');
  const split = splitPort(text);
  if (split === null) return problem('the port is not a number from 1 to 65535');
  if (split.port !== null && options.port !== undefined) {
    return problem('the port stands there twice');
  }
  const subdomains = split.host.startsWith('*.');
  const written = subdomains ? split.host.slice(2) : split.host;
  if (written.includes('*'))
    return problem('a `*` stands only at the start, as in `*.example.com`');
  const parsed = parseWrittenHost(written);
  if (!parsed.ok) return parsed;
  const { host } = parsed;
  const labels = host.text.split('.').length;
  if (subdomains && (host.kind !== 'name' || labels < MIN_WILDCARD_LABELS)) {
    return problem('a `*.` needs a name of two parts at least behind it');
  }
  const transport = options.tls === false ? 'plain' : 'tls';
  return {
    ok: true,
    entry: {
      host,
      subdomains,
      port: split.port ?? options.port ?? DEFAULT_PORT[transport],
      transport,
      private: options.private === true,
    },
  };
}

/** Whether the entry covers the host, the port and the transport. */
export function coversHost(
  entry: HostEntry,
  host: Host,
  port: number,
  transport: EgressTransport,
): boolean {
  if (entry.port !== port || entry.transport !== transport) return false;
  if (entry.subdomains) return host.kind === 'name' && host.text.endsWith(`.${entry.host.text}`);
  return entry.host.kind === host.kind && entry.host.text === host.text;
}

/** Whether the entry opens addresses of this machine and of private networks: said so, or named by address. */
export function opensPrivate(entry: HostEntry): boolean {
  return entry.private || entry.host.kind !== 'name';
}

/** The entry as a person would write it. */
export function toEntryText(entry: HostEntry): string {
  return `${entry.subdomains ? '*.' : ''}${toHostText(entry.host)}:${entry.port}`;
}

function splitPort(text: string): { readonly host: string; readonly port: number | null } | null {
  const colon = text.lastIndexOf(':');
  if (colon < 0 || colon < text.lastIndexOf(']')) return { host: text, port: null };
  const port = parsePort(text.slice(colon + 1));
  return port === null ? null : { host: text.slice(0, colon), port };
}

function problem(text: string): { readonly ok: false; readonly problem: string } {
  return { ok: false, problem: text };
}
