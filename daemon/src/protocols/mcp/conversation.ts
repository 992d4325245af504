/**
 * One client, one server, and the guard between them: events in, commands out, no I/O and no clock of its own.
 * SECURITY(P-91): nothing that asks for work reaches the other side except through a decision, whatever came before it.
 */

import {
  isJsonMap,
  jsonAt,
  readMessage,
  textAt,
  toCanonicalText,
  toJsonText,
  withKey,
} from '@agentguard/rules';
import type { Json, JsonMap, McpMessage, MessageId } from '@agentguard/rules';
import type { Denial, Operation, Outcome } from '../../enforcement/enforcement.ts';
import { toOperation } from './facts.ts';
import type { Work } from './facts.ts';
import { flightKey } from './flights.ts';
import type { ClientFlight, Gate, ServerFlight } from './flights.ts';
import type { FrameEvent } from './frames.ts';
import type { GuardedServer } from './guarded-server.ts';
import {
  CONTINUATION_MS,
  MAX_CONTINUATIONS,
  MAX_IN_FLIGHT,
  MAX_LINE_BYTES,
  MAX_NOTIFICATIONS_PER_SECOND,
  MAX_TASKS,
  PROGRESS_EVERY_MS,
} from './limits.ts';
import {
  clientMethod,
  inputRequestsOf,
  namesOf,
  serverWork,
  taskOf,
  withoutVolatile,
} from './messages.ts';
import { OwnLists } from './own-lists.ts';
import { filterList, filterOpening, idOfOversize, readContent } from './read-answer.ts';
import {
  DENIED_CODE,
  denialReply,
  denialText,
  errorReply,
  notification,
  refusalReply,
  waitingProgress,
} from './replies.ts';

/** What happens to a conversation. */
export type ConversationEvent =
  | { readonly kind: 'client' | 'server'; readonly frame: FrameEvent }
  /** A decision was made; null is a yes. */
  | { readonly kind: 'ruled'; readonly key: number; readonly denial: Denial | null }
  /** A person is being asked. */
  | { readonly kind: 'asked'; readonly key: number; readonly approval: string }
  /** What may be seen or called changed. */
  | { readonly kind: 'scope changed' }
  | { readonly kind: 'tick' }
  | { readonly kind: 'gone'; readonly side: 'client' | 'server' };

/** What is to be done about it, in this order. */
export type ConversationCommand =
  | { readonly kind: 'to client' | 'to server'; readonly message: Uint8Array }
  | { readonly kind: 'authorize'; readonly key: number; readonly operation: Operation }
  | { readonly kind: 'withdraw'; readonly key: number }
  | { readonly kind: 'finish'; readonly key: number; readonly outcome: Outcome }
  | {
      readonly kind: 'record';
      readonly name: string;
      readonly details: Readonly<Record<string, string | number | boolean | null>>;
    }
  | { readonly kind: 'taint' };

interface Continuation {
  readonly granted: readonly number[];
  readonly until: number;
}

const SERVER_GONE = 'agentguard: the MCP server has ended';

/** The state of one conversation. */
export class Conversation {
  readonly #server: GuardedServer;
  readonly #id: string;
  readonly #flights = new Map<string, ClientFlight>();
  readonly #serverFlights = new Map<string, ServerFlight>();
  readonly #gates = new Map<number, Gate<Denial>>();
  readonly #live = new Map<string, string>();
  readonly #tasks = new Set<string>();
  readonly #continuations = new Map<string, Continuation>();
  readonly #own: OwnLists;
  readonly #notified = { client: 0, server: 0, since: 0 };
  #out: ConversationCommand[] = [];
  #now = 0;
  #keys = 0;
  /** The client opened in the old way, so the server may ask it things. */
  #legacyOpened = false;
  /** `_meta` of the last modern request, for requests of our own. */
  #modernMeta: JsonMap | null = null;
  #tainted = false;

  /** @param options `id` names it on the record; `secret` begins the ids of our own requests */
  constructor(options: {
    readonly server: GuardedServer;
    readonly id: string;
    readonly secret: string;
  }) {
    this.#server = options.server;
    this.#id = options.id;
    this.#own = new OwnLists(`agentguard-${options.secret}`);
  }

  /** Requests that are held or under way. */
  get inFlight(): number {
    return this.#flights.size + this.#serverFlights.size;
  }

  /**
   * Takes one event.
   * @param now milliseconds, monotonic
   */
  handle(event: ConversationEvent, now: number): readonly ConversationCommand[] {
    this.#now = now;
    switch (event.kind) {
      case 'client':
      case 'server':
        this.#frame(event.kind, event.frame);
        break;
      case 'ruled':
        this.#ruled(event.key, event.denial);
        break;
      case 'asked':
        this.#asked(event.key, event.approval);
        break;
      case 'scope changed':
        this.#scopeChanged();
        break;
      case 'tick':
        this.#tick();
        break;
      case 'gone':
        this.#gone(event.side);
        break;
    }
    const out = this.#out;
    this.#out = [];
    return out;
  }

  #frame(side: 'client' | 'server', frame: FrameEvent): void {
    switch (frame.kind) {
      case 'cut off':
        this.#refused(side, 'the last message has no end');
        return;
      case 'oversize':
        this.#oversize(side, frame);
        return;
      case 'message': {
        const read = readMessage(frame.bytes);
        if (!read.ok) {
          this.#refused(side, read.refusal.problem);
          if (side === 'client') this.#toClient(refusalReply(read.refusal));
        } else if (side === 'client') this.#fromClient(read.message, frame.raw);
        else this.#fromServer(read.message, frame.raw);
      }
    }
  }

  // From the client.

  #fromClient(message: McpMessage, raw: Uint8Array): void {
    switch (message.kind) {
      case 'request':
        this.#clientRequest(message, raw);
        return;
      case 'notification':
        this.#clientNotification(message, raw);
        return;
      case 'result':
      case 'error':
        this.#clientAnswer(message, raw);
    }
  }

  #clientRequest(message: McpMessage & { kind: 'request' }, raw: Uint8Array): void {
    const { id, method, params, era } = message;
    const problem = this.#flights.has(flightKey(id))
      ? 'its id is in use by a request that has no answer yet'
      : this.#flights.size >= MAX_IN_FLIGHT
        ? 'too many requests wait for an answer'
        : null;
    if (problem !== null) {
      this.#refused('client', problem);
      this.#toClient(refusalReply({ code: -32600, problem, id }));
      return;
    }
    if (method === 'server/discover' && this.#server.answersProbe) {
      this.#toClient(errorReply(id, -32601, 'Method not found'));
      return;
    }
    if (era === 'modern') this.#modernMeta = toMeta(params);
    if (method === 'initialize') this.#legacyOpened = true;
    const token = jsonAt(params ?? undefined, '_meta', 'progressToken');
    const flight: ClientFlight = {
      id,
      method,
      treated: clientMethod(method),
      params,
      era,
      message: method === 'initialize' ? this.#withholdSampling(message, raw) : raw,
      progressToken: token ?? null,
      state: 'held',
      granted: [],
      approval: null,
      waiting: new Set(),
      progress: 0,
      progressAt: this.#now,
    };
    this.#flights.set(flightKey(id), flight);
    this.#dispatch(flight);
  }

  #dispatch(flight: ClientFlight): void {
    const { treated, method, params } = flight;
    switch (treated.kind) {
      case 'pass':
      case 'list':
      case 'open':
        this.#send(flight);
        return;
      case 'task':
        this.#dispatchTask(flight);
        return;
      case 'judge': {
        if (this.#continues(flight)) return;
        const works = namesOf(method, params).map((name) => ({
          work: treated.work,
          method,
          name,
          params,
        }));
        this.#gate(works, flight, (no, granted) => this.#settled(flight, no, granted));
      }
    }
  }

  /** A task was decided when it was made; what follows has to be about one of them. */
  #dispatchTask(flight: ClientFlight): void {
    const task = textAt(flight.params ?? undefined, 'taskId');
    if (task !== null && this.#tasks.has(task)) {
      this.#send(flight);
      return;
    }
    this.#flights.delete(flightKey(flight.id));
    this.#refused('client', 'it names a task that was not made here');
    this.#toClient(
      errorReply(
        flight.id,
        DENIED_CODE,
        'refused by agentguard: this conversation made no such task',
      ),
    );
  }

  /** The answer to a question of the server carries on the call that it was asked for, once, and only the same call. */
  #continues(flight: ClientFlight): boolean {
    if (flight.params?.has('inputResponses') !== true) return false;
    const key = continuationKey(
      flight.method,
      flight.params,
      textAt(flight.params, 'requestState'),
    );
    const known = this.#continuations.get(key);
    if (known === undefined || known.until < this.#now) return false;
    this.#continuations.delete(key);
    flight.granted = known.granted;
    this.#send(flight);
    return true;
  }

  #settled(flight: ClientFlight, no: Denial | null, granted: readonly number[]): void {
    const key = flightKey(flight.id);
    if (this.#flights.get(key) !== flight || flight.state !== 'held') {
      this.#finish(granted, 'unknown');
      return;
    }
    if (no === null) {
      flight.granted = granted;
      this.#send(flight);
      return;
    }
    this.#finish(granted, 'unknown');
    this.#flights.delete(key);
    this.#toClient(denialReply(flight, denialText(no)));
  }

  #send(flight: ClientFlight): void {
    flight.state = 'sent';
    this.#out.push({ kind: 'to server', message: flight.message });
  }

  #clientNotification(message: McpMessage & { kind: 'notification' }, raw: Uint8Array): void {
    const { method, params } = message;
    if (!method.startsWith('notifications/')) {
      const problem = `\`${clientMethod(method).kind === 'judge' && namesOf(method, params).length === 0 ? 'it' : method.slice(0, 100)}\` has no id to be answered by`;
      this.#refused('client', problem);
      this.#toClient(refusalReply({ code: -32600, problem, id: null }));
      return;
    }
    if (!this.#takeNotification('client')) return;
    if (method === 'notifications/cancelled' && this.#cancel(params)) return;
    this.#out.push({ kind: 'to server', message: raw });
  }

  /** @returns true when the server never saw what is cancelled */
  #cancel(params: JsonMap | null): boolean {
    const id = idIn(params, 'requestId');
    const flight = id === null ? undefined : this.#flights.get(flightKey(id));
    if (flight === undefined) return false;
    if (flight.state === 'held') {
      this.#flights.delete(flightKey(flight.id));
      this.#withdraw(flight.waiting);
      this.#record('abandoned', { method: flight.method, by: 'client' });
      return true;
    }
    this.#finish(flight.granted, 'unknown');
    flight.granted = [];
    flight.state = 'cancelled';
    return false;
  }

  #clientAnswer(message: McpMessage & { kind: 'result' | 'error' }, raw: Uint8Array): void {
    const key = flightKey(message.id);
    const flight = this.#serverFlights.get(key);
    if (flight?.state !== 'sent') {
      this.#refused('client', 'it answers a request that was never made');
      return;
    }
    this.#serverFlights.delete(key);
    this.#finish(flight.granted, message.kind === 'result' ? 'done' : 'failed');
    this.#out.push({ kind: 'to server', message: this.#answerFor(flight, message, raw) });
  }

  /** Roots outside of the workspace are not told. */
  #answerFor(
    flight: ServerFlight,
    message: McpMessage & { kind: 'result' | 'error' },
    raw: Uint8Array,
  ): Uint8Array {
    if (flight.method !== 'roots/list' || message.kind !== 'result') return raw;
    const roots = message.result.get('roots');
    if (!Array.isArray(roots)) return raw;
    const list = roots as readonly Json[];
    const kept = list.filter((root) => this.#isOwnRoot(textAt(root, 'uri')));
    if (kept.length === list.length) return raw;
    this.#record('mcp roots withheld', { count: list.length - kept.length });
    return toBytes(withKey(message.body, 'result', withKey(message.result, 'roots', kept)));
  }

  #isOwnRoot(uri: string | null): boolean {
    const url = uri === null ? null : URL.parse(uri);
    if (url?.protocol !== 'file:') return false;
    const path = decodeURIComponent(url.pathname);
    return this.#server.roots.some(
      (root) => path === root || path.startsWith(`${root.replace(/\/$/, '')}/`),
    );
  }

  /** A server that is not told that the client has a model to lend does not ask for it. */
  #withholdSampling(message: McpMessage & { kind: 'request' }, raw: Uint8Array): Uint8Array {
    const { params, body } = message;
    const capabilities = jsonAt(params ?? undefined, 'capabilities');
    if (params === null || !isJsonMap(capabilities) || !capabilities.has('sampling')) return raw;
    if (this.#server.samplingAllowed()) return raw;
    const kept = new Map([...capabilities].filter(([name]) => name !== 'sampling'));
    return toBytes(withKey(body, 'params', withKey(params, 'capabilities', kept)));
  }

  // From the server.

  #fromServer(message: McpMessage, raw: Uint8Array): void {
    switch (message.kind) {
      case 'request':
        this.#serverRequest(message, raw);
        return;
      case 'notification':
        this.#serverNotification(message, raw);
        return;
      case 'result':
      case 'error':
        this.#serverAnswer(message, raw);
    }
  }

  #serverAnswer(message: McpMessage & { kind: 'result' | 'error' }, raw: Uint8Array): void {
    const list = this.#own.take(message.id);
    if (list !== null) {
      const result = message.kind === 'result' ? message.result : null;
      if (result !== null) filterList(list, result, this.#context());
      this.#toServerAll(this.#own.onAnswer(message.id, result, this.#modernMeta));
      return;
    }
    const flight = this.#flights.get(flightKey(message.id));
    if (flight === undefined || (flight.state !== 'sent' && flight.state !== 'cancelled')) {
      this.#refused('server', 'it answers a request that nobody made');
      return;
    }
    if (message.kind === 'error') {
      const cleaned = readContent(message.error, this.#server);
      this.#answer(
        flight,
        cleaned.result === message.error
          ? raw
          : toBytes(withKey(message.body, 'error', cleaned.result)),
        'failed',
      );
      return;
    }
    this.#serverResult(flight, message, raw);
  }

  #serverResult(
    flight: ClientFlight,
    message: McpMessage & { kind: 'result' },
    raw: Uint8Array,
  ): void {
    const { result, body } = message;
    const pass = (changed: JsonMap): void => {
      const failed = changed.get('isError') === true;
      this.#answer(
        flight,
        changed === result ? raw : toBytes(withKey(body, 'result', changed)),
        failed ? 'failed' : 'done',
      );
    };
    switch (flight.treated.kind) {
      case 'open':
        pass(filterOpening(result, this.#context()));
        return;
      case 'list': {
        const filtered = filterList(flight.method, result, this.#context());
        if (filtered.hidden > 0)
          this.#record('mcp definitions hidden', { list: flight.method, count: filtered.hidden });
        pass(filtered.result);
        return;
      }
      case 'pass':
      case 'task':
      case 'judge':
        this.#content(flight, result, pass);
    }
  }

  /** An answer with content: cleaned, its task bound, its questions decided first. */
  #content(flight: ClientFlight, result: JsonMap, pass: (changed: JsonMap) => void): void {
    const task = taskOf(result);
    if (task !== null) this.#remember(task);
    const cleaned = readContent(result, this.#server);
    if (cleaned.redacted + cleaned.hidden + cleaned.masked > 0 || cleaned.diverges) {
      const { redacted, hidden, masked, diverges } = cleaned;
      this.#record('mcp result changed', {
        method: flight.method,
        redacted,
        hidden,
        masked,
        diverges,
      });
    }
    if (flight.method !== 'ping' && flight.method !== 'logging/setLevel') this.#taint();
    const inner = inputRequestsOf(result);
    if (result.get('resultType') !== 'input_required' && inner.length === 0) {
      pass(cleaned.result);
      return;
    }
    flight.state = 'answering';
    const works = inner.map(({ method, params }) => ({
      work: serverWork(method),
      method,
      name: innerName(method, params),
      params,
    }));
    this.#gate(works, null, (no, granted) => {
      this.#finish(granted, no === null ? 'done' : 'unknown');
      if (this.#flights.get(flightKey(flight.id)) !== flight) return;
      if (no === null)
        this.#wantsInput(flight, result, () => pass(this.#withBanners(cleaned.result)));
      else {
        this.#answer(flight, denialReply(flight, denialText(no)), 'failed');
      }
    });
  }

  #wantsInput(flight: ClientFlight, result: JsonMap, pass: () => void): void {
    const key = continuationKey(flight.method, flight.params, textAt(result, 'requestState'));
    const oldest = this.#continuations.entries().next();
    if (this.#continuations.size >= MAX_CONTINUATIONS && oldest.done !== true) {
      this.#continuations.delete(oldest.value[0]);
      this.#finish(oldest.value[1].granted, 'unknown');
    }
    if (flight.treated.kind === 'judge') {
      this.#continuations.set(key, { granted: flight.granted, until: this.#now + CONTINUATION_MS });
      flight.granted = [];
    }
    pass();
  }

  /** The person sees which server asks, in either era. */
  #withBanners(result: JsonMap): JsonMap {
    const requests = result.get('inputRequests');
    if (!isJsonMap(requests)) return result;
    const entries = [...requests].map(([key, one]): [string, Json] => {
      const params = jsonAt(one, 'params');
      if (textAt(one, 'method') !== 'elicitation/create' || !isJsonMap(params) || !isJsonMap(one))
        return [key, one];
      return [key, withKey(one, 'params', this.#withBanner(params))];
    });
    return withKey(result, 'inputRequests', new Map(entries));
  }

  #withBanner(params: JsonMap): JsonMap {
    return withKey(
      params,
      'message',
      `[the MCP server ${this.#server.name} asks] ${textAt(params, 'message') ?? ''}`,
    );
  }

  #answer(flight: ClientFlight, message: Uint8Array, result: Outcome['result']): void {
    this.#flights.delete(flightKey(flight.id));
    this.#finish(flight.granted, result);
    this.#toClient(message);
  }

  #serverRequest(message: McpMessage & { kind: 'request' }, raw: Uint8Array): void {
    const { id, method, params, body } = message;
    const problem = this.#whyNoServerRequest(id);
    if (problem !== null) {
      this.#refused('server', problem);
      this.#toServer(errorReply(id, DENIED_CODE, `refused by agentguard: ${problem}`));
      return;
    }
    const asks = method === 'elicitation/create' && params !== null;
    const shown = asks ? toBytes(withKey(body, 'params', this.#withBanner(params))) : raw;
    const flight: ServerFlight = { id, method, message: shown, state: 'held', granted: [] };
    this.#serverFlights.set(flightKey(id), flight);
    const work = { work: serverWork(method), method, name: innerName(method, params), params };
    this.#gate(method === 'ping' ? [] : [work], null, (no, granted) => {
      this.#serverSettled(flight, no, granted);
    });
  }

  #whyNoServerRequest(id: MessageId): string | null {
    if (!this.#legacyOpened) return 'a server asks nothing by itself in this revision';
    if (this.#serverFlights.has(flightKey(id))) return 'its id is in use';
    return this.#serverFlights.size >= MAX_IN_FLIGHT
      ? 'too many requests wait for an answer'
      : null;
  }

  #serverSettled(flight: ServerFlight, no: Denial | null, granted: readonly number[]): void {
    const key = flightKey(flight.id);
    if (this.#serverFlights.get(key) !== flight) {
      this.#finish(granted, 'unknown');
    } else if (no === null) {
      flight.state = 'sent';
      flight.granted = granted;
      this.#toClient(flight.message);
    } else {
      this.#serverFlights.delete(key);
      this.#toServer(errorReply(flight.id, DENIED_CODE, denialText(no)));
    }
  }

  #serverNotification(message: McpMessage & { kind: 'notification' }, raw: Uint8Array): void {
    const { method, params, body } = message;
    if (!method.startsWith('notifications/')) {
      this.#refused('server', 'it is a request without an id');
      return;
    }
    if (!this.#takeNotification('server')) return;
    if (method === 'notifications/cancelled') this.#serverCancels(params);
    const cleaned = params === null ? null : readContent(params, this.#server).result;
    this.#toClient(
      cleaned === null || cleaned === params ? raw : toBytes(withKey(body, 'params', cleaned)),
    );
    if (this.#legacyOpened || this.#modernMeta !== null) {
      this.#toServerAll(
        this.#own.onNotification(method, this.#legacyOpened ? null : this.#modernMeta),
      );
    }
  }

  #serverCancels(params: JsonMap | null): void {
    const id = idIn(params, 'requestId');
    const flight = id === null ? undefined : this.#serverFlights.get(flightKey(id));
    if (flight === undefined) return;
    this.#serverFlights.delete(flightKey(flight.id));
    this.#finish(flight.granted, 'unknown');
  }

  #oversize(
    side: 'client' | 'server',
    { head, tail }: { readonly head: string; readonly tail: string },
  ): void {
    const problem = `it is longer than ${MAX_LINE_BYTES} bytes`;
    this.#refused(side, problem);
    if (side === 'client') {
      this.#toClient(refusalReply({ code: -32600, problem, id: null }));
      return;
    }
    const id = idOfOversize(head, tail);
    const named = id === null ? undefined : this.#flights.get(flightKey(id));
    const sent = [...this.#flights.values()].filter(({ state }) => state === 'sent');
    // Whose answer it was cannot be told, and somebody would wait for it for ever.
    for (const flight of named === undefined ? sent : [named]) {
      this.#answer(
        flight,
        denialReply(flight, `agentguard: the answer of the server was thrown away: ${problem}`),
        'failed',
      );
    }
  }

  // Decisions.

  #gate(
    works: readonly Work[],
    flight: ClientFlight | null,
    settle: (no: Denial | null, granted: readonly number[]) => void,
  ): void {
    if (works.length === 0) {
      settle(null, []);
      return;
    }
    const gate: Gate<Denial> = { waiting: new Set(), granted: [], settle };
    const asked = works.map((work) => {
      this.#keys += 1;
      gate.waiting.add(this.#keys);
      this.#gates.set(this.#keys, gate);
      return { key: this.#keys, work };
    });
    if (flight !== null) flight.waiting = gate.waiting;
    for (const { key, work } of asked) {
      const operation = toOperation(work, { ...this.#context(), conversation: this.#id });
      this.#out.push({ kind: 'authorize', key, operation });
    }
  }

  #ruled(key: number, denial: Denial | null): void {
    const gate = this.#gates.get(key);
    this.#gates.delete(key);
    if (gate === undefined) {
      // Nobody waits for it any more: what was allowed is not done.
      if (denial === null) this.#finish([key], 'unknown');
      return;
    }
    gate.waiting.delete(key);
    if (denial === null) gate.granted.push(key);
    if (denial !== null) {
      this.#withdraw(gate.waiting);
      gate.settle(denial, gate.granted);
    } else if (gate.waiting.size === 0) gate.settle(null, gate.granted);
  }

  #withdraw(keys: ReadonlySet<number>): void {
    for (const key of [...keys]) {
      this.#gates.delete(key);
      this.#out.push({ kind: 'withdraw', key });
    }
  }

  #asked(key: number, approval: string): void {
    for (const flight of this.#flights.values()) {
      if (!flight.waiting.has(key)) continue;
      flight.approval = approval;
      this.#tellWaiting(flight);
    }
  }

  #tick(): void {
    for (const flight of this.#flights.values()) {
      if (flight.state === 'held' && this.#now - flight.progressAt >= PROGRESS_EVERY_MS)
        this.#tellWaiting(flight);
    }
    for (const [key, { until, granted }] of this.#continuations) {
      if (until >= this.#now) continue;
      this.#continuations.delete(key);
      this.#finish(granted, 'unknown');
    }
  }

  #tellWaiting(flight: ClientFlight): void {
    if (flight.approval === null || flight.progressToken === null) return;
    flight.progress += 1;
    flight.progressAt = this.#now;
    this.#toClient(waitingProgress(flight.progressToken, flight.progress, flight.approval));
  }

  #scopeChanged(): void {
    if (!this.#legacyOpened) return;
    for (const list of ['tools', 'prompts', 'resources']) {
      this.#toClient(notification(`notifications/${list}/list_changed`, new Map()));
    }
  }

  #gone(side: 'client' | 'server'): void {
    for (const flight of this.#flights.values()) {
      this.#withdraw(flight.waiting);
      this.#finish(flight.granted, 'unknown');
      if (flight.state === 'held') this.#record('abandoned', { method: flight.method, by: side });
      if (side === 'server' && flight.state !== 'cancelled') {
        this.#toClient(errorReply(flight.id, -32603, SERVER_GONE));
      }
    }
    for (const { granted } of this.#serverFlights.values()) this.#finish(granted, 'unknown');
    for (const { granted } of this.#continuations.values()) this.#finish(granted, 'unknown');
    for (const key of this.#gates.keys()) this.#out.push({ kind: 'withdraw', key });
    for (const map of [this.#flights, this.#serverFlights, this.#gates, this.#continuations])
      map.clear();
  }

  // Small things.

  #context(): { readonly server: GuardedServer; readonly live: Map<string, string> } {
    return { server: this.#server, live: this.#live };
  }

  #remember(task: string): void {
    const oldest = this.#tasks.values().next();
    if (this.#tasks.size >= MAX_TASKS && oldest.done !== true) this.#tasks.delete(oldest.value);
    this.#tasks.add(task);
  }

  #taint(): void {
    if (this.#tainted) return;
    this.#tainted = true;
    this.#out.push({ kind: 'taint' });
  }

  #takeNotification(side: 'client' | 'server'): boolean {
    if (this.#now - this.#notified.since >= 1000) {
      Object.assign(this.#notified, { client: 0, server: 0, since: this.#now });
    }
    this.#notified[side] += 1;
    if (this.#notified[side] === MAX_NOTIFICATIONS_PER_SECOND + 1)
      this.#refused(side, 'too many notifications');
    return this.#notified[side] <= MAX_NOTIFICATIONS_PER_SECOND;
  }

  #finish(keys: readonly number[], result: Outcome['result']): void {
    for (const key of keys) {
      const outcome = { result, tags: [], errorCode: null, rowsChanged: null, rowsReturned: null };
      this.#out.push({ kind: 'finish', key, outcome });
    }
  }

  #refused(from: 'client' | 'server', problem: string): void {
    this.#record('mcp message refused', { from, problem });
  }

  #record(name: string, details: Readonly<Record<string, string | number | boolean | null>>): void {
    this.#out.push({
      kind: 'record',
      name,
      details: { server: this.#server.name, conversation: this.#id, ...details },
    });
  }

  #toClient(message: Uint8Array): void {
    this.#out.push({ kind: 'to client', message });
  }

  #toServer(message: Uint8Array): void {
    this.#out.push({ kind: 'to server', message });
  }

  #toServerAll(messages: readonly Uint8Array[]): void {
    for (const message of messages) this.#out.push({ kind: 'to server', message });
  }
}

function toBytes(body: JsonMap): Buffer {
  return Buffer.from(toJsonText(body), 'utf8');
}

function toMeta(params: JsonMap | null): JsonMap | null {
  const meta = jsonAt(params ?? undefined, '_meta');
  if (!isJsonMap(meta)) return null;
  return new Map([...meta].filter(([key]) => key.startsWith('io.modelcontextprotocol/')));
}

function idIn(params: JsonMap | null, key: string): MessageId | null {
  const value = jsonAt(params ?? undefined, key);
  if (typeof value === 'string') return value;
  const literal = value === undefined || value === null ? '' : toJsonText(value);
  return /^-?\d{1,15}$/.test(literal) ? Number(literal) : null;
}

/** The method says little of what is asked for; what a person should read stands in its text. */
function innerName(method: string, params: JsonMap | null): string {
  return textAt(params ?? undefined, 'url') ?? method;
}

/** The same call, answering the same state of the server. */
function continuationKey(method: string, params: JsonMap | null, state: string | null): string {
  const kept = new Map(
    [...withoutVolatile(params)].filter(
      ([key]) => key !== 'inputResponses' && key !== 'requestState',
    ),
  );
  return `${state ?? ''}\n${method} ${toCanonicalText(kept)}`;
}
