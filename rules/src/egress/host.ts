/**
 * Names of hosts as they are compared: one spelling for each, everything else refused.
 * SECURITY(P-31): a text that resolvers could read in more than one way is not a host here, so no second spelling of an
 * address or a name ever gets past a list.
 */

/** A host in its one spelling. */
export type Host =
  /** Lower case, ASCII (punycode), without a final dot. */
  | { readonly kind: 'name'; readonly text: string }
  /** Dotted decimal. */
  | { readonly kind: 'ipv4'; readonly text: string }
  /** As RFC 5952 writes it, without brackets. */
  | { readonly kind: 'ipv6'; readonly text: string };

export type ParsedHost =
  { readonly ok: true; readonly host: Host } | { readonly ok: false; readonly problem: string };

/** RFC 1035 section 2.3.4: what a name can hold at most, written without the final dot. */
const MAX_NAME_LENGTH = 253;
const MAX_LABEL_LENGTH = 63;

/** Letters, digits, hyphen; the underscore because real hosts have it. No other byte belongs into a name on the wire. */
const NAME = /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/;

/** What can stand in an IPv6 address. A zone (`%eth0`) cannot: it names an interface, not a host. */
const IPV6 = /^[0-9a-f:.]{2,45}$/;

const IPV4 = /^(0|[1-9]\d{0,2})(\.(0|[1-9]\d{0,2})){3}$/;

/**
 * Reads a host as a client or a certificate names it: ASCII only.
 * @param text a name, an IPv4 address, or an IPv6 address in brackets
 */
export function parseHost(text: string): ParsedHost {
  if (text.startsWith('[')) return parseIpv6(text);
  const lower = text.toLowerCase();
  const name = lower.endsWith('.') ? lower.slice(0, -1) : lower;
  if (!NAME.test(name)) return problem('it is not a host name');
  if (name.length > MAX_NAME_LENGTH) return problem('the name is too long');
  if (name.split('.').some((label) => label.length > MAX_LABEL_LENGTH)) {
    return problem('a label of the name is too long');
  }
  // The platform's URL parser knows every other notation of an IPv4 address (`0x7f.1`, `2130706433`) and rewrites or refuses it.
  const read = readAsUrl(name);
  if (read === null) return problem('it is neither a name nor an address');
  if (read !== name) return problem('write the address as four decimal numbers');
  if (IPV4.test(name)) {
    // `127.0.0.1.` is a name to some and an address to others.
    return lower === name
      ? { ok: true, host: { kind: 'ipv4', text: name } }
      : problem('an address has no final dot');
  }
  return { ok: true, host: { kind: 'name', text: name } };
}

/**
 * Reads a host as a person writes it: letters beyond ASCII become punycode first (UTS 46).
 * @param text as `parseHost`
 */
export function parseWrittenHost(text: string): ParsedHost {
  if (/^[\x00-\x7f]*$/.test(text)) return parseHost(text);
  if (/[/?#@:%\\[\]\s]/u.test(text)) return problem('it is not a host name');
  const read = readAsUrl(text);
  return read === null ? problem('it is not a host name') : parseHost(read);
}

/** The host as it stands in a URL or before a port: IPv6 in brackets. */
export function toHostText(host: Host): string {
  return host.kind === 'ipv6' ? `[${host.text}]` : host.text;
}

export type ParsedAuthority =
  | { readonly ok: true; readonly host: Host; readonly port: number }
  | { readonly ok: false; readonly problem: string };

/**
 * Reads `host:port`, the target of CONNECT (RFC 9112 section 3.2.3). The port must be there.
 * User information, a path and spaces make it unreadable.
 */
export function parseAuthority(text: string): ParsedAuthority {
  const colon = text.lastIndexOf(':');
  if (colon < 0) return problem('the port is missing');
  const port = parsePort(text.slice(colon + 1));
  if (port === null) return problem('the port is not a number from 1 to 65535');
  const parsed = parseHost(text.slice(0, colon));
  return parsed.ok ? { ok: true, host: parsed.host, port } : parsed;
}

/** A port in plain decimal digits without leading zeros; null for everything else. */
export function parsePort(text: string): number | null {
  if (!/^[1-9]\d{0,4}$/.test(text)) return null;
  const port = Number(text);
  return port <= 65_535 ? port : null;
}

function parseIpv6(text: string): ParsedHost {
  const inner = text.toLowerCase().slice(1, -1);
  if (!text.endsWith(']') || !IPV6.test(inner)) return problem('it is not an IPv6 address');
  const read = readAsUrl(`[${inner}]`);
  if (read === null) return problem('it is not an IPv6 address');
  return { ok: true, host: { kind: 'ipv6', text: read.slice(1, -1) } };
}

/** The host as the platform's URL parser reads it; null when it reads none. */
function readAsUrl(host: string): string | null {
  const url = URL.parse(`http://${host}/`);
  return url === null || url.hostname === '' ? null : url.hostname;
}

function problem(text: string): { readonly ok: false; readonly problem: string } {
  return { ok: false, problem: text };
}
