/**
 * The MCP servers of this person: accepted command lines, what a person saw of their definitions, and what waits.
 * SECURITY(P-92): which program runs is fixed by what a person accepted; a session's words only choose among those.
 */

import type { DefinitionKind, McpDefinition } from '@agentguard/rules';
import { ResourceError } from '../errors.ts';
import type { KnownDefinition } from '../protocols/mcp/guarded-server.ts';
import { readPendingFile, readServerFile, SERVER_NAME, writeServerFile } from './server-file.ts';
import type {
  Pending,
  PendingFile,
  Pin,
  Proposal,
  ServerFile,
  StoredServer,
} from './server-file.ts';

/** Definitions of one server that may wait; a server that makes more is a flood. */
const MAX_PENDING = 2000;

/** Command lines that sessions wanted; the oldest goes first. */
const MAX_PROPOSALS = 50;

/** Longest definition that is kept for a person to look at. A longer one stays out of sight for good. */
const MAX_DEFINITION_CHARACTERS = 256 * 1024;

const UNKNOWN: KnownDefinition = { pinned: null, word: null, waits: false };

/** The servers of one daemon. */
export class McpServerStore {
  readonly #serverPath: string;
  readonly #pendingPath: string;
  #servers: ServerFile;
  #pending: PendingFile;

  /** @throws ResourceError when the file is there and cannot be understood */
  constructor(serverPath: string, pendingPath: string) {
    this.#serverPath = serverPath;
    this.#pendingPath = pendingPath;
    this.#servers = readServerFile(serverPath);
    this.#pending = readPendingFile(pendingPath);
  }

  /** All servers by name. */
  list(): readonly (readonly [string, StoredServer])[] {
    return Object.entries(this.#servers.servers).sort(([one], [other]) => one.localeCompare(other));
  }

  /** One server; undefined when there is none of that name. */
  find(name: string): StoredServer | undefined {
    return Object.hasOwn(this.#servers.servers, name) ? this.#servers.servers[name] : undefined;
  }

  /**
   * One server.
   * @throws ResourceError `RESOURCE_NOT_FOUND`
   */
  show(name: string): StoredServer {
    const found = this.find(name);
    if (found !== undefined) return found;
    throw new ResourceError('RESOURCE_NOT_FOUND', `no MCP server is called \`${name}\``, {
      audience: 'user',
      help: 'agentguard mcp list',
    });
  }

  /** The server that a command line means: word for word, or joined by a client that does so. Null when it is not one. */
  match(argv: readonly string[]): string | null {
    const all = this.list();
    const exact = all.find(([, server]) => isSame(server.argv, argv));
    if (exact !== undefined) return exact[0];
    const joined = argv.join(' ');
    const alike = all.filter(([, server]) => server.argv.join(' ') === joined);
    return alike.length === 1 ? (alike[0]?.[0] ?? null) : null;
  }

  /** Puts a server in, or in place of an earlier one of its name; its pins stay where its command line does. */
  put(name: string, server: StoredServer): void {
    if (!SERVER_NAME.test(name)) {
      throw new ResourceError('RESOURCE_INVALID', `\`${name}\` is no name for a server`, {
        audience: 'user',
        help: 'lower case letters, digits, - and _, starting with a letter',
      });
    }
    this.#writeServers({ ...this.#servers.servers, [name]: server });
    const proposals = this.#pending.proposals.filter(({ argv }) => !isSame(argv, server.argv));
    if (proposals.length < this.#pending.proposals.length)
      this.#writePending({ ...this.#pending, proposals });
  }

  /** Takes a server out; false when there was none. */
  remove(name: string): boolean {
    if (this.find(name) === undefined) return false;
    const kept = Object.entries(this.#servers.servers).filter(([other]) => other !== name);
    this.#writeServers(Object.fromEntries(kept));
    const pending = Object.entries(this.#pending.pending).filter(([other]) => other !== name);
    this.#writePending({ ...this.#pending, pending: Object.fromEntries(pending) });
    return true;
  }

  /** What is known of a definition. */
  known(server: string, kind: DefinitionKind, name: string): KnownDefinition {
    const stored = this.find(server);
    if (stored === undefined) return UNKNOWN;
    const pin = stored.pins.find((one) => one.kind === kind && one.name === name);
    const waits = this.pending(server).some((one) => one.kind === kind && one.name === name);
    return { pinned: pin?.digest ?? null, word: pin?.word ?? null, waits };
  }

  /** Definitions that wait for a person. */
  pending(server: string): readonly Pending[] {
    return Object.hasOwn(this.#pending.pending, server)
      ? (this.#pending.pending[server] ?? [])
      : [];
  }

  /** Command lines that sessions wanted and nobody accepted. */
  proposals(): readonly Proposal[] {
    return this.#pending.proposals;
  }

  /** Remembers a command line that a session wanted. */
  propose(proposal: Proposal): void {
    const others = this.#pending.proposals.filter(({ argv }) => !isSame(argv, proposal.argv));
    this.#writePending({
      ...this.#pending,
      proposals: [...others, proposal].slice(-MAX_PROPOSALS),
    });
  }

  /**
   * Definitions that came past: what is not pinned waits, what is pinned waits no longer.
   * @returns names of what began to wait
   */
  observe(server: string, definitions: readonly McpDefinition[], at: string): readonly string[] {
    const stored = this.find(server);
    if (stored === undefined) return [];
    const waiting = new Map(this.pending(server).map((one) => [`${one.kind} ${one.name}`, one]));
    const began: string[] = [];
    let changed = false;
    for (const { kind, name, text, digest } of definitions) {
      const key = `${kind} ${name}`;
      const pin = stored.pins.find((one) => one.kind === kind && one.name === name);
      if (pin?.digest === digest) {
        changed = waiting.delete(key) || changed;
      } else if (waiting.get(key)?.digest !== digest && this.#fits(waiting, key, text)) {
        waiting.set(key, { kind, name, digest, text, seenAt: at });
        began.push(key);
        changed = true;
      }
    }
    if (changed) {
      const pending = { ...this.#pending.pending, [server]: [...waiting.values()] };
      this.#writePending({ ...this.#pending, pending });
    }
    return began;
  }

  /** Pins definitions; what waited of them waits no longer. */
  pin(server: string, pins: readonly Pin[]): void {
    const stored = this.show(server);
    const keys = new Set(pins.map(({ kind, name }) => `${kind} ${name}`));
    const others = stored.pins.filter(({ kind, name }) => !keys.has(`${kind} ${name}`));
    this.#writeServers({
      ...this.#servers.servers,
      [server]: { ...stored, pins: [...others, ...pins] },
    });
    const waiting = this.pending(server).filter(({ kind, name }) => !keys.has(`${kind} ${name}`));
    this.#writePending({
      ...this.#pending,
      pending: { ...this.#pending.pending, [server]: waiting },
    });
  }

  #fits(waiting: ReadonlyMap<string, Pending>, key: string, text: string): boolean {
    return (
      text.length <= MAX_DEFINITION_CHARACTERS && (waiting.has(key) || waiting.size < MAX_PENDING)
    );
  }

  #writeServers(servers: ServerFile['servers']): void {
    const file: ServerFile = { version: 1, servers };
    writeServerFile(this.#serverPath, file);
    this.#servers = file;
  }

  #writePending(file: PendingFile): void {
    writeServerFile(this.#pendingPath, file);
    this.#pending = file;
  }
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((word, index) => word === other[index]);
}
