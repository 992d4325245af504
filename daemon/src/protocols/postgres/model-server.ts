/**
 * For tests: a PostgreSQL server as far as its protocol goes, small enough to be obviously right. It runs nothing; it notes
 * which statements a real server would have run, empty ones aside. Statements are told by their words: `FAIL` fails when run, `BAD` when parsed.
 */

import { answer } from './sample-messages.ts';
import { ClientFramer } from './frames.ts';
import { decodeFrontend } from './messages.ts';
import type { FrontendMessage } from './messages.ts';

interface ModelPortal {
  readonly text: string;
  /** Bound to what SQL PREPARE made: running it runs what was prepared, not PREPARE. */
  readonly bySql: boolean;
  done: boolean;
}

type Status = 'I' | 'T' | 'E';

/** Answers what it is sent, message by message. */
export class ModelServer {
  /** Texts of the statements that ran, in order; a Query counts as one. */
  readonly ran: string[] = [];
  readonly #framer = new ClientFramer();
  readonly #statements = new Map<string, string>();
  /** Names whose statement came by Parse. */
  readonly #parsed = new Set<string>();
  readonly #portals = new Map<string, ModelPortal>();
  #status: Status = 'I';
  #skipping = false;
  #copying: 'no' | 'simple' | 'extended' = 'no';
  ended = false;

  constructor() {
    this.#framer.expectMessages();
  }

  /** Takes bytes and gives the answers. */
  take(bytes: Buffer): Buffer[] {
    this.#framer.push(bytes);
    const out: Buffer[] = [];
    for (let frame = this.#framer.next(); frame !== null; frame = this.#framer.next()) {
      if (frame.kind === 'copy data') continue;
      if (frame.kind !== 'message') throw new Error(`the gate sent ${frame.kind}`);
      const decoded = decodeFrontend(frame.type, frame.raw);
      if (!decoded.ok) throw new Error(`the gate sent something malformed`);
      if (!this.ended) out.push(...this.#message(decoded.message));
    }
    return out;
  }

  #message(message: FrontendMessage): readonly Buffer[] {
    if (message.kind === 'terminate') {
      this.ended = true;
      return [];
    }
    if (this.#copying !== 'no') return this.#copyMessage(message);
    if (message.kind === 'sync') return this.#sync();
    if (this.#skipping) return [];
    switch (message.kind) {
      case 'query':
        return this.#query(message.text);
      case 'parse':
        return this.#parse(message.name, message.text);
      case 'bind':
        return this.#bind(message.portal, message.statement);
      case 'describe':
        return this.#describe(message.thing, message.name);
      case 'execute':
        return this.#execute(message.portal);
      case 'close':
        if (message.thing === 'portal') this.#portals.delete(message.name);
        else this.#statements.delete(message.name);
        return [answer.closed];
      case 'flush':
      case 'copy done':
      case 'copy fail':
        return [];
      case 'function call':
      case 'password':
        throw new Error('the gate forwarded what it must not');
    }
  }

  #copyMessage(message: FrontendMessage): readonly Buffer[] {
    const how = this.#copying;
    switch (message.kind) {
      case 'flush':
      case 'sync':
        return [];
      case 'copy done':
        this.#copying = 'no';
        return how === 'simple'
          ? [answer.complete('COPY 1'), this.#ready()]
          : [answer.complete('COPY 1')];
      case 'copy fail':
        this.#copying = 'no';
        return how === 'simple' ? [this.#fail(), this.#ready()] : this.#failExtended();
      default:
        throw new Error('the gate forwarded a message into COPY data');
    }
  }

  #sync(): readonly Buffer[] {
    this.#skipping = false;
    return [this.#ready()];
  }

  #ready(): Buffer {
    if (this.#status === 'I') this.#portals.clear();
    return answer.ready(this.#status);
  }

  #query(text: string): readonly Buffer[] {
    this.#statements.delete('');
    if (isMarker(text) || text.includes('BAD')) return [this.#fail(), this.#ready()];
    if (this.#status === 'E' && !text.startsWith('ROLLBACK')) return [this.#fail(), this.#ready()];
    if (text !== '') this.ran.push(text);
    if (text.startsWith('COPY')) {
      this.#copying = 'simple';
      return [answer.copyIn];
    }
    if (text.includes('FAIL') || this.#isTaken(text)) return [this.#fail(), this.#ready()];
    return [this.#complete(text), this.#ready()];
  }

  /** PREPARE under a name that is taken; the name keeps its meaning. */
  #isTaken(text: string): boolean {
    const [word, prepared] = text.split(' ');
    return word === 'PREPARE' && this.#statements.has(prepared ?? '');
  }

  #complete(text: string): Buffer {
    const [word = '', prepared = ''] = text.split(' ');
    if (word === 'PREPARE') {
      this.#statements.set(prepared, text);
      this.#parsed.delete(prepared);
    }
    if (text.startsWith('DEALLOCATE ALL')) {
      for (const name of [...this.#statements.keys()])
        if (name !== '') this.#statements.delete(name);
      return answer.complete('DEALLOCATE ALL');
    }
    if (word === 'BEGIN') this.#status = 'T';
    if (word === 'COMMIT' || word === 'ROLLBACK') this.#status = 'I';
    return text === '' ? answer.empty : answer.complete(word);
  }

  #fail(): Buffer {
    if (this.#status === 'T') this.#status = 'E';
    return answer.error('42601');
  }

  #failExtended(): readonly Buffer[] {
    this.#skipping = true;
    return [this.#fail()];
  }

  #parse(name: string, text: string): readonly Buffer[] {
    if (name === '') this.#statements.delete('');
    if (isMarker(text) || text.includes('BAD')) return this.#failExtended();
    if (this.#status === 'E' && !text.startsWith('ROLLBACK')) return this.#failExtended();
    if (this.#statements.has(name)) return this.#failExtended();
    this.#statements.set(name, text);
    this.#parsed.add(name);
    return [answer.parsed];
  }

  #bind(portal: string, statement: string): readonly Buffer[] {
    const text = this.#statements.get(statement);
    const taken = portal !== '' && this.#portals.has(portal);
    if (text === undefined || taken || this.#status === 'E') return this.#failExtended();
    const bySql = text.startsWith('PREPARE') && !this.#parsed.has(statement);
    this.#portals.set(portal, { text, bySql, done: false });
    return [answer.bound];
  }

  #describe(thing: 'statement' | 'portal', name: string): readonly Buffer[] {
    const known = thing === 'portal' ? this.#portals.has(name) : this.#statements.has(name);
    if (!known) return this.#failExtended();
    return thing === 'portal' ? [answer.noData] : [answer.parameters, answer.noData];
  }

  #execute(name: string): readonly Buffer[] {
    const portal = this.#portals.get(name);
    if (portal === undefined || portal.done || this.#status === 'E') return this.#failExtended();
    portal.done = true;
    if (portal.text !== '') this.ran.push(portal.text);
    if (portal.text.includes('FAIL') || (!portal.bySql && this.#isTaken(portal.text))) {
      return this.#failExtended();
    }
    if (portal.text.startsWith('COPY')) {
      this.#copying = 'extended';
      return [answer.copyIn];
    }
    return [portal.bySql ? answer.complete('DELETE 1') : this.#complete(portal.text)];
  }
}

function isMarker(text: string): boolean {
  return text.startsWith('agentguard denied ');
}
