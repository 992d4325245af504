/**
 * What kind of place an address is. A name may lead anywhere, so every address is looked at before it is dialed.
 * INVARIANT: an address that is not understood, or is in no known range, is not public.
 *
 * Ranges: the IANA registries of special-purpose addresses for IPv4 and IPv6 (RFC 6890 and its updates).
 */

export type AddressClass =
  | 'public'
  /** This machine. */
  | 'loopback'
  /** RFC 1918, carrier-grade NAT, unique local. */
  | 'private'
  /** Neighbours on the wire; cloud metadata services live at 169.254.169.254. */
  | 'link-local'
  /** `0.0.0.0/8` and `::`, which many systems take for the loopback. */
  | 'unspecified'
  | 'multicast'
  /** Documentation, benchmarks, tunnels of the past, and whatever nobody gave out. */
  | 'reserved';

interface Ipv4Range {
  readonly base: number;
  readonly bits: number;
  readonly kind: AddressClass;
}

function range4(text: string, kind: AddressClass): Ipv4Range {
  const [base = '', bits = ''] = text.split('/');
  return { base: toNumber(base), bits: Number(bits), kind };
}

const IPV4_RANGES: readonly Ipv4Range[] = [
  range4('0.0.0.0/8', 'unspecified'),
  range4('10.0.0.0/8', 'private'),
  range4('100.64.0.0/10', 'private'),
  range4('127.0.0.0/8', 'loopback'),
  range4('169.254.0.0/16', 'link-local'),
  range4('172.16.0.0/12', 'private'),
  range4('192.0.0.0/24', 'reserved'),
  range4('192.0.2.0/24', 'reserved'),
  range4('192.88.99.0/24', 'reserved'),
  range4('192.168.0.0/16', 'private'),
  range4('198.18.0.0/15', 'reserved'),
  range4('198.51.100.0/24', 'reserved'),
  range4('203.0.113.0/24', 'reserved'),
  range4('224.0.0.0/4', 'multicast'),
  range4('240.0.0.0/4', 'reserved'),
];

const IPV4 = /^(?:0|[1-9]\d{0,2})(?:\.(?:0|[1-9]\d{0,2})){3}$/;

/**
 * The address in the one form in which two are compared: IPv4 in dotted decimal also when it was written inside IPv6,
 * IPv6 as eight groups. Null when it is not an address, or has a zone.
 */
export function toComparable(address: string): string | null {
  if (IPV4.test(address))
    return address.split('.').every((part) => Number(part) < 256) ? address : null;
  const groups = toGroups(address);
  return groups === null
    ? null
    : (mappedIpv4(groups) ?? groups.map((group) => group.toString(16)).join(':'));
}

/** What kind of place an address is. What is no address is `reserved`. */
export function classifyAddress(address: string): AddressClass {
  const comparable = toComparable(address);
  if (comparable === null) return 'reserved';
  if (IPV4.test(comparable)) return classifyIpv4(comparable);
  const groups = toGroups(comparable);
  return groups === null ? 'reserved' : classifyIpv6(groups);
}

function classifyIpv4(address: string): AddressClass {
  const value = toNumber(address);
  const found = IPV4_RANGES.find(({ base, bits }) => {
    const size = 2 ** (32 - bits);
    return value >= base && value < base + size;
  });
  return found?.kind ?? 'public';
}

function classifyIpv6(groups: readonly number[]): AddressClass {
  const [first = 0, second = 0] = groups;
  if (groups.every((group) => group === 0)) return 'unspecified';
  if (groups.slice(0, 7).every((group) => group === 0) && groups[7] === 1) return 'loopback';
  // RFC 6052: the IPv4 address that a translator will dial stands in the last 32 bits.
  if (isNat64(groups)) return classifyIpv4(lastIpv4(groups));
  if ((first & 0xfe00) === 0xfc00 || (first & 0xffc0) === 0xfec0) return 'private';
  if ((first & 0xffc0) === 0xfe80) return 'link-local';
  if ((first & 0xff00) === 0xff00) return 'multicast';
  if ((first & 0xe000) !== 0x2000) return 'reserved';
  // 2001::/23 (Teredo, ORCHID and others), documentation, 6to4.
  if (first === 0x2001 && (second < 0x0200 || second === 0x0db8)) return 'reserved';
  if (first === 0x2002 || (first === 0x3fff && second < 0x1000)) return 'reserved';
  return 'public';
}

function isNat64(groups: readonly number[]): boolean {
  return (
    groups[0] === 0x64 && groups[1] === 0xff9b && groups.slice(2, 6).every((group) => group === 0)
  );
}

/** The IPv4 address of `::ffff:a.b.c.d`; null for every other. */
function mappedIpv4(groups: readonly number[]): string | null {
  const mapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  return mapped ? lastIpv4(groups) : null;
}

function lastIpv4(groups: readonly number[]): string {
  const [high = 0, low = 0] = groups.slice(6);
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.');
}

/** The eight groups; null for what is not an IPv6 address. The platform's URL parser knows every way to write one. */
function toGroups(address: string): readonly number[] | null {
  if (!/^[0-9a-f:.]{2,45}$/i.test(address)) return null;
  const url = URL.parse(`http://[${address}]/`);
  if (url === null) return null;
  const [left = '', right] = url.hostname.slice(1, -1).split('::');
  const before = readGroups(left);
  const after = readGroups(right ?? '');
  const missing = right === undefined ? 0 : 8 - before.length - after.length;
  return [...before, ...Array<number>(missing).fill(0), ...after];
}

function readGroups(text: string): readonly number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
}

function toNumber(address: string): number {
  return address.split('.').reduce((value, part) => value * 256 + Number(part), 0);
}
