/**
 * Clients that send anything in any order, against a model of the server, with rulings and answers at any time.
 * Whatever happens, nothing runs without leave of its own.
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Outcome, Ruling } from '../../enforcement/enforcement.ts';
import { BackendScanner } from './backend-scanner.ts';
import { Conversation } from './conversation.ts';
import type { ConversationCommand } from './commands.ts';
import { EMPTY_CATALOG, factsByWord } from './conversation-playbook.ts';
import { answer, say } from './sample-messages.ts';
import { WHOLE } from './reach.ts';
import { FactsReader } from './facts.ts';
import { ClientFramer } from './frames.ts';
import { ModelServer } from './model-server.ts';

/** Statement and portal names of the fuzzed client: few, so that they collide. */
const NAMES = ['', 'a'] as const;
const TEXTS = [
  'SELECT 1',
  'DELETE x',
  'FAIL',
  'BAD',
  'BEGIN',
  'COMMIT',
  'ROLLBACK',
  'SET search_path = x',
  'COPY t',
  'CREATE VIEW v',
  'PREPARE a AS DELETE x',
  'PREPARE a AS SELECT 2',
  'DEALLOCATE ALL',
  '',
] as const;

const name = fc.constantFrom(...NAMES);
/** Numbered, so that each statement that runs can be matched with the leave that was given for it. */
const text = fc
  .tuple(fc.constantFrom(...TEXTS), fc.nat({ max: 1_000_000 }))
  .map(([sql, number]) => (sql === '' ? '' : `${sql} #${number}`));

const message: fc.Arbitrary<Buffer> = fc.oneof(
  { weight: 3, arbitrary: text.map((sql) => say.query(sql)) },
  { weight: 4, arbitrary: fc.tuple(name, text).map(([to, sql]) => say.parse(to, sql)) },
  { weight: 4, arbitrary: fc.tuple(name, name).map(([portal, to]) => say.bind(portal, to)) },
  { weight: 4, arbitrary: name.map((portal) => say.execute(portal)) },
  { weight: 1, arbitrary: name.map((to) => say.describeStatement(to)) },
  { weight: 1, arbitrary: name.map((to) => say.describePortal(to)) },
  { weight: 1, arbitrary: name.map((to) => say.closeStatement(to)) },
  { weight: 1, arbitrary: name.map((to) => say.closePortal(to)) },
  { weight: 3, arbitrary: fc.constant(say.sync) },
  { weight: 1, arbitrary: fc.constant(say.flush) },
  { weight: 1, arbitrary: fc.constant(say.functionCall) },
);

/** What drivers send together, and single messages in no order at all. */
const messages: fc.Arbitrary<Buffer> = fc.oneof(
  { weight: 4, arbitrary: message },
  {
    weight: 2,
    arbitrary: fc
      .tuple(name, text, name)
      .map(([to, sql, portal]) =>
        Buffer.concat([say.parse(to, sql), say.bind(portal, to), say.execute(portal), say.sync]),
      ),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(name, name)
      .map(([to, portal]) => Buffer.concat([say.bind(portal, to), say.execute(portal), say.sync])),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(name, text)
      .map(([to, sql]) => Buffer.concat([say.parse(to, sql), say.sync])),
  },
);

/** What happens next: the client sends, the server's answers arrive, a ruling arrives, somebody cancels. */
type Turn =
  | { readonly kind: 'client'; readonly bytes: Buffer }
  | { readonly kind: 'server' }
  | { readonly kind: 'rule'; readonly allow: boolean }
  | { readonly kind: 'cancel' }
  | { readonly kind: 'wait' }
  /** Everything that is on its way arrives. */
  | { readonly kind: 'settle' };

const turn: fc.Arbitrary<Turn> = fc.oneof(
  { weight: 6, arbitrary: messages.map((bytes): Turn => ({ kind: 'client', bytes })) },
  { weight: 4, arbitrary: fc.constant<Turn>({ kind: 'server' }) },
  {
    weight: 5,
    arbitrary: fc
      .integer({ max: 4, min: 0 })
      .map((draw): Turn => ({ kind: 'rule', allow: draw > 0 })),
  },
  { weight: 4, arbitrary: fc.constant<Turn>({ kind: 'settle' }) },
  { weight: 1, arbitrary: fc.constant<Turn>({ kind: 'cancel' }) },
  { weight: 1, arbitrary: fc.constant<Turn>({ kind: 'wait' }) },
);

/** Leave for one run of one text, until its outcome is told. */
interface Leave {
  readonly text: string;
  used: boolean;
  ended: boolean;
}

/** A client, the conversation and the model, with what waits between them. */
class World {
  readonly server = new ModelServer();
  /** Leave that was given and is not ended. */
  readonly #leave: Leave[] = [];
  /** Statements that ran although no leave for them was open. */
  readonly withoutLeave: string[] = [];
  readonly outcomes: Outcome[] = [];
  readonly closed: string[] = [];
  permits = 0;
  readies = 0;
  #now = 0;
  readonly #framer = new ClientFramer();
  readonly #conversation: Conversation;
  readonly #scanner: BackendScanner;
  readonly #answers: Buffer[] = [];
  readonly #client: Buffer[] = [];
  #asked: { readonly id: number; readonly text: string | null } | null = null;

  constructor() {
    this.#framer.expectMessages();
    this.#conversation = new Conversation({
      facts: new FactsReader(factsByWord),
      reach: () => WHOLE,
      catalog: () => EMPTY_CATALOG,
      rolePath: ['public'],
      initialPath: undefined,
      reportedPath: undefined,
      now: () => this.#now,
    });
    this.#scanner = new BackendScanner(this.#conversation.observer, (slice) => {
      this.#client.push(Buffer.from(slice));
    });
  }

  get asked(): boolean {
    return this.#asked !== null;
  }

  /** Everything the client was sent. */
  get shown(): Buffer {
    return Buffer.concat(this.#client);
  }

  take(next: Turn): void {
    switch (next.kind) {
      case 'client':
        this.#framer.push(next.bytes);
        this.#readClient();
        break;
      case 'server':
        this.#serverSpeaks();
        break;
      case 'rule':
        this.#rule(next.allow);
        break;
      case 'cancel':
        this.#conversation.cancel();
        break;
      case 'settle':
        this.settle();
        break;
      case 'wait':
        this.#now += 20_000;
        break;
    }
    this.#run();
  }

  /** Lets everything that is on its way arrive; a COPY that is open is ended. */
  settle(): void {
    for (let round = 0; round < 200; round += 1) {
      if (this.#conversation.closed) return;
      if (this.#asked !== null) this.take({ kind: 'rule', allow: true });
      else if (this.#answers.length > 0) this.take({ kind: 'server' });
      else if (this.#conversation.observer.copyIn) {
        this.take({ kind: 'client', bytes: Buffer.concat([say.copyData('1\n'), say.copyDone]) });
      } else return;
    }
    throw new Error('it never settles');
  }

  leave(): void {
    this.#conversation.clientLost();
    this.#run();
    this.settle();
  }

  #readClient(): void {
    for (let frame = this.#framer.next(); frame !== null; frame = this.#framer.next()) {
      this.#conversation.clientFrame(frame);
      this.#run();
    }
  }

  #serverSpeaks(): void {
    const bytes = this.#answers.shift();
    if (bytes === undefined || this.#conversation.closed) return;
    if (this.#scanner.scan(bytes) === null) this.#conversation.serverChunkDone();
    else this.#conversation.serverProblem();
  }

  #rule(allowed: boolean): void {
    const asked = this.#asked;
    if (asked === null) return;
    this.#asked = null;
    this.#conversation.ruled(asked.id, this.#toRuling(asked.text, allowed));
  }

  #toRuling(of: string | null, allowed: boolean): Ruling {
    if (of === null || !allowed) {
      const denial = { decision: 'dec-1', message: 'no', rules: [], hint: '' };
      return { kind: 'denial', denial };
    }
    const leave: Leave = { text: of, used: false, ended: false };
    this.#leave.push(leave);
    this.permits += 1;
    const finish = (outcome: Outcome): void => {
      leave.ended = true;
      this.outcomes.push(outcome);
    };
    return { kind: 'permit', permit: { decision: 'dec-2', finish } };
  }

  #send(bytes: Buffer): void {
    const before = this.server.ran.length;
    this.#answers.push(...this.server.take(bytes));
    for (const ran of this.server.ran.slice(before)) {
      const leave = this.#leave.find((open) => open.text === ran && !open.used && !open.ended);
      if (leave === undefined) this.withoutLeave.push(ran);
      else leave.used = true;
    }
  }

  #run(): void {
    for (const command of this.#conversation.takeCommands()) this.#carryOut(command);
  }

  #carryOut(command: ConversationCommand): void {
    switch (command.kind) {
      case 'upstream':
        this.#send(command.bytes);
        return;
      case 'downstream':
        this.#client.push(command.bytes);
        return;
      case 'authorize':
        this.#asked = { id: command.request.id, text: command.request.text };
        return;
      case 'refuse':
        this.#asked = { id: command.id, text: null };
        return;
      case 'close':
        this.closed.push(command.reason);
        return;
      case 'withdraw':
      case 'await catalog':
      case 'catalog changed':
      case 'cancel upstream':
      case 'pause client':
      case 'resume client':
      case 'drain':
      case 'judge':
      case 'looked':
      case 'go on':
        return;
    }
  }
}

function typeOf(bytes: Buffer): string {
  return bytes.toString('latin1', 0, 1);
}

function countOf(bytes: Buffer, type: string): number {
  let count = 0;
  for (let at = 0; at + 5 <= bytes.length; at += 1 + bytes.readUInt32BE(at + 1)) {
    if (bytes.toString('latin1', at, at + 1) === type) count += 1;
  }
  return count;
}

const turns = fc.array(turn, { maxLength: 60 });

describe('any client, any timing', () => {
  it('P-02, P-04: nothing runs at the server without leave of its own, and every leave is accounted for once', () => {
    fc.assert(
      fc.property(turns, (script) => {
        const world = new World();
        for (const next of script) world.take(next);
        world.settle();
        expect(world.withoutLeave).toEqual([]);
        // Only a message in the middle of COPY data is the client's own fault; a sound server is never lost track of.
        const copied = world.server.ran.some((sql) => sql.startsWith('COPY'));
        if (world.closed.length > 0)
          expect([copied, ...world.closed]).toEqual([true, 'protocol violation']);
        world.leave();
        expect(world.outcomes).toHaveLength(world.permits);
        expect(world.closed).toHaveLength(1);
      }),
      { numRuns: 3_000 },
    );
  });

  it('every Query and every Sync is answered by exactly one ReadyForQuery, denied or not', () => {
    const complete = fc.array(
      fc.oneof(
        text.filter((sql) => !sql.startsWith('COPY')).map((sql) => [say.query(sql)]),
        fc
          .array(
            message.filter(
              (bytes) => !['Q', 'F'].includes(typeOf(bytes)) && !bytes.includes('COPY'),
            ),
            { maxLength: 6 },
          )
          .map((messages) => [...messages, say.sync]),
        fc.constant([say.functionCall]),
      ),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(complete, fc.infiniteStream(fc.boolean()), (groups, decisions) => {
        const world = new World();
        let wanted = 0;
        for (const group of groups) {
          const bytes = Buffer.concat(group);
          wanted += countOf(bytes, 'Q') + countOf(bytes, 'S') + countOf(bytes, 'F');
          world.take({ kind: 'client', bytes });
          while (world.asked) {
            world.take({ kind: 'rule', allow: decisions.next().value === true });
            world.take({ kind: 'server' });
          }
          world.settle();
        }
        expect(countOf(world.shown, 'Z')).toBe(wanted);
        expect(world.closed).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });

  it('a server that says anything at all cannot make it throw, and what does not fit ends both sides', () => {
    const whole = [
      ...Object.values(answer).filter((value) => Buffer.isBuffer(value)),
      answer.complete('SELECT 1'),
      answer.ready('I'),
      answer.ready('E'),
      answer.error('22012'),
      answer.error('57P01', 'FATAL'),
      answer.parameter('search_path', 'x'),
      answer.copyData('x'),
    ];
    const said = fc.oneof(
      fc.constantFrom(...whole),
      fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(message, said)), fc.array(said), (first, second) => {
        const conversation = new Conversation({
          facts: new FactsReader(factsByWord),
          reach: () => WHOLE,
          catalog: () => EMPTY_CATALOG,
          rolePath: ['public'],
          initialPath: undefined,
          reportedPath: undefined,
          now: () => 0,
        });
        const framer = new ClientFramer();
        framer.expectMessages();
        const scanner = new BackendScanner(conversation.observer, () => undefined);
        for (const bytes of first) {
          framer.push(bytes);
          for (let frame = framer.next(); frame !== null; frame = framer.next()) {
            conversation.clientFrame(frame);
          }
          for (const command of conversation.takeCommands()) {
            if (command.kind === 'authorize') {
              const permit = { decision: 'd', finish: () => undefined };
              conversation.ruled(command.request.id, { kind: 'permit', permit });
            }
          }
        }
        for (const bytes of second) {
          if (scanner.scan(bytes) === null) conversation.serverChunkDone();
          else conversation.serverProblem();
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
