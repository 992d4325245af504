/** A conversation on paper for tests: lines go in, lines and questions come out, and the test answers the questions. */

import type { McpDefinition, McpStanding } from '@agentguard/rules';
import { toDefinitionForTest } from './sample-definitions.ts';
import type { Denial } from '../../enforcement/enforcement.ts';
import { Conversation } from './conversation.ts';
import type { ConversationCommand, ConversationEvent } from './conversation.ts';
import { frameLine, LineCodec } from './frames.ts';
import type { GuardedServer } from './guarded-server.ts';

/** What a test says of its server. */
export interface PlaybookOptions {
  /** Definitions that a person saw, as the server would list them. */
  readonly seen?: readonly unknown[];
  readonly sampling?: boolean;
  readonly answersProbe?: boolean;
  /** Answers every question with yes at once. */
  readonly permissive?: boolean;
}

const DENIAL: Denial = {
  decision: 'dec-1',
  message: 'blocked by agentguard: no',
  rules: ['test'],
  hint: 'Do something else.',
};

/** One conversation with what became of it. */
export class Playbook {
  readonly toClient: unknown[] = [];
  readonly toServer: unknown[] = [];
  readonly rawToServer: string[] = [];
  readonly rawToClient: string[] = [];
  readonly asked: {
    readonly key: number;
    readonly name: string;
    readonly work: string;
    readonly standing: McpStanding;
  }[] = [];
  readonly withdrawn: number[] = [];
  readonly finished: string[] = [];
  readonly records: string[] = [];
  tainted = 0;
  now = 0;
  readonly #conversation: Conversation;
  readonly #codecs = { client: new LineCodec(), server: new LineCodec() };
  readonly #permissive: boolean;

  constructor(options: PlaybookOptions = {}) {
    this.#permissive = options.permissive ?? false;
    this.#conversation = new Conversation({ server: toServer(options), id: 'mcp-1', secret: 'x' });
  }

  /** Something that the client or the server writes: a value, or the text itself. */
  client(...messages: readonly unknown[]): this {
    return this.#write('client', messages);
  }

  server(...messages: readonly unknown[]): this {
    return this.#write('server', messages);
  }

  bytes(side: 'client' | 'server', chunk: Uint8Array): this {
    for (const frame of this.#codecs[side].push(chunk)) this.event({ kind: side, frame });
    return this;
  }

  /** The answer to the question of a name; the oldest of that name. */
  rule(name: string, verdict: 'yes' | 'no' | Denial): this {
    const at = this.asked.findIndex((one) => one.name === name);
    const [question] = this.asked.splice(at, 1);
    if (at < 0 || question === undefined) throw new Error(`nobody asked about ${name}`);
    const denial = verdict === 'yes' ? null : verdict === 'no' ? DENIAL : verdict;
    return this.event({ kind: 'ruled', key: question.key, denial });
  }

  event(event: ConversationEvent): this {
    for (const command of this.#conversation.handle(event, this.now)) this.#note(command);
    return this;
  }

  get inFlight(): number {
    return this.#conversation.inFlight;
  }

  #write(side: 'client' | 'server', messages: readonly unknown[]): this {
    for (const message of messages) {
      const text = typeof message === 'string' ? message : JSON.stringify(message);
      this.bytes(side, frameLine(Buffer.from(text)));
    }
    return this;
  }

  #note(command: ConversationCommand): void {
    switch (command.kind) {
      case 'to client': {
        const text = Buffer.from(command.message).toString();
        this.rawToClient.push(text);
        this.toClient.push(JSON.parse(text));
        return;
      }
      case 'to server': {
        const text = Buffer.from(command.message).toString();
        this.rawToServer.push(text);
        this.toServer.push(JSON.parse(text));
        return;
      }
      case 'authorize': {
        const { action } = command.operation;
        if (action.protocol !== 'mcp') throw new Error('an operation of another protocol');
        const { name, work, standing } = action.mcp;
        this.asked.push({ key: command.key, name, work, standing });
        if (this.#permissive) this.rule(name, 'yes');
        return;
      }
      case 'withdraw':
        this.withdrawn.push(command.key);
        return;
      case 'finish':
        this.finished.push(command.outcome.result);
        return;
      case 'record':
        this.records.push(command.name);
        return;
      case 'taint':
        this.tainted += 1;
    }
  }
}

function toServer(options: PlaybookOptions): GuardedServer {
  const pins = new Map(
    (options.seen ?? [])
      .map((one) => toDefinitionForTest(one))
      .map((one) => [`${one.kind} ${one.name}`, one.digest]),
  );
  const waiting = new Set<string>();
  return {
    name: 'shop',
    connection: {
      principal: { person: 'ana', agent: 'claude', session: 's1' },
      resource: { name: 'mcp:shop', kind: 'mcp', environment: 'unknown' },
    },
    known: (kind, name) => {
      const pinned = pins.get(`${kind} ${name}`) ?? null;
      return {
        pinned,
        word: pinned === null ? null : 'allow',
        waits: waiting.has(`${kind} ${name}`),
      };
    },
    observe: (definitions: readonly McpDefinition[]) => {
      for (const { kind, name, digest } of definitions) {
        if (pins.get(`${kind} ${name}`) === digest) waiting.delete(`${kind} ${name}`);
        else waiting.add(`${kind} ${name}`);
      }
    },
    shows: (_kind, name, standing) => standing === 'pinned' && !name.startsWith('denied'),
    readSql: null,
    count: () => ({ session: 0, minute: 0 }),
    reads: () => false,
    redact: (text) => ({ text, count: 0 }),
    masks: () => [],
    samplingAllowed: () => options.sampling ?? false,
    roots: ['/srv/app'],
    answersProbe: options.answersProbe ?? false,
    clientBudgetMs: 60_000,
  };
}
