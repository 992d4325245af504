/**
 * Which hosts a session may reach, as facts: the lists, the addresses behind a name, and what must never be reached.
 * It decides nothing. A built-in rule turns what is found here into a verdict.
 *
 * SECURITY(P-30): a name that no list has is never looked up, so not even a question of the resolver carries data out.
 * SECURITY(P-31): a name is looked up once, and whoever dials gets the addresses that were checked, not the name.
 * SECURITY(P-32): the servers of guarded resources and the guard's own ports are refused whatever the lists say.
 */

import { coversHost, opensPrivate, toHostText } from '@agentguard/rules';
import type { EgressFacts, EgressTransport, Host, HostEntry } from '@agentguard/rules';
import { classifyAddress, toComparable } from './address-class.ts';
import { hostsOfAgent } from './agent-hosts.ts';

/** More addresses than this are not tried, so not checked either. */
const MAX_ADDRESSES = 8;

/** Where a guarded server is: a name or an address, as its URL has it, and a port. */
export interface GuardedEndpoint {
  readonly host: string;
  readonly port: number;
}

/** What a session wants to reach. */
export interface EgressTarget {
  readonly host: Host;
  readonly port: number;
  readonly transport: EgressTransport;
  /** The session runs outside of a sandbox, where no list holds it; what is guarded stays guarded. Default false. */
  readonly unlisted?: boolean;
}

/** Addresses of a name. Rejects when there are none. */
export type Lookup = (name: string, signal: AbortSignal) => Promise<readonly string[]>;

/** What reach is judged from. */
export interface ReachParts {
  /** What the policy in force lists. */
  readonly listed: readonly HostEntry[];
  readonly lookup: Lookup;
  /** Addresses of this machine's interfaces now. */
  readonly ownAddresses: () => readonly string[];
  /** Ports of the guard's own listeners. */
  readonly ownPorts: () => readonly number[];
  /** Hosts that sessions reach through the guard of APIs alone; a session without that API reaches them by no other way. */
  readonly guardedApi: (host: string, port: number) => boolean;
  /** Servers of the guarded resources. Rejecting means that nobody knows, which is a refusal. */
  readonly guarded: () => Promise<readonly GuardedEndpoint[]>;
}

type Judgement = Pick<EgressFacts, 'standing' | 'note' | 'addresses'>;

/** Judges where sessions may connect to. */
export class Reach {
  readonly #parts: ReachParts;

  constructor(parts: ReachParts) {
    this.#parts = parts;
  }

  /** How clients speak to a host when they open a tunnel to it: TLS, unless it is listed for HTTP without TLS alone. */
  spokenTo(host: Host, port: number, agent: string): EgressTransport {
    const lists = [...this.#parts.listed, ...hostsOfAgent(agent)];
    const covered = (transport: EgressTransport): boolean =>
      lists.some((one) => coversHost(one, host, port, transport));
    return covered('plain') && !covered('tls') ? 'plain' : 'tls';
  }

  /**
   * Facts of one connection. Never rejects: what cannot be told is a refusal.
   * @param agent name of the session's agent, which has hosts of its own
   */
  async look(target: EgressTarget, agent: string, signal: AbortSignal): Promise<EgressFacts> {
    const { host, port, transport } = target;
    const found = await this.#judge(target, agent, signal);
    return { host: toHostText(host), port, transport, ...found };
  }

  async #judge(target: EgressTarget, agent: string, signal: AbortSignal): Promise<Judgement> {
    let guarded: readonly GuardedEndpoint[];
    try {
      guarded = await this.#parts.guarded();
    } catch {
      return refused('guarded', 'it could not be told where the guarded servers are');
    }
    if (guarded.some((endpoint) => isNamed(endpoint, target))) return refused('guarded', null);
    if (this.#parts.guardedApi(target.host.text, target.port)) return refused('guarded', null);
    const lists = [...this.#parts.listed, ...hostsOfAgent(agent)];
    const entries = lists.filter((one) =>
      coversHost(one, target.host, target.port, target.transport),
    );
    const open = target.unlisted === true;
    if (entries.length === 0 && !open) return refused('not listed', hintAt(lists, target));
    let addresses: readonly string[];
    try {
      addresses = await this.#addressesOf(target.host, signal);
    } catch {
      // It may be reached, yet there is nothing to dial: the caller says so, and the outcome is a failure.
      return { standing: 'listed', note: 'its name was not found', addresses: [] };
    }
    const places = addresses.map(toComparable);
    if (await this.#leadsToGuarded(places, target.port, guarded, signal)) {
      return refused('guarded', 'its name leads to that server');
    }
    return this.#judgeAddresses(addresses, target.port, open || entries.some(opensPrivate), {
      literal: target.host.kind !== 'name',
    });
  }

  async #addressesOf(host: Host, signal: AbortSignal): Promise<readonly string[]> {
    if (host.kind !== 'name') return [host.text];
    const found = await this.#parts.lookup(host.text, signal);
    if (found.length === 0) throw new Error('no address');
    return found.slice(0, MAX_ADDRESSES);
  }

  /** Names of guarded servers are looked up only when the port is theirs. */
  async #leadsToGuarded(
    places: readonly (string | null)[],
    port: number,
    guarded: readonly GuardedEndpoint[],
    signal: AbortSignal,
  ): Promise<boolean> {
    for (const endpoint of guarded) {
      if (endpoint.port !== port) continue;
      const own = toComparable(endpoint.host);
      const theirs = own === null ? await this.#placesOf(endpoint.host, signal) : [own];
      // Nobody knows where it is, so nobody knows that this is another server.
      if (theirs === null || theirs.some((place) => places.includes(place))) return true;
    }
    return false;
  }

  async #placesOf(name: string, signal: AbortSignal): Promise<readonly (string | null)[] | null> {
    try {
      return (await this.#parts.lookup(name, signal)).map(toComparable);
    } catch {
      return null;
    }
  }

  #judgeAddresses(
    addresses: readonly string[],
    port: number,
    privateOpen: boolean,
    { literal }: { readonly literal: boolean },
  ): Judgement {
    const ownPlaces = new Set(this.#parts.ownAddresses().map(toComparable));
    const ownPort = this.#parts.ownPorts().includes(port);
    for (const address of addresses) {
      const kind = classifyAddress(address);
      const here =
        kind === 'loopback' || kind === 'unspecified' || ownPlaces.has(toComparable(address));
      if (here && ownPort) return refused('own', null);
      if (kind === 'unspecified' || kind === 'multicast') {
        return refused('private', `\`${address}\` is ${kind}, which no entry opens`);
      }
      const closed = here || kind !== 'public';
      // An address that a person wrote down is meant as it stands; a name may lead elsewhere tomorrow.
      const opens = literal || (privateOpen && (here || kind === 'private'));
      if (closed && !opens) {
        const what = here ? 'an address of this machine' : kind;
        return refused('private', `\`${address}\` is ${what}`);
      }
    }
    return { standing: 'listed', note: null, addresses };
  }
}

function refused(standing: EgressFacts['standing'], note: string | null): Judgement {
  return { standing, note, addresses: [] };
}

function isNamed(endpoint: GuardedEndpoint, { host, port }: EgressTarget): boolean {
  if (endpoint.port !== port) return false;
  const name = endpoint.host.toLowerCase().replace(/\.$/, '');
  return (
    name === host.text || (toComparable(name) ?? name) === (toComparable(host.text) ?? host.text)
  );
}

/** What a person may have meant, when an entry comes near. */
function hintAt(
  lists: readonly HostEntry[],
  { host, port, transport }: EgressTarget,
): string | null {
  const other = transport === 'tls' ? 'plain' : 'tls';
  if (lists.some((one) => coversHost(one, host, port, other))) {
    return transport === 'tls'
      ? 'it is listed for HTTP without TLS only'
      : 'it is listed for TLS only';
  }
  const samePort = lists.filter((one) => one.port === port);
  if (samePort.some((one) => one.subdomains && one.host.text === host.text)) {
    return `\`*.${host.text}\` covers the names below it, not \`${host.text}\` itself`;
  }
  const ports = lists
    .filter((one) => coversHost(one, host, one.port, transport))
    .map((one) => one.port);
  return ports.length === 0 ? null : `it is listed with port ${[...new Set(ports)].join(', ')}`;
}
