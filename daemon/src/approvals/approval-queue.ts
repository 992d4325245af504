/**
 * Questions that wait for a person. The queue holds, expires and answers them; it decides nothing itself.
 * INVARIANT: silence, expiry, a lost client and a stopping daemon never end in approved.
 */

import { randomUUID } from 'node:crypto';
import { ApprovalError } from '../errors.ts';
import { Grants } from './grants.ts';
import type { Answer, Approval, ApprovalState, Question } from './question.ts';

/** Answered and parked questions kept for `approval list` and late answers. */
const MAX_KEPT = 500;

/** What a surface sends when a person answers. */
export interface PersonAnswer {
  readonly id: string;
  /** Digest and generation that the person saw; anything else is stale. */
  readonly digest: string;
  readonly generation: number;
  readonly verdict: 'approve' | 'deny';
  /** The word typed for a critical question. */
  readonly confirm: string | null;
  readonly by: string;
  readonly surface: string;
  readonly note: string | null;
}

/** What an answer led to. */
export type AnswerResult = 'approved' | 'denied' | 'granted';

/** Clock and timers, so that tests need not wait. */
export interface QueueClock {
  now(): number;
  after(ms: number, run: () => void): { cancel(): void };
}

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly timer: { cancel(): void };
  readonly stopListening: () => void;
}

/** Called on every change of a question. */
export type ApprovalListener = (approval: Approval) => void;

/** The queue of one daemon. */
export class ApprovalQueue {
  readonly #clock: QueueClock;
  readonly #grants: Grants;
  readonly #approvals = new Map<string, Approval>();
  readonly #waiting = new Map<string, Waiting>();
  readonly #listeners = new Set<ApprovalListener>();
  #closed = false;

  constructor(clock: QueueClock) {
    this.#clock = clock;
    this.#grants = new Grants(() => clock.now());
  }

  /**
   * Asks, and waits for the answer.
   * @param question what is shown
   * @param options how long to wait, in milliseconds; the signal ends the wait as cancelled; `again` is the
   *   question that this one replaces because its content changed
   */
  ask(
    question: Question,
    options: {
      waitMs: number;
      signal: AbortSignal;
      again?: Approval;
      /** Told the id under which it is asked. */
      onAsked?: (id: string) => void;
    },
  ): Promise<Answer> {
    const now = this.#clock.now();
    const approval: Approval = {
      ...question,
      id: options.again?.id ?? makeApprovalId(),
      generation: (options.again?.generation ?? 0) + 1,
      state: 'pending',
      createdAt: now,
      expiresAt: now + options.waitMs,
      answeredBy: null,
      surface: null,
      note: null,
    };
    this.#put(approval);
    options.onAsked?.(approval.id);
    return new Promise((resolve) => {
      this.#wait(approval, { ...options, resolve });
    });
  }

  /** Grants that late approvals left behind. */
  get grants(): Grants {
    return this.#grants;
  }

  /** Every question still known, oldest first. */
  list(): readonly Approval[] {
    return [...this.#approvals.values()];
  }

  /**
   * One question.
   * @throws ApprovalError `APPROVAL_NOT_FOUND`
   */
  show(id: string): Approval {
    const found = this.#approvals.get(id);
    if (found === undefined) {
      throw new ApprovalError('APPROVAL_NOT_FOUND', `no question has the id \`${id}\``, {
        audience: 'user',
        help: 'agentguard approval list',
      });
    }
    return found;
  }

  /** How many surfaces are showing questions right now. */
  get surfaces(): number {
    return this.#listeners.size;
  }

  /** Tells a surface of every change from now on. Returns the way to stop. */
  watch(listener: ApprovalListener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /**
   * Takes a person's answer.
   * @throws ApprovalError `APPROVAL_NOT_FOUND`, `APPROVAL_STALE` when the content changed since it was shown,
   *   `APPROVAL_REFUSED` when it is answered already or the confirming word is missing
   */
  answer(given: PersonAnswer): AnswerResult {
    const approval = this.show(given.id);
    refuseStale(approval, given);
    refuseUnconfirmed(approval, given);
    if (approval.state === 'parked' && given.verdict === 'approve')
      return this.#grant(approval, given);
    if (approval.state !== 'pending') {
      throw new ApprovalError(
        'APPROVAL_REFUSED',
        `the question \`${approval.id}\` is ${approval.state} already`,
        { audience: 'user' },
      );
    }
    const state = given.verdict === 'approve' ? 'approved' : 'denied';
    this.#settle(approval, state, given);
    return state;
  }

  /** Denies whatever is open and takes no more questions. */
  close(): void {
    this.#closed = true;
    for (const approval of this.list()) {
      if (approval.state === 'pending') this.#settle(approval, 'cancelled', null);
    }
  }

  #wait(
    approval: Approval,
    options: { waitMs: number; signal: AbortSignal; resolve: (answer: Answer) => void },
  ): void {
    const cancel = (): void => {
      this.#settle(approval, 'cancelled', null);
    };
    const timer = this.#clock.after(options.waitMs, () => {
      this.#settle(approval, 'parked', null);
    });
    options.signal.addEventListener('abort', cancel, { once: true });
    this.#waiting.set(approval.id, {
      resolve: options.resolve,
      timer,
      stopListening: () => {
        options.signal.removeEventListener('abort', cancel);
      },
    });
    if (options.signal.aborted || this.#closed) cancel();
  }

  #settle(approval: Approval, state: ApprovalState, given: PersonAnswer | null): void {
    const waiting = this.#waiting.get(approval.id);
    if (waiting === undefined) return;
    this.#waiting.delete(approval.id);
    waiting.timer.cancel();
    waiting.stopListening();
    const settled = this.#put({ ...approval, state, ...answerFields(given) });
    waiting.resolve({ kind: answerKind(state), approval: settled });
  }

  #grant(approval: Approval, given: PersonAnswer): AnswerResult {
    this.#grants.add(approval.digest, {
      approval: approval.id,
      by: given.by,
      surface: given.surface,
    });
    this.#put({ ...approval, state: 'granted', ...answerFields(given) });
    return 'granted';
  }

  #put(approval: Approval): Approval {
    this.#approvals.set(approval.id, approval);
    this.#forgetOldest();
    for (const listener of this.#listeners) listener(approval);
    return approval;
  }

  #forgetOldest(): void {
    if (this.#approvals.size <= MAX_KEPT) return;
    for (const [id, approval] of this.#approvals) {
      if (approval.state === 'pending') continue;
      this.#approvals.delete(id);
      return;
    }
  }
}

function makeApprovalId(): string {
  return `ap-${randomUUID().slice(0, 8)}`;
}

function answerFields(
  given: PersonAnswer | null,
): Pick<Approval, 'answeredBy' | 'surface' | 'note'> {
  return {
    answeredBy: given?.by ?? null,
    surface: given?.surface ?? null,
    note: given?.note ?? null,
  };
}

function answerKind(state: ApprovalState): Answer['kind'] {
  switch (state) {
    case 'approved':
      return 'approved';
    case 'denied':
      return 'denied';
    case 'parked':
      return 'expired';
    case 'cancelled':
    case 'pending':
    case 'granted':
      return 'cancelled';
  }
}

/** SECURITY(P-09): an answer holds only for exactly the content that the person saw. */
function refuseStale(approval: Approval, given: PersonAnswer): void {
  if (approval.digest === given.digest && approval.generation === given.generation) return;
  throw new ApprovalError(
    'APPROVAL_STALE',
    `the question \`${approval.id}\` changed since it was shown`,
    { audience: 'user', help: `agentguard approval show ${approval.id}` },
  );
}

function refuseUnconfirmed(approval: Approval, given: PersonAnswer): void {
  if (given.verdict === 'deny' || approval.confirm === null) return;
  if (given.confirm === approval.confirm) return;
  throw new ApprovalError(
    'APPROVAL_REFUSED',
    `approving \`${approval.id}\` needs the word \`${approval.confirm}\` typed as it stands`,
    { audience: 'user' },
  );
}
