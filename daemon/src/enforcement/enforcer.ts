/**
 * The enforcement point's core: decide, record the intent, ask, and only then let the caller act.
 * SECURITY(P-04): no path leads to a permit except through an entry that was stored before.
 */

import { randomUUID } from 'node:crypto';
import {
  classOfAction,
  decide,
  mustBeSynced,
  rowsChanged,
  scopeOf,
  wantsNumbers,
  whyNotMeasurable,
} from '@agentguard/rules';
import type { Decision, PolicyState, RateLimit, RowLimits, TokenClaims } from '@agentguard/rules';
import type { ApprovalQueue } from '../approvals/approval-queue.ts';
import type { Answer, Approval } from '../approvals/question.ts';
import type { ApprovalEntry, AuditLog, Durability } from '../audit/entry.ts';
import { AuditError } from '../errors.ts';
import { ChangedRows } from './changed-rows.ts';
import { toApprovalDenial, toRateDenial, toRuleDenial } from './denials.ts';
import type {
  ConnectionFacts,
  Denial,
  Enforcement,
  HoldBounds,
  HoldableOperation,
  Operation,
  Outcome,
  Permit,
  PlainRuling,
  Ruling,
} from './enforcement.ts';
import { HeldOperation, KEEPS_NO_ROWS } from './held-operation.ts';
import type { HoldPlan, RolledBack, RowKeeper } from './held-operation.ts';
import { toDecisionBehind, toLimited, withNumbers, withoutNumbers } from './measured-decision.ts';
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
  /** The scope of its token; null for one that names no role, undefined for a session that is over. */
  claims(session: string): TokenClaims | null | undefined;
  tally(session: string, what: SessionTally): void;
  /** Content that nobody vouches for was given to it. */
  isTainted?(session: string): boolean;
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
  readonly windowOpen: (resource: string, now: number, operation: Operation) => boolean;
  /** Shows and saves rows; without it nothing can be undone. */
  readonly rows?: RowKeeper;
  readonly now: () => number;
  /** Told when the record failed, so that the daemon can say so; nothing passes meanwhile. */
  readonly onAuditFailure: (error: AuditError) => void;
}

/**
 * Bounds of a run that is rolled back anyway: for that long at most it stands in anybody's way. Past it the question says
 * that nothing could be measured.
 */
const BOUNDS: HoldBounds = { lockMs: 2_000, statementMs: 5_000 };

/** What to do in place of a protocol feature that is never allowed. */
const INSTEAD: Readonly<Record<ConnectionFacts['resource']['kind'], string>> = {
  postgres: 'Use ordinary SQL statements instead.',
  egress: 'Reach listed hosts by HTTPS through this proxy.',
  http: 'Send ordinary requests to the API instead.',
  mcp: 'Send one message a line, as the MCP specification has it.',
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
  readonly #changed = new ChangedRows();
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

  authorize(operation: HoldableOperation, signal: AbortSignal): Promise<Ruling>;
  authorize(operation: Operation, signal: AbortSignal): Promise<PlainRuling>;
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
    if (retryAfterMs > 0) {
      const decision = tooFast(decided, retryAfterMs);
      return this.#carryOut(operation, { decision, retryAfterMs }, asking);
    }
    const limit = this.#limitOf(operation);
    const decision =
      limit === null ? decided.decision : toLimited(operation, decided.decision, limit);
    return this.#carryOut(operation, { decision, retryAfterMs }, asking);
  }

  /** The intent first, then what the decision says. */
  async #carryOut(
    operation: Operation,
    { decision, retryAfterMs }: { readonly decision: Decision; readonly retryAfterMs: number },
    asking: Asking,
  ): Promise<Ruling> {
    await this.#append(
      toIntentEntry(operation, decision, {
        now: this.#parts.now(),
        toolUses: this.#toolsAround(operation).map(({ toolUse }) => toolUse),
        claims: this.#parts.sessions.claims(operation.connection.principal.session) ?? null,
      }),
      intentDurability(operation, decision),
    );
    const plan = this.#planOf(operation, decision);
    if (plan !== null) return this.#hold(operation, decision, { plan, asking });
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

  /** Rows that may be changed on the resource without a question; null when there is no limit or nothing to count. */
  #limitOf({ connection, action }: Operation): number | null {
    if (action.protocol !== 'postgres' || !wantsNumbers(action.sql)) return null;
    return this.#limitsOf(connection)?.rowsChanged ?? null;
  }

  #limitsOf({ principal, resource }: ConnectionFacts): RowLimits | null {
    const policy = this.#parts.policy(principal.session);
    if (policy.kind !== 'in force') return null;
    return policy.policy.resources.get(resource.name)?.limits ?? null;
  }

  /** Why an operation is run in a held transaction before it is let through or asked about; null when it is not. */
  #planOf(operation: Operation, decision: Decision): HoldPlan | null {
    const { action, connection, measured, notMeasured } = operation;
    if (operation.holdable !== true || measured !== undefined || notMeasured !== undefined)
      return null;
    if (action.protocol !== 'postgres' || !wantsNumbers(action.sql)) return null;
    if (whyNotMeasurable(action.sql) !== null) return null;
    const { session } = connection.principal;
    switch (decision.verdict) {
      case 'deny':
        return null;
      case 'ask':
        // What nobody can be asked about is not run for nothing.
        return this.#isReachable(session) || this.#parts.approvals.grants.any
          ? { kind: 'count', bounds: BOUNDS }
          : null;
      case 'allow': {
        const rows = this.#limitOf(operation);
        const before = (): number => this.#changed.of(session, connection.resource.name);
        return rows === null ? null : { kind: 'limit', rows, before };
      }
    }
  }

  #isReachable(session: string): boolean {
    const how = this.#parts.sessions.asking(session);
    if (how === undefined || how.waitMs <= 0) return false;
    return how.attended || this.#parts.approvals.surfaces > 0;
  }

  #hold(
    operation: Operation,
    decision: Decision,
    { plan, asking }: { readonly plan: HoldPlan; readonly asking: Asking },
  ): Ruling {
    const refused = this.#refuseObligations(operation, decision);
    if (refused !== null) return refused;
    const { session } = operation.connection.principal;
    const resource = operation.connection.resource.name;
    const permit = this.#makePermit(operation, decision);
    const run = new HeldOperation({
      operation,
      decision,
      plan,
      rows: this.#parts.rows ?? KEEPS_NO_ROWS,
      maxRowsReturned: permit.maxRowsReturned ?? null,
      onCommit: (counts) => {
        this.#tallyRuling(operation, plan.kind === 'limit' ? 'allowed' : 'asked');
        if (plan.kind === 'limit') this.#changed.add(session, resource, rowsChanged(counts) ?? 0);
        else this.#changed.forget(session, resource);
      },
      goOn: (what, signal) =>
        this.#afterRollback(operation, what, {
          ...asking,
          signal,
          round: plan.kind === 'approved' ? asking.round + 1 : asking.round,
        }),
      finish: (outcome) => permit.finish(outcome),
    });
    return { kind: 'hold', run };
  }

  /** Decides again, with numbers. It is another decision: the first one ended with its rollback. */
  async #afterRollback(operation: Operation, what: RolledBack, asking: Asking): Promise<Ruling> {
    const measured = withNumbers(operation, what);
    const decided = withRewriting(this.#decide(measured).decision, measured.rewriting);
    const decision = toDecisionBehind(decided, what);
    if (asking.round > MAX_QUESTIONS) {
      return this.#deny(measured, toApprovalDenial(decision, 'cancelled', null));
    }
    return this.#carryOut(measured, { decision, retryAfterMs: 0 }, asking);
  }

  #decide(operation: Operation): Decided {
    this.#decisions += 1;
    const { principal, resource } = operation.connection;
    const now = this.#parts.now();
    const windowOpen = this.#parts.windowOpen(resource.name, now, operation);
    const { action, inTransaction } = operation;
    const tainted = this.#parts.sessions.isTainted?.(principal.session) ?? false;
    const context = { now, windowOpen, inTransaction, tainted };
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
      return this.#proceed(operation, decision, asking);
    }
    if (how === undefined || !this.#isReachable(operation.connection.principal.session)) {
      const nobody = { id: 'none', digest: question.digest, answeredBy: null, surface: null };
      await this.#recordAnswer(decision, 'unreachable', { ...nobody, note: null });
      return this.#deny(operation, toApprovalDenial(decision, 'unreachable', null));
    }
    const answer = await this.#parts.approvals.ask(question, {
      waitMs: Math.min(how.waitMs, operation.waitAtMostMs ?? how.waitMs),
      signal: asking.signal,
      ...(operation.onQuestion === undefined ? {} : { onAsked: operation.onQuestion }),
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
      return this.#proceed(operation, decision, asking);
    }
    await this.#recordAnswer(decision, 'stale', approval);
    if (asking.round >= MAX_QUESTIONS) {
      return this.#deny(operation, toApprovalDenial(decision, 'cancelled', null));
    }
    // Another operation by now: it is decided and recorded for itself, and asked about under the same id.
    return this.#authorize(withoutNumbers(now), { ...asking, round: asking.round + 1 });
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

  /** A person said yes. What was measured is run and measured again; it is committed only within what they saw. */
  #proceed(operation: Operation, decision: Decision, asking: Asking): Ruling {
    if (operation.measured !== undefined) {
      const plan: HoldPlan = { kind: 'approved', counts: operation.measured };
      return this.#hold(operation, decision, { plan, asking });
    }
    const { principal, resource } = operation.connection;
    this.#changed.forget(principal.session, resource.name);
    return this.#permit(operation, decision, 'asked');
  }

  /** An obligation that does not hold is a denial. */
  #refuseObligations(operation: Operation, decision: Decision): Ruling | null {
    const reason = unmetObligation(decision, operation);
    return reason === null ? null : this.#deny(operation, toRuleDenial({ ...decision, reason }));
  }

  #permit(operation: Operation, decision: Decision, verdict: 'allowed' | 'asked'): Ruling {
    const refused = this.#refuseObligations(operation, decision);
    if (refused !== null) return refused;
    this.#tallyRuling(operation, verdict);
    return { kind: 'permit', permit: this.#makePermit(operation, decision) };
  }

  #makePermit(operation: Operation, decision: Decision): Permit {
    const started = this.#parts.now();
    const { session } = operation.connection.principal;
    let finished = false;
    return {
      decision: decision.id,
      maxRowsReturned: this.#limitsOf(operation.connection)?.rowsReturned ?? null,
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
