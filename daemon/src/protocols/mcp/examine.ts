/**
 * Asks a server for everything it offers, without a client and without calling anything: for the review by a person.
 * Events in, messages out, as in a conversation; whoever runs it moves the bytes.
 */

import {
  entriesOfList,
  isListMethod,
  isJsonMap,
  jsonAt,
  jsonMap,
  parseJson,
  readMessage,
  textAt,
  toServerDefinition,
} from '@agentguard/rules';
import type { Json, JsonMap, ListMethod, McpDefinition } from '@agentguard/rules';
import type { FrameEvent } from './frames.ts';
import { MAX_OWN_PAGES } from './limits.ts';
import { errorReply, notification, request } from './replies.ts';

/** The newest revision with an opening, and the one without. */
const LEGACY_VERSION = '2025-11-25';
const MODERN_VERSION = '2026-07-28';

const CLIENT_INFO = '{"name":"agentguard","version":"1"}';
/** Everything, so that what a server shows to some clients only is seen as well. */
const CAPABILITIES =
  '{"roots":{"listChanged":true},"sampling":{},"elicitation":{"form":{},"url":{}},"tasks":{"list":{},"cancel":{}}}';

const LISTS: readonly (readonly [string, ListMethod])[] = [
  ['tools', 'tools/list'],
  ['prompts', 'prompts/list'],
  ['resources', 'resources/list'],
  ['resources', 'resources/templates/list'],
];

/** What an examination has come to. */
export type ExamineStep =
  | { readonly kind: 'send'; readonly messages: readonly Uint8Array[] }
  | { readonly kind: 'done'; readonly definitions: readonly McpDefinition[] }
  | { readonly kind: 'failed'; readonly problem: string };

/** One examination. */
export class Examination {
  readonly #definitions = new Map<string, McpDefinition>();
  readonly #waiting = new Map<string, { readonly method: string; readonly page: number }>();
  #modern = false;
  #count = 0;

  /** The first message. */
  begin(): Uint8Array {
    return this.#ask('initialize', {
      protocolVersion: LEGACY_VERSION,
      capabilities: literal(CAPABILITIES),
      clientInfo: literal(CLIENT_INFO),
    });
  }

  /** Takes what the server says. */
  take(frame: FrameEvent): ExamineStep {
    if (frame.kind !== 'message')
      return {
        kind: 'failed',
        problem: 'the server sent a message without an end or beyond the bound',
      };
    const read = readMessage(frame.bytes);
    // Noise on standard output is what the server's own clients have to bear as well.
    if (!read.ok) return SEND_NOTHING;
    const { message } = read;
    switch (message.kind) {
      case 'notification':
        return SEND_NOTHING;
      case 'request': {
        const messages =
          message.method === 'ping'
            ? [Buffer.from(`{"jsonrpc":"2.0","id":${JSON.stringify(message.id)},"result":{}}`)]
            : [errorReply(message.id, -32601, 'Method not found')];
        return { kind: 'send', messages };
      }
      case 'result':
      case 'error':
        return this.#answered(
          String(message.id),
          message.kind === 'result' ? message.result : null,
        );
    }
  }

  #answered(id: string, result: JsonMap | null): ExamineStep {
    const asked = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (asked === undefined) return SEND_NOTHING;
    const { method, page } = asked;
    if (method === 'initialize' || method === 'server/discover')
      return this.#opened(method, result);
    const messages: Uint8Array[] = [];
    if (result !== null && isListMethod(method)) {
      for (const { definition } of entriesOfList(method, result) ?? []) this.#keep(definition);
      const cursor = textAt(result, 'nextCursor');
      if (cursor !== null && page < MAX_OWN_PAGES)
        messages.push(this.#ask(method, { cursor }, page + 1));
    }
    if (this.#waiting.size > 0) return { kind: 'send', messages };
    return { kind: 'done', definitions: [...this.#definitions.values()] };
  }

  #opened(method: string, result: JsonMap | null): ExamineStep {
    if (result === null) {
      if (method !== 'initialize')
        return { kind: 'failed', problem: 'the server refuses both ways of opening' };
      this.#modern = true;
      return { kind: 'send', messages: [this.#ask('server/discover', {})] };
    }
    this.#keep(toServerDefinition(result));
    const capabilities = jsonAt(result, 'capabilities');
    const offered = LISTS.filter(([name]) => isJsonMap(capabilities) && capabilities.has(name));
    const lists = offered.map(([, list]) => this.#ask(list, {}));
    if (lists.length === 0) return { kind: 'done', definitions: [...this.#definitions.values()] };
    const opened = this.#modern ? [] : [notification('notifications/initialized', new Map())];
    return { kind: 'send', messages: [...opened, ...lists] };
  }

  #keep(definition: McpDefinition | null): void {
    if (definition !== null)
      this.#definitions.set(`${definition.kind} ${definition.name}`, definition);
  }

  #ask(method: string, params: Readonly<Record<string, Json>>, page = 1): Uint8Array {
    this.#count += 1;
    const id = `agentguard-${this.#count}`;
    this.#waiting.set(id, { method, page });
    const meta: Record<string, Json> = this.#modern
      ? {
          _meta: jsonMap({
            'io.modelcontextprotocol/protocolVersion': MODERN_VERSION,
            'io.modelcontextprotocol/clientInfo': literal(CLIENT_INFO),
            'io.modelcontextprotocol/clientCapabilities': literal(CAPABILITIES),
          }),
        }
      : {};
    return request(id, method, jsonMap({ ...params, ...meta }));
  }
}

const SEND_NOTHING: ExamineStep = { kind: 'send', messages: [] };

function literal(text: string): Json {
  const parsed = parseJson(text);
  return parsed.ok ? parsed.value : null;
}
