/**
 * The messages of the extended protocol, one step each.
 *
 * - A Parse is ruled on before it is forwarded, because the server may run functions while it reads.
 * - A bound statement (portal) is one operation: it is ruled on before its Bind is forwarded, since planning runs functions too.
 *   The leave given at Parse serves the first Bind when that Bind follows in the same pipeline (the ruling then saw the values),
 *   or soon after when there are no values. Every other Bind is ruled on by itself.
 * - Execute runs under the leave of its portal. When names moved since, the facts are read again, and a difference is ruled on
 *   as an operation of its own.
 */

import type { SqlFacts } from '@agentguard/rules';
import type { HeldRun } from '../../enforcement/enforcement.ts';
import type { BindMessage, ClientQueue } from './client-queue.ts';
import type { Outbox } from './commands.ts';
import { encodeDescribeOf, encodeParseAgain } from './encode.ts';
import type { Reading } from './facts.ts';
import type { HeldRuns, HeldUnit } from './held-runs.ts';
import { PREPARED_PERMIT_MAX_AGE_MS } from './limits.ts';
import type { FrontendMessage } from './messages.ts';
import { toOperationText } from './operation-text.ts';
import { OperationAccount } from './outcomes.ts';
import type { Portal, PreparedNames, PreparedStatement, UnusedLeave } from './prepared.ts';
import { toMarkerParse, toRefusalReply } from './replies.ts';
import type { Refusal } from './replies.ts';
import type { ReplyTracker } from './reply-tracker.ts';
import { giveBack } from './rulings.ts';
import type { Rulings } from './rulings.ts';
import { sameFacts, sameReach } from './statement-reader.ts';
import type { NamedSource, StatementReader } from './statement-reader.ts';

/** Whether a message was dealt with, or waits for an answer of the server, or for more of the client. */
export type Step = 'done' | 'wait for server' | 'wait for client';

/** What the steps work with. */
export interface ExtendedParts {
  readonly held: HeldRuns;
  readonly out: Outbox;
  readonly queue: ClientQueue;
  readonly tracker: ReplyTracker;
  readonly prepared: PreparedNames;
  readonly reader: StatementReader;
  readonly rulings: Rulings;
  /** The connection's role has masks. */
  readonly masksRows: () => boolean;
  readonly now: () => number;
}

interface DeferredSending {
  readonly account: OperationAccount;
  readonly held: boolean;
}

type ParseMessage = FrontendMessage & { readonly kind: 'parse' };

/** A bound statement, before anything of it went upstream. */
type BoundPortal = Omit<Portal, 'boundAfter' | 'started' | 'completed' | 'account'>;

/** A Bind whose effect is to be measured: it is sent with its Execute, and not before. */
interface Deferred {
  readonly name: string;
  readonly bind: Buffer;
  readonly what: BoundPortal;
  readonly run: HeldRun;
  readonly describes: Buffer[];
}

/** Steps of the extended protocol. */
export class ExtendedSteps {
  readonly #parts: ExtendedParts;
  /** After a failure everything is discarded until Sync, by the server and by us. */
  #skipping = false;
  #deferred: Deferred | null = null;

  constructor(parts: ExtendedParts) {
    this.#parts = parts;
  }

  get skipping(): boolean {
    return this.#skipping;
  }

  /** The server skips everything up to a Sync that was not sent yet. */
  skipToSync(): void {
    this.#skipping = true;
  }

  flush(raw: Buffer): Step {
    if (!this.#isInterrupted()) this.#parts.out.sendFlushing(raw);
    return 'done';
  }

  sync(raw: Buffer): Step {
    this.#isInterrupted();
    this.#skipping = false;
    if (this.#parts.held.open) {
      this.#parts.held.endPipeline();
      return 'done';
    }
    this.#parts.out.sendFlushing(raw);
    this.#parts.tracker.expect({ kind: 'sync' });
    return 'done';
  }

  /** Something else than its Execute follows a Bind that is to be measured: both are refused. */
  #isInterrupted(): boolean {
    const deferred = this.#deferred;
    if (deferred === null) return false;
    this.#deferred = null;
    new OperationAccount(deferred.run).finish(true);
    this.refuse({ kind: 'measured apart' });
    return true;
  }

  parse(message: ParseMessage, raw: Buffer): Step {
    if (this.#isInterrupted()) return 'done';
    const { queue, reader, prepared, rulings, tracker } = this.#parts;
    const bind = queue.bindOf(message.name);
    if (bind === 'not yet known') return 'wait for client';
    const reading = reader.read(message.text, message.parameterTypes);
    if (reading === null) return 'wait for server';
    const unnamed = message.name === '';
    if (!prepared.hasRoomForStatement(message.text)) {
      this.refuse({ kind: 'too many statements' }, { unnamed });
      return 'done';
    }
    const text = toOperationText(message.text, bind?.parameters ?? []);
    const { inTransaction } = tracker;
    const reread = (): SqlFacts => reader.reread(message.text, message.parameterTypes);
    const { facts, rewriting, sent } = reading;
    const leave = (account: OperationAccount, run: HeldRun | null): void => {
      if (!reader.isStillSent(message.text, reading, message.parameterTypes)) {
        giveBack(account, null);
        this.refuse({ kind: 'definitions changed' }, { unnamed });
        return;
      }
      const again = sent === null ? raw : encodeParseAgain(raw, message.text, sent.join('; '));
      this.#parts.out.sendHeld(again);
      this.#parsed(message, reading, { account, run, since: this.#parts.now(), forBind: bind });
    };
    rulings.authorize(
      { text, facts, inTransaction, reread, rewriting },
      {
        permitted: (account) => leave(account, null),
        held: (run) => leave(new OperationAccount(run), run),
        refused: (refusal) => this.refuse(refusal, { unnamed }),
      },
    );
    return 'done';
  }

  #parsed(
    message: ParseMessage,
    reading: Reading,
    unused: NonNullable<PreparedStatement['unused']>,
  ): void {
    const { text, parameterTypes } = message;
    const statement: PreparedStatement = {
      text,
      parameterTypes,
      ...reading,
      doubtful: false,
      unused,
    };
    const change = this.#parts.prepared.setStatement(message.name, statement);
    this.#parts.tracker.expect({ kind: 'parse', statement, change });
  }

  bind(message: BindMessage, raw: Buffer): Step {
    if (this.#isInterrupted()) return 'done';
    const { tracker, prepared, reader } = this.#parts;
    // What is not answered yet may prepare, deallocate or move names.
    const certain = prepared.isStatementCertain(message.statement);
    if (tracker.readingGated || !certain) return 'wait for server';
    const statement = prepared.statement(message.statement);
    if (statement === undefined && !prepared.incomplete) {
      this.refuse({ kind: 'no such statement', name: message.statement });
      return 'done';
    }
    if (!prepared.hasRoomForPortal) {
      this.refuse({ kind: 'too many statements' });
      return 'done';
    }
    const named = toNamedSource(statement, message.statement);
    const held = statement?.doubtful === false && reader.isCurrent(statement.stamp);
    const reading = held ? statement : reader.readNamed(named);
    if (reading === null) return 'wait for server';
    if (statement !== undefined && !sameReach(reading, statement)) {
      this.refuse({ kind: 'definitions changed' });
      return 'done';
    }
    return this.#bindRead({ message, raw, statement, named }, toReading(reading));
  }

  #bindRead(
    bind: {
      readonly message: BindMessage;
      readonly raw: Buffer;
      readonly statement: PreparedStatement | undefined;
      readonly named: NamedSource;
    },
    reading: Reading,
  ): Step {
    const { reader, rulings, tracker } = this.#parts;
    const { message, raw, statement, named } = bind;
    const text = toOperationText(named.source, message.parameters);
    if (this.#parts.held.open && endsTransaction(reading.facts)) {
      this.refuse({ kind: 'transaction in pipeline' });
      return 'done';
    }
    const what: BoundPortal = { text, ...named, ...reading };
    const bound = (account: OperationAccount): void => {
      this.#bound(message.portal, raw, { ...what, account });
    };
    const defer = (run: HeldRun): void => {
      this.#deferred = { name: message.portal, bind: raw, what, run, describes: [] };
    };
    const leave = this.#takeLeave(statement, message, reading.facts);
    if (statement?.doubtful === false) Object.assign(statement, reading);
    if (leave !== null) {
      if (leave.run === null) bound(leave.account);
      else defer(leave.run);
      return 'done';
    }
    const { inTransaction } = tracker;
    const reread = (): SqlFacts => reader.rereadNamed(named);
    const { facts, rewriting } = reading;
    rulings.authorize(
      { text, facts, inTransaction, reread, rewriting },
      { permitted: bound, held: defer, refused: (refusal) => this.refuse(refusal) },
    );
    return 'done';
  }

  #bound(
    name: string,
    raw: Buffer,
    what: Omit<Portal, 'boundAfter' | 'started' | 'completed'>,
    held = false,
  ): Portal {
    const { out, prepared, tracker } = this.#parts;
    out.sendHeld(raw);
    const boundAfter = tracker.readiesExpected;
    const portal: Portal = { ...what, boundAfter, started: false, completed: false };
    const change = prepared.setPortal(name, portal);
    tracker.expect({ kind: 'bind', portal, change, held });
    return portal;
  }

  /** The leave that Parse was given, when it covers this Bind. When it does not, it ends here: the statement was only prepared. */
  #takeLeave(
    statement: PreparedStatement | undefined,
    message: BindMessage,
    facts: SqlFacts,
  ): UnusedLeave | null {
    const unused = statement?.unused;
    if (statement === undefined || unused == null) return null;
    statement.unused = null;
    const young = this.#parts.now() - unused.since <= PREPARED_PERMIT_MAX_AGE_MS;
    const covers = unused.forBind === message || (message.parameters.length === 0 && young);
    if (covers && !statement.doubtful && sameFacts(statement.facts, facts)) return unused;
    unused.account.finish(true);
    return null;
  }

  /** The Bind and what belongs to it, in one go. */
  #sendDeferred(deferred: Deferred, execute: Buffer, how: DeferredSending): void {
    const { out, tracker } = this.#parts;
    const { account, held } = how;
    const { name, bind, what } = deferred;
    const portal = this.#bound(name, bind, { ...what, account }, held);
    for (const describe of deferred.describes) {
      out.sendHeld(describe);
      tracker.expect({ kind: 'describe portal', held });
    }
    this.#executed(portal, execute, held);
  }

  #executeDeferred(deferred: Deferred, raw: Buffer): void {
    this.#deferred = null;
    const { held, reader } = this.#parts;
    const { what } = deferred;
    const unit: HeldUnit = {
      mode: 'portal',
      facts: deferred.what.facts,
      stillSame: () => reader.isStillSent(what.source, what, what.parameterTypes),
      send: (account) => this.#sendDeferred(deferred, raw, { account, held: true }),
      otherwise: {
        permitted: (account) => this.#sendDeferred(deferred, raw, { account, held: false }),
        refused: (refusal) => this.refuse(refusal),
      },
    };
    held.start(unit, deferred.run);
  }

  execute(name: string, raw: Buffer): Step {
    if (this.#deferred?.name === name) {
      this.#executeDeferred(this.#deferred, raw);
      return 'done';
    }
    if (this.#isInterrupted()) return 'done';
    const { prepared, reader, tracker } = this.#parts;
    if (!prepared.isPortalCertain(name)) return 'wait for server';
    const portal = prepared.portal(name);
    if (portal === undefined) {
      this.refuse({ kind: 'no such portal', name });
      return 'done';
    }
    if (!portal.started && tracker.readingGated) return 'wait for server';
    // One that was started goes on with what was ruled on, or the server says that it is done.
    if (!portal.started && !reader.isCurrent(portal.stamp)) return this.#executeMoved(portal, raw);
    this.#executed(portal, raw);
    return 'done';
  }

  /** Names may mean something else than at Bind: functions resolve theirs only when they run. */
  #executeMoved(portal: Portal, raw: Buffer): Step {
    const { reader, rulings, tracker } = this.#parts;
    const reading = reader.readNamed(portal);
    if (reading === null) return 'wait for server';
    if (!sameReach(reading, portal)) {
      this.refuse({ kind: 'definitions changed' });
      return 'done';
    }
    if (sameFacts(reading.facts, portal.facts)) {
      portal.stamp = reading.stamp;
      this.#executed(portal, raw);
      return 'done';
    }
    const { inTransaction } = tracker;
    const reread = (): SqlFacts => reader.rereadNamed(portal);
    rulings.authorize(
      {
        text: portal.text,
        facts: reading.facts,
        inTransaction,
        reread,
        rewriting: reading.rewriting,
      },
      {
        permitted: (account) => {
          portal.account.finish(true);
          Object.assign(portal, reading, { account });
          this.#executed(portal, raw);
        },
        refused: (refusal) => this.refuse(refusal),
      },
    );
    return 'done';
  }

  #executed(portal: Portal, raw: Buffer, held = false): void {
    const { out, reader, tracker } = this.#parts;
    if (!portal.started && this.#parts.masksRows()) {
      // Clients may skip it, and rows can be masked only when it is known what they come from.
      out.sendHeld(encodeDescribeOf(raw));
      tracker.expect({ kind: 'describe portal', held, portal, ours: true });
    }
    portal.started = true;
    out.sendHeld(raw);
    const run = reader.toRun(portal.text, portal.facts, portal.account, { ...portal, held });
    tracker.expect({ kind: 'execute', portal, run });
  }

  describe(message: FrontendMessage & { readonly kind: 'describe' }, raw: Buffer): Step {
    if (message.thing === 'portal' && this.#deferred?.name === message.name) {
      this.#deferred.describes.push(raw);
      return 'done';
    }
    if (this.#isInterrupted()) return 'done';
    this.#parts.out.sendHeld(raw);
    this.#parts.tracker.expect(
      message.thing === 'portal'
        ? { kind: 'describe portal', held: false }
        : { kind: 'describe statement', parametersSeen: false },
    );
    return 'done';
  }

  close(message: FrontendMessage & { readonly kind: 'close' }, raw: Buffer): Step {
    if (this.#isInterrupted()) return 'done';
    const { out, prepared, tracker } = this.#parts;
    out.sendHeld(raw);
    const change =
      message.thing === 'portal'
        ? prepared.setPortal(message.name, undefined)
        : prepared.setStatement(message.name, undefined);
    tracker.expect({ kind: 'close', change });
    return 'done';
  }

  /** Sends our certain failure, and discards what the client sends until Sync, as the server does after it. */
  refuse(
    refusal: Refusal,
    options: { readonly unnamed?: boolean; readonly decision?: string } = {},
  ): void {
    const { out, prepared, tracker } = this.#parts;
    const unnamed = options.unnamed === true;
    const decision = options.decision ?? decisionOf(refusal);
    out.sendHeld(toMarkerParse(decision, unnamed));
    // SECURITY(P-02): otherwise a Bind that follows would run the statement that was unnamed before.
    const change = unnamed ? prepared.setStatement('', undefined) : null;
    tracker.expect({ kind: 'marker parse', reply: toRefusalReply(refusal), change });
    this.#skipping = true;
  }
}

/** What the marker in place of a refused message is called. */
export function decisionOf(refusal: Refusal): string {
  return refusal.kind === 'denied' ? refusal.denial.decision : refusal.kind.replaceAll(' ', '-');
}

/** Whether a statement begins or ends a transaction, or sets a point in one. */
function endsTransaction(facts: SqlFacts): boolean {
  return facts.statements.some(({ effects }) => effects.some(({ kind }) => kind === 'transaction'));
}

function toNamedSource(statement: PreparedStatement | undefined, name: string): NamedSource {
  if (statement === undefined) {
    return { source: `EXECUTE ${JSON.stringify(name)}`, parameterTypes: [], doubtful: true };
  }
  const { text: source, parameterTypes, doubtful } = statement;
  return { source, parameterTypes, doubtful };
}

function toReading({ facts, stamp, sent, rewriting }: Reading): Reading {
  return { facts, stamp, sent, rewriting };
}
