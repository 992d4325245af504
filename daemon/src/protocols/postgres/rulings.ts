/**
 * The one ruling that a conversation may wait for, and what becomes of it when the world moved meanwhile.
 */

import type { SqlFacts } from '@agentguard/rules';
import type { HeldRun, Rewriting, Ruling } from '../../enforcement/enforcement.ts';
import type { Outbox } from './commands.ts';
import { OperationAccount } from './outcomes.ts';
import type { Refusal } from './replies.ts';

/** What to do with a ruling. */
export interface Consequences {
  /** Left out where nothing can be held: such a ruling is never given then. */
  readonly held?: (run: HeldRun) => void;
  readonly permitted: (account: OperationAccount) => void;
  readonly refused: (refusal: Refusal) => void;
}

/** One operation, before it has a number. */
export interface Asked {
  readonly text: string;
  readonly facts: SqlFacts;
  readonly inTransaction: boolean;
  readonly rewriting: Rewriting | null;
  readonly reread: () => SqlFacts;
}

/** What is asked, and whether it could be run in a held transaction. */
type Request = Asked & { readonly holdable: boolean };

interface Pending extends Consequences {
  readonly id: number;
  cancelled: boolean;
  /** Its consequences are void: the server skips the message, or the connection is over. */
  void: boolean;
}

/** SQLSTATE query_canceled. */
const CANCELED = '57014';

/** Asks for rulings, one at a time. */
export class Rulings {
  readonly #out: Outbox;
  #pending: Pending | null = null;
  #requests = 0;
  /** Nobody is left to wait: every further question is withdrawn as it is put. */
  #unattended = false;

  constructor(out: Outbox) {
    this.#out = out;
  }

  get waiting(): boolean {
    return this.#pending !== null;
  }

  /** Has an operation ruled on. */
  authorize(asked: Asked, consequences: Consequences): void {
    const id = this.#expect(consequences);
    const request: Request = { ...asked, holdable: consequences.held !== undefined };
    this.#out.push({ kind: 'authorize', request: { id, ...request } });
    if (this.#unattended) this.#out.push({ kind: 'withdraw', id });
  }

  /** A held run was rolled back: asks what becomes of its operation. */
  goOn(run: HeldRun, consequences: Consequences): void {
    const id = this.#expect(consequences);
    this.#out.push({ kind: 'go on', id, run });
    if (this.#unattended) this.#out.push({ kind: 'withdraw', id });
  }

  /** Has a refusal put on the record. */
  refuse(what: string, reason: string, refused: (refusal: Refusal) => void): void {
    const id = this.#expect({ permitted: (account) => account.finish(false), refused });
    this.#out.push({ kind: 'refuse', id, what, reason });
  }

  /** A ruling came. Leave that serves nothing any more is given back unused. */
  ruled(id: number, ruling: Ruling): void {
    const account = toAccount(ruling);
    const pending = this.#pending?.id === id ? this.#pending : null;
    if (pending !== null) this.#pending = null;
    if (pending === null || pending.void) giveBack(account, null);
    else if (pending.cancelled) {
      giveBack(account, CANCELED);
      pending.refused({ kind: 'cancelled' });
    } else if (ruling.kind === 'denial') {
      pending.refused({ kind: 'denied', denial: ruling.denial });
    } else if (ruling.kind === 'permit') {
      if (account !== null) pending.permitted(account);
    } else if (pending.held !== undefined) pending.held(ruling.run);
    else {
      // Nobody here can hold it, so it does not run at all.
      giveBack(account, null);
      pending.refused({ kind: 'measured apart' });
    }
  }

  /** The client cancels: an open question is denied. */
  cancel(): void {
    if (this.#pending === null || this.#pending.void) return;
    this.#pending.cancelled = true;
    this.#out.push({ kind: 'withdraw', id: this.#pending.id });
  }

  /** The ruling that is waited for has no consequences any more. */
  makeVoid(): void {
    if (this.#pending === null || this.#pending.void) return;
    this.#pending.void = true;
    this.#out.push({ kind: 'withdraw', id: this.#pending.id });
  }

  /** SECURITY(P-08): the client listens no longer. Questions are withdrawn; what needs none goes on. */
  leaveUnattended(): void {
    this.#unattended = true;
    if (this.#pending !== null) this.#out.push({ kind: 'withdraw', id: this.#pending.id });
  }

  #expect(consequences: Consequences): number {
    this.#requests += 1;
    this.#pending = { id: this.#requests, ...consequences, cancelled: false, void: false };
    return this.#requests;
  }
}

function toAccount(ruling: Ruling): OperationAccount | null {
  switch (ruling.kind) {
    case 'permit':
      return new OperationAccount(ruling.permit);
    case 'hold':
      return new OperationAccount(ruling.run);
    case 'denial':
      return null;
  }
}

/** Ends leave that serves nothing any more. */
export function giveBack(account: OperationAccount | null, code: string | null): void {
  account?.fail(code);
  account?.finish(true);
}
