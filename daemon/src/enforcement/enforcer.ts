/**
 * The enforcement point's core: decide, record the intent, ask, and only then let the caller act.
 * SECURITY(P-04): no path leads to a permit except through an entry that was stored before.
 */

import { randomUUID } from 'node:crypto';
import { classOfAction, decide, mustBeSynced, scopeOf } from '@agentguard/rules';
import type { Decision, PolicyState, RateLimit, TokenClaims } from '@agentguard/rules';
import type { ApprovalQueue } from '../approvals/approval-queue.ts';
import type { Answer, Approval } from '../approvals/question.ts';
import type { ApprovalEntry, AuditLog, Durability } from '../audit/entry.ts';
import { AuditError } from '../errors.ts';
import { toApprovalDenial, toRateDenial, toRuleDenial } from './denials.ts';
import type {
  ConnectionFacts,
  Denial,
  Enforcement,
  Operation,
  Outcome,
  Permit,
  Ruling,
} from './enforcement.ts';
import { unmetObligation, withRewriting } from './obligations.ts';
import { RateLimiter } from './rate-limiter.ts';
import { toApprovalEntry, toIntentEntry, toOutcomeEntry, toTime } from './to-entries.ts';
import { toQuestion } from './to-question.ts';

/** How often one operation is asked about again because its effect changed while the person thought. */
const MAX_QUESTIONS = 3;

/** What enforcement has to know of a session. */
export interface SessionAsking {
  readonly workspace: string;
  /** How long a question may wait, in milliseconds; 0 when nobody shall be asked. */
  readonly waitMs: number;
  /** A person sits at the terminal that started the session, or said how long to wait. */
  readonly attended: boolean;
}

/** What a session is told of, for its summary. */
export type SessionTally =
  | { readonly kind: 'ruling'; readonly verdict: 'allowed' | 'asked' | 'denied' }
  | { readonly kind: 'outcome'; readonly rowsChanged: number; readonly rowsReturned: number };

/** The session registry, as far as deciding needs it. */
export interface SessionDirectory {
  asking(session: string): SessionAsking | undefined;
  /** The scope of its token; null for one that names no role, undefined for a session that nobody knows. */
  claims(session: string): TokenClaims | null | undefined;
  tally(session: string, what: SessionTally): void;
}

/** A tool of an agent that was let go and has not reported its end. */
export interface RunningTool {
  readonly toolUse: string;
  readonly shown: string;
}

/** Everything an enforcer is built from. */
export interface EnforcerParts {
  readonly audit: AuditLog;
  readonly approvals: ApprovalQueue;
  readonly sessions: SessionDirectory;
  /** Tools of a session's agent that run now, as the agent tells. */
  readonly runningTools: (session: string) => readonly RunningTool[];
  /** What is in force for a session. */
  readonly policy: (session: string) => PolicyState;
  readonly windowOpen: (resource: string, now: number) => boolean;
  readonly now: () => number;
  /** Told when the record failed, so that the daemon can say so; nothing passes meanwhile. */
  readonly onAuditFailure: (error: AuditError) => void;
}

/** What to do in place of a protocol feature that is never allowed. */
const INSTEAD: Readonly<Record<ConnectionFacts['resource']['kind'], string>> = {
  postgres: 'Use ordinary SQL statements instead.',
  egress: 'Reach listed hosts by HTTPS through this proxy.',
  http: 'Send ordinary requests to the API instead.',
  tool: 'Use the tools of the agent in the ordinary way.',
};

/** What is in force for an operation of a session that is not there. */
const SESSION_UNKNOWN: PolicyState = { kind: 'broken', problem: 'its session is over' };

/** A decision and what its role says of speed. */
interface Decided {
  readonly decision: Decision;
  readonly rate: RateLimit | null;
}

/** The same operation, denied for its speed alone. */
function tooFast({ decision, rate }: Decided, retryAfterMs: number): Decision {
  const seconds = Math.ceil(retryAfterMs / 1000);
  const reason = `the role allows ${rate?.text ?? 'less'}, and the next operation is free in ${seconds} s`;
  return {
    ...decision,
    verdict: 'deny',
    rules: [{ rule: 'role/rate_limit', verdict: 'deny', reason, statement: 0 }],
    reason,
    obligations: [],
    critical: false,
  };
}

/** How far the asking about one operation has come. */
interface Asking {
  readonly signal: AbortSignal;
  /** Counts the questions about it, from 1. */
  readonly round: number;
  /** The question that this one replaces. */
  readonly again: Approval | null;
}

/** The one implementation of Enforcement. */
export class Enforcer implements Enforcement {
  readonly #parts: EnforcerParts;
  readonly #rates = new RateLimiter();
  #decisions = 0;

  constructor(parts: EnforcerParts) {
    this.#parts = parts;
  }

  /** Decisions made since the start, for measurements. */
  get decisions(): number {
    return this.#decisions;
  }

  /** Forgets what is only kept for a session that runs. */
  forget(session: string): void {
    this.#rates.forget(session);
  }

  authorize(operation: Operation, signal: AbortSignal): Promise<Ruling> {
    return this.#authorize(operation, { signal, round: 1, again: null });
  }

  async refuse(connection: ConnectionFacts, what: string, reason: string): Promise<Denial> {
    const now = this.#parts.now();
    const decision = makeDecisionId();
    await this.#append(
      {
        type: 'event',
        time: toTime(now),
        name: 'refused',
        session: connection.principal.session,
        details: { decision, what, reason, resource: connection.resource.name },
      },
      'written',
    );
    this.#parts.sessions.tally(connection.principal.session, { kind: 'ruling', verdict: 'denied' });
    return {
      decision,
      message: `blocked by agentguard: ${reason}`,
      rules: ['builtin/protocol'],
      hint: `${INSTEAD[connection.resource.kind]} This attempt is on the record.`,
    };
  }

  async #authorize(operation: Operation, asking: Asking): Promise<Ruling> {
    const plain = this.#decide(operation);
    const decided = { ...plain, decision: withRewriting(plain.decision, operation.rewriting) };
    const retryAfterMs = this.#wait(operation, decided);
    const decision = retryAfterMs === 0 ? decided.decision : tooFast(decided, retryAfterMs);
    await this.#append(
      toIntentEntry(operation, decision, {
        now: this.#parts.now(),
        toolUses: this.#toolsAround(operation).map(({ toolUse }) => toolUse),
      }),
      intentDurability(operation, decision),
    );
    switch (decision.verdict) {
      case 'allow':
        return this.#permit(operation, decision, 'allowed');
      case 'deny':
        return this.#deny(
          operation,
          retryAfterMs === 0 ? toRuleDenial(decision) : toRateDenial(decision, retryAfterMs),
        );
      case 'ask':
        return this.#ask(operation, decision, asking);
    }
  }

  /**
   * Milliseconds that an operation has to wait for its role's rate; 0: none. What is denied anyway is not counted, nor is
   * what only ends a transaction or sets the connection up, so that nobody is stuck in a failed transaction.
   */
  #wait({ connection, action }: Operation, { decision, rate }: Decided): number {
    if (rate === null || decision.verdict === 'deny') return 0;
    if (['nothing', 'session'].includes(classOfAction(action))) return 0;
    return this.#rates.take(connection.principal.session, rate, this.#parts.now());
  }

  #decide(operation: Operation): Decided {
    this.#decisions += 1;
    const { principal, resource } = operation.connection;
    const now = this.#parts.now();
    const windowOpen = this.#parts.windowOpen(resource.name, now);
    const { action, inTransaction } = operation;
    const context = { now, windowOpen, inTransaction };
    const claims = this.#parts.sessions.claims(principal.session);
    const facts = { principal, token: claims ?? null, resource, action, context };
    // SECURITY(P-72): a session that nobody knows has no scope, which is not the same as an unlimited one.
    const state = claims === undefined ? SESSION_UNKNOWN : this.#parts.policy(principal.session);
    const decision = decide(facts, state, makeDecisionId());
    const scope =
      state.kind === 'in force' ? scopeOf(state.policy, resource.name, facts.token) : null;
    return { decision, rate: scope?.kind === 'role' ? scope.role.rateLimit : null };
  }

  /** A tool is not explained by those that run beside it. */
  #toolsAround({ connection }: Operation): readonly RunningTool[] {
    if (connection.resource.kind === 'tool') return [];
    return this.#parts.runningTools(connection.principal.session);
  }

  async #ask(operation: Operation, decision: Decision, asking: Asking): Promise<Ruling> {
    const how = this.#parts.sessions.asking(operation.connection.principal.session);
    const question = toQuestion(operation, decision, {
      workspace: how?.workspace ?? 'unknown',
      during: this.#toolsAround(operation).map(({ shown }) => shown),
    });
    const grant = this.#parts.approvals.grants.take(question.digest);
    if (grant !== null) {
      const { approval: id, by: answeredBy, surface } = grant;
      const used = { id, answeredBy, surface, digest: question.digest, note: null };
      await this.#recordAnswer(decision, 'grant used', used);
      return this.#permit(operation, decision, 'asked');
    }
    const reachable = how !== undefined && how.waitMs > 0;
    if (!reachable || !(how.attended || this.#parts.approvals.surfaces > 0)) {
      const nobody = { id: 'none', digest: question.digest, answeredBy: null, surface: null };
      await this.#recordAnswer(decision, 'unreachable', { ...nobody, note: null });
      return this.#deny(operation, toApprovalDenial(decision, 'unreachable', null));
    }
    const answer = await this.#parts.approvals.ask(question, {
      waitMs: how.waitMs,
      signal: asking.signal,
      ...(asking.again === null ? {} : { again: asking.again }),
    });
    return answer.kind === 'approved' && !asking.signal.aborted
      ? this.#approved(operation, decision, { ...asking, again: answer.approval })
      : this.#notApproved(operation, decision, answer);
  }

  /** SECURITY(P-09): the world may have moved while the person thought; a yes holds for what they saw only. */
  async #approved(
    operation: Operation,
    decision: Decision,
    asking: Asking & { readonly again: Approval },
  ): Promise<Ruling> {
    const approval = asking.again;
    const now = { ...operation, action: operation.reread() };
    const unchanged = toQuestion(now, this.#decide(now).decision, approval);
    if (unchanged.digest === approval.digest) {
      await this.#recordAnswer(decision, 'approved', approval);
      return this.#permit(operation, decision, 'asked');
    }
    await this.#recordAnswer(decision, 'stale', approval);
    if (asking.round >= MAX_QUESTIONS) {
      return this.#deny(operation, toApprovalDenial(decision, 'cancelled', null));
    }
    // Another operation by now: it is decided and recorded for itself, and asked about under the same id.
    return this.#authorize(now, { ...asking, round: asking.round + 1 });
  }

  async #notApproved(operation: Operation, decision: Decision, answer: Answer): Promise<Ruling> {
    const why = answer.kind === 'approved' ? 'cancelled' : answer.kind;
    await this.#recordAnswer(decision, why, answer.approval);
    return this.#deny(operation, toApprovalDenial(decision, why, answer.approval));
  }

  async #recordAnswer(
    decision: Decision,
    answer: ApprovalEntry['answer'],
    approval: Pick<Approval, 'id' | 'digest' | 'answeredBy' | 'surface' | 'note'>,
  ): Promise<void> {
    const entry = toApprovalEntry(decision.id, answer, approval, this.#parts.now());
    await this.#append(entry, 'synced');
  }

  #deny(operation: Operation, denial: Denial): Ruling {
    this.#tallyRuling(operation, 'denied');
    return { kind: 'denial', denial };
  }

  #permit(operation: Operation, decision: Decision, verdict: 'allowed' | 'asked'): Ruling {
    const reason = unmetObligation(decision, operation);
    if (reason !== null) {
      return this.#deny(operation, toRuleDenial({ ...decision, reason }));
    }
    this.#tallyRuling(operation, verdict);
    return { kind: 'permit', permit: this.#makePermit(operation, decision) };
  }

  #makePermit(operation: Operation, decision: Decision): Permit {
    const started = this.#parts.now();
    const { session } = operation.connection.principal;
    let finished = false;
    return {
      decision: decision.id,
      finish: (outcome: Outcome) => {
        if (finished) return;
        finished = true;
        const entry = toOutcomeEntry(decision.id, outcome, { started, now: this.#parts.now() });
        this.#parts.sessions.tally(session, {
          kind: 'outcome',
          rowsChanged: outcome.rowsChanged ?? 0,
          rowsReturned: outcome.rowsReturned ?? 0,
        });
        // A lost outcome is closed as `unknown` at the next start; the failure stops whatever comes next.
        this.#parts.audit.append(entry, 'written').catch((error: unknown) => {
          this.#parts.onAuditFailure(toAuditError(error));
        });
      },
    };
  }

  #tallyRuling(operation: Operation, verdict: 'allowed' | 'asked' | 'denied'): void {
    this.#parts.sessions.tally(operation.connection.principal.session, { kind: 'ruling', verdict });
  }

  async #append(entry: Parameters<AuditLog['append']>[0], durability: Durability): Promise<void> {
    try {
      await this.#parts.audit.append(entry, durability);
    } catch (error) {
      const failure = toAuditError(error);
      this.#parts.onAuditFailure(failure);
      throw failure;
    }
  }
}

/** SECURITY(P-05): whatever may change something waits for the disk; so does a question that may become a yes. */
function intentDurability(operation: Operation, decision: Decision): Durability {
  if (decision.verdict === 'deny') return 'written';
  return decision.verdict === 'ask' || mustBeSynced(operation.action) ? 'synced' : 'written';
}

function makeDecisionId(): string {
  return `dec-${randomUUID().replaceAll('-', '').slice(0, 20)}`;
}

function toAuditError(error: unknown): AuditError {
  return error instanceof AuditError
    ? error
    : new AuditError('AUDIT_APPEND_FAILED', 'an entry could not be stored', { cause: error });
}
