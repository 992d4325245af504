/**
 * Answers hooks: reads the event, has it decided, holds it while a person is asked, and says yes or no.
 * SECURITY: a courtesy in front of the lock. It must never answer `ask`, and never yes to what it could not read.
 */

import type { PrincipalFacts, ShellPlace, ToolDeed } from '@agentguard/rules';
import type { Enforcement, Permit } from '../enforcement/enforcement.ts';
import { toShownText } from '../enforcement/to-question.ts';
import type { HookAnswer } from './answer-shapes.ts';
import { readHookCall } from './hook-call.ts';
import type { HookAgent, HookCall } from './hook-call.ts';
import { HOLD_MS, MAX_OPEN_CALLS } from './limits.ts';
import { readTool, toOperation } from './to-operation.ts';
import type { ReadTool } from './to-operation.ts';

/** What may lose files of the workspace. What cannot be told may do anything. */
const LOSING_DEEDS = new Set<ToolDeed>(['discard', 'database', 'destroy', 'unclear']);

/** What a save point can make good: work in the workspace, and a database that is a file of it. */
const RECOVERABLE_DEEDS = new Set<ToolDeed>(['discard', 'database']);

/** The session that a hook speaks for. */
export interface HookSession {
  readonly id: string;
  readonly principal: PrincipalFacts;
  readonly workspace: string;
  /** Its only way to any database leads through the guard. */
  readonly databaseGate: boolean;
}

/** Save points before a step, as far as the desk needs them. */
export interface StepSaves {
  /** The id of a save point that holds all files of the session's workspace; null when none could be made. */
  save(session: string, step: string): Promise<string | null>;
}

/** The tools that run, for whoever shows what they lead to. */
export interface ToolsNotice {
  started(session: string, tool: { readonly toolUse: string; readonly shown: string }): void;
  ended(session: string, toolUse: string): void;
}

/** What a desk is built from. */
export interface HookDeskParts {
  readonly enforcement: Pick<Enforcement, 'authorize'>;
  /** The surroundings that paths are judged by, without the session's own folder. */
  readonly place: Omit<ShellPlace, 'workspace' | 'cwd'>;
  readonly saver: StepSaves;
  readonly tools: ToolsNotice;
  readonly now: () => number;
  /** Told what is for the log. Holds no text of a client. */
  readonly onProblem: (what: string, cause: unknown) => void;
}

/** An answer with the event it answers to. */
export interface AnsweredHook {
  readonly event: string;
  readonly answer: HookAnswer;
}

/** Answers the hooks of all sessions. */
export class HookDesk {
  readonly #parts: HookDeskParts;
  readonly #first = new Map<string, number>();
  readonly #open = new Map<string, Permit>();

  constructor(parts: HookDeskParts) {
    this.#parts = parts;
  }

  /** When the first hook of a session was seen, in milliseconds since the epoch; null when none was. */
  firstSeen(session: string): number | null {
    return this.#first.get(session) ?? null;
  }

  /** A session is over: its calls that never reported their end are closed as unknown. */
  close(session: string): void {
    for (const [key, permit] of this.#open) {
      if (!key.startsWith(`${session} `)) continue;
      this.#open.delete(key);
      permit.finish(ended('unknown'));
    }
  }

  /**
   * Answers one event. Never throws: what fails is a no.
   * @param signal aborted when the caller is gone
   */
  async answer(
    agent: HookAgent,
    body: unknown,
    { session, signal }: { readonly session: HookSession; readonly signal: AbortSignal },
  ): Promise<AnsweredHook> {
    this.#remember(session.id);
    const read = readHookCall(agent, body);
    if (!read.ok)
      return { event: 'PreToolUse', answer: no(`blocked by agentguard: ${read.problem}`) };
    const { call } = read;
    try {
      return { event: call.event, answer: await this.#judge(call, session, signal) };
    } catch (error) {
      this.#parts.onProblem('a hook could not be answered', error);
      const reason =
        'blocked by agentguard: the guard could not decide; the person finds why with agentguard daemon logs';
      return { event: call.event, answer: no(reason) };
    }
  }

  async #judge(call: HookCall, session: HookSession, signal: AbortSignal): Promise<HookAnswer> {
    switch (call.moment) {
      case 'other':
        return { kind: 'allow' };
      case 'after':
        this.#finish(call, session);
        return { kind: 'allow' };
      case 'before':
        return this.#before(call, session, signal);
    }
  }

  async #before(call: HookCall, session: HookSession, signal: AbortSignal): Promise<HookAnswer> {
    const { workspace, principal, id } = session;
    const read = readTool(call, { ...this.#parts.place, workspace, cwd: workspace });
    const tool = await this.#withCover(read, session);
    const held = AbortSignal.any([signal, AbortSignal.timeout(HOLD_MS)]);
    const operation = toOperation(call, tool, principal);
    const ruling = await this.#parts.enforcement.authorize(operation, held);
    if (ruling.kind === 'denial') return no(`${ruling.denial.message}. ${ruling.denial.hint}`);
    if (signal.aborted || call.toolUse === null || this.#open.size >= MAX_OPEN_CALLS) {
      ruling.permit.finish(ended('unknown'));
    } else {
      this.#open.set(`${id} ${call.toolUse}`, ruling.permit);
      const shown = `${operation.connection.resource.name}: ${toShownText(operation)}`;
      this.#parts.tools.started(id, { toolUse: call.toolUse, shown });
    }
    return { kind: 'allow' };
  }

  /** Has the files saved before a step that may lose some, so that it can be taken back instead of asked about. */
  async #withCover(tool: ReadTool, { id, databaseGate }: HookSession): Promise<ReadTool> {
    const losing = tool.facts.findings.filter(({ deed }) => LOSING_DEEDS.has(deed));
    const [first] = losing;
    if (first === undefined) return tool;
    const savePoint = await this.#parts.saver.save(id, first.what);
    // A question is bound to its facts, and a save point is another one at each try: it only joins where it decides.
    const decides = tool.facts.findings.every(({ deed }) => RECOVERABLE_DEEDS.has(deed));
    if (savePoint === null || !decides) return tool;
    const cover = { savePoint, ...(databaseGate ? { databaseGate: true as const } : {}) };
    return { ...tool, facts: { ...tool.facts, cover } };
  }

  #remember(session: string): void {
    if (this.#first.has(session)) return;
    const oldest = this.#first.keys().next();
    if (this.#first.size >= MAX_OPEN_CALLS && oldest.done !== true)
      this.#first.delete(oldest.value);
    this.#first.set(session, this.#parts.now());
  }

  #finish(call: HookCall, session: HookSession): void {
    const key = `${session.id} ${call.toolUse ?? ''}`;
    this.#open.get(key)?.finish(ended(call.failed ? 'failed' : 'done'));
    this.#open.delete(key);
    if (call.toolUse !== null) this.#parts.tools.ended(session.id, call.toolUse);
  }
}

function no(reason: string): HookAnswer {
  return { kind: 'deny', reason };
}

function ended(result: 'done' | 'failed' | 'unknown'): Parameters<Permit['finish']>[0] {
  return { result, tags: [], errorCode: null, rowsChanged: null, rowsReturned: null };
}
