/** Sessions over the control socket: made for a command, held open by it, counted, ended. */

import { userInfo } from 'node:os';
import type { CallContext } from '../control/server/actor.ts';
import type { CallHandlers, StreamHandlers } from '../control/server/handlers.ts';
import type { CallResult } from '../control/contract/methods.ts';
import { toTime } from '../enforcement/to-entries.ts';
import { ControlError } from '../errors.ts';
import type { ResourceStore } from '../resources/resource-store.ts';
import type { Session, SessionRequest } from '../sessions/session.ts';
import type { SessionStore } from '../sessions/session-store.ts';
import type { SaveRequest, StepSaver } from '../sessions/step-saver.ts';
import { eventQueue } from './event-queue.ts';
import { personOf } from './person.ts';
import type { RecordEvent } from './record-event.ts';
import { chooseEverything, requireListener, toSessionResource } from './session-resource.ts';
import type { CheckScope } from './check-scope.ts';

/** How long a question waits when nobody says otherwise: longer than a person needs, shorter than a client gives up. */
const DEFAULT_ASK_TIMEOUT_MS = 5 * 60_000;

/** One save point is asked for at a time, and a session ends once. */
const MAX_WAITING_EVENTS = 4;

/** What the handlers are built from. */
export interface SessionParts {
  readonly sessions: SessionStore<unknown>;
  readonly resources: ResourceStore;
  readonly recordEvent: RecordEvent;
  /** Refuses a scope that opens nothing. */
  readonly checkScope: CheckScope;
  /** Everything is stopped: no session begins. */
  readonly stopped: () => boolean;
  /** Where clients connect; null while nothing listens. */
  readonly listener: () => { readonly host: string; readonly port: number } | null;
  /** Where commands reach listed hosts of the network. */
  readonly proxy: () => { readonly host: string; readonly port: number };
  /** Where hooks of agents are answered. */
  readonly hooks: () => { readonly host: string; readonly port: number };
  /** Where relays of MCP servers connect. */
  readonly mcp: () => { readonly host: string; readonly port: number };
  /** When the first hook of a session was seen; null when none was. */
  readonly firstHook: (session: string) => number | null;
  /** Where save points before a step are asked for. */
  readonly saver: StepSaver;
  readonly apis: SessionApis;
  /** Entries of the record so far. */
  readonly entryCount: () => number;
}

/** Guarded APIs, as sessions are told of them. */
export interface SessionApis {
  /** Names of all. */
  names(): readonly string[];
  /**
   * Opens those of a session.
   * @throws ResourceError, SecretError when a credential is not to be had
   */
  open(session: Session): Promise<Pick<CallResult<'session.create'>, 'apis' | 'authority'>>;
}

type SessionCalls = Pick<
  CallHandlers,
  'session.create' | 'session.end' | 'session.saved' | 'session.summary' | 'session.list'
>;

/** First entry of the record that belongs to each session, for its summary. */
type FirstEntries = Map<string, number>;

/** Handlers of the calls. */
export function makeSessionCalls(parts: SessionParts): SessionCalls {
  const { sessions } = parts;
  const firstEntries: FirstEntries = new Map();
  sessions.onEveryEnd((session) => {
    void parts.recordEvent('session ended', describeEnd(session), session.id).catch(() => {
      // The record has failed and says so itself; the session is over either way.
    });
  });
  const summary = (session: Session): CallResult<'session.summary'> =>
    toSummary(session, {
      first: firstEntries.get(session.id) ?? null,
      entries: parts.entryCount(),
      firstHook: parts.firstHook(session.id),
    });
  return {
    'session.create': async (params, context) => {
      if (parts.stopped()) throw everythingIsStopped();
      const chosen = chooseEverything(parts.resources, parts.apis, params.resources);
      const names = chosen.databases;
      const listener = requireListener(parts.listener());
      const askTimeoutMs = params.askTimeoutMs ?? DEFAULT_ASK_TIMEOUT_MS;
      const request: SessionRequest = {
        person: personOf(context),
        agent: params.agent,
        label: params.label,
        resources: names,
        apis: chosen.apis,
        workspace: params.workspace,
        askTimeoutMs,
        // Whoever says how long to wait wants to be asked, terminal or not.
        attended: params.attended || params.askTimeoutMs !== null,
        root: context.actor.caller,
        held: params.held,
        confined: params.confined ?? false,
        unlisted: params.confined === false,
        ...(params.scope === undefined ? {} : { scope: params.scope }),
      };
      if (params.scope !== undefined) {
        parts.checkScope(params.scope, { resources: names, workspace: params.workspace });
      }
      const { session, token } = sessions.create(request);
      const apis = await openApis(parts, session);
      firstEntries.set(session.id, parts.entryCount());
      const details = { ...describeStart(session), ...params.caller };
      await parts.recordEvent('session started', details, session.id);
      return {
        session: session.id,
        token,
        resources: names.map((name) => toSessionResource(parts.resources, name, listener)),
        askTimeoutMs,
        ...apis,
        proxy: parts.proxy(),
        hooks: parts.hooks(),
        mcp: parts.mcp(),
      };
    },
    'session.end': ({ session }) => summary(sessions.end(session, 'ended')),
    'session.saved': ({ session, id, savePoint }) => {
      parts.saver.answered(session, id, savePoint);
      return {};
    },
    'session.summary': ({ session }, context) => {
      refuseOtherSession(context, session);
      return summary(sessions.show(session));
    },
    'session.list': () => ({ sessions: sessions.listAll().map(summary) }),
  };
}

/** Handler of the stream that keeps a session alive: when the caller goes, the session ends. */
export function makeSessionHold(
  sessions: SessionStore<unknown>,
  saver: StepSaver,
): Pick<StreamHandlers, 'session.hold'> {
  return {
    'session.hold': async function* ({ session }, { signal }) {
      const release = sessions.hold(session);
      const events = eventQueue<Session | SaveRequest>(MAX_WAITING_EVENTS, signal);
      const stop = sessions.onEnd(session, events.push);
      const detach = saver.attach(session, events.push);
      try {
        yield { kind: 'held' };
        for await (const event of events.events) {
          if ('step' in event) {
            yield { kind: 'save', ...event };
            continue;
          }
          yield { kind: 'ended', reason: event.endReason ?? 'ended' };
          return;
        }
      } finally {
        detach();
        stop();
        release();
      }
    },
  };
}

/** A session that cannot have what it was made for is none. */
async function openApis(
  { apis, sessions }: SessionParts,
  session: Session,
): Promise<Pick<CallResult<'session.create'>, 'apis' | 'authority'>> {
  try {
    return await apis.open(session);
  } catch (error) {
    sessions.end(session.id, 'ended');
    throw error;
  }
}

function everythingIsStopped(): ControlError {
  return new ControlError('CONTROL_REFUSED', 'everything is stopped, so no session begins', {
    audience: 'user',
    help: 'agentguard resume',
  });
}

/** A session's token may look at its own session and at no other. */
function refuseOtherSession({ actor }: CallContext, session: string): void {
  if (actor.kind !== 'session' || actor.session === session) return;
  throw new ControlError('CONTROL_FORBIDDEN', 'a session may only look at itself', {
    audience: 'user',
  });
}

function describeStart(session: Session): Record<string, string | number | boolean | null> {
  return {
    person: session.principal.person,
    agent: session.principal.agent,
    label: session.label,
    workspace: session.workspace,
    resources: [...session.resources, ...session.apis].join(' '),
    attended: session.attended,
    confined: session.confined,
    process: session.root?.pid ?? null,
    role: session.claims?.role ?? null,
    onBehalfOf: session.claims?.onBehalfOf ?? null,
    account: userInfo().username,
  };
}

function describeEnd(session: Session): Record<string, string | number | boolean | null> {
  return { reason: session.endReason, ...session.tally };
}

function toSummary(
  session: Session,
  known: {
    readonly first: number | null;
    readonly entries: number;
    readonly firstHook: number | null;
  },
): CallResult<'session.summary'> {
  const { first, entries, firstHook } = known;
  return {
    session: session.id,
    person: session.principal.person,
    agent: session.principal.agent,
    label: session.label,
    workspace: session.workspace,
    resources: [...session.resources],
    startedAt: toTime(session.startedAt),
    endedAt: session.endedAt === null ? null : toTime(session.endedAt),
    endReason: session.endReason,
    tally: session.tally,
    firstHookAt: firstHook === null ? null : toTime(firstHook),
    auditRange: first === null || entries <= first ? null : { first, last: entries - 1 },
  };
}
