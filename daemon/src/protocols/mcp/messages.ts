/** What the methods of MCP are to the guard, both eras in one table. */

import { isJsonArray, isJsonMap, jsonAt, textAt } from '@agentguard/rules';
import type { Json, JsonMap, McpWork } from '@agentguard/rules';

/**
 * What happens to a request of the client.
 * - `pass`: it asks for nothing that a policy speaks about.
 * - `list`: its answer is filtered. `open`: its answer says who the server is.
 * - `judge`: it is decided.
 * - `task`: it must be about a task of this conversation.
 */
export type ClientMethod =
  | { readonly kind: 'pass' | 'list' | 'open' | 'task' }
  | { readonly kind: 'judge'; readonly work: McpWork };

const PASS: ClientMethod = { kind: 'pass' };
const LIST: ClientMethod = { kind: 'list' };
const OPEN: ClientMethod = { kind: 'open' };
const TASK: ClientMethod = { kind: 'task' };

const CLIENT_METHODS: ReadonlyMap<string, ClientMethod> = new Map<string, ClientMethod>([
  ['initialize', OPEN],
  ['server/discover', OPEN],
  ['ping', PASS],
  ['logging/setLevel', PASS],
  ['tools/list', LIST],
  ['resources/list', LIST],
  ['resources/templates/list', LIST],
  ['prompts/list', LIST],
  ['tools/call', { kind: 'judge', work: 'call' }],
  ['resources/read', { kind: 'judge', work: 'read' }],
  ['resources/subscribe', { kind: 'judge', work: 'subscribe' }],
  ['resources/unsubscribe', PASS],
  ['subscriptions/listen', { kind: 'judge', work: 'subscribe' }],
  ['prompts/get', { kind: 'judge', work: 'prompt' }],
  ['completion/complete', { kind: 'judge', work: 'complete' }],
  ['tasks/list', PASS],
  ['tasks/get', TASK],
  ['tasks/result', TASK],
  ['tasks/cancel', TASK],
  ['tasks/update', TASK],
]);

/** How a request of the client is treated. What nobody knows is judged, and denied unless a policy says otherwise. */
export function clientMethod(method: string): ClientMethod {
  return CLIENT_METHODS.get(method) ?? { kind: 'judge', work: 'other' };
}

const SERVER_METHODS: ReadonlyMap<string, McpWork> = new Map([
  ['sampling/createMessage', 'sample'],
  ['elicitation/create', 'elicit'],
  ['roots/list', 'roots'],
]);

/** What a request of the server asks for, the same whether it comes by itself or inside of an answer. */
export function serverWork(method: string): McpWork {
  return SERVER_METHODS.get(method) ?? 'other';
}

/** What a request is about: a tool, a URI, a prompt. One entry for each thing that is to be decided. */
export function namesOf(method: string, params: JsonMap | null): readonly string[] {
  switch (method) {
    case 'tools/call':
    case 'prompts/get':
      return [textAt(params ?? undefined, 'name') ?? ''];
    case 'resources/read':
    case 'resources/subscribe':
      return [textAt(params ?? undefined, 'uri') ?? ''];
    case 'completion/complete':
      return [
        textAt(params ?? undefined, 'ref', 'name') ??
          textAt(params ?? undefined, 'ref', 'uri') ??
          '',
      ];
    case 'subscriptions/listen':
      return subscribedTo(params);
    default:
      return [method];
  }
}

function subscribedTo(params: JsonMap | null): readonly string[] {
  const direct = jsonAt(params ?? undefined, 'resourceSubscriptions');
  const nested = jsonAt(params ?? undefined, 'notifications', 'resourceSubscriptions');
  return [direct, nested].flatMap((list) =>
    isJsonArray(list) ? list.map((uri) => (typeof uri === 'string' ? uri : '')) : [],
  );
}

/** The inner requests of an answer that wants more input, by their keys. */
export function inputRequestsOf(result: JsonMap): readonly {
  readonly key: string;
  readonly method: string;
  readonly params: JsonMap | null;
}[] {
  const requests = result.get('inputRequests');
  if (!isJsonMap(requests)) return [];
  return [...requests].map(([key, one]) => {
    const params = jsonAt(one, 'params');
    return {
      key,
      method: textAt(one, 'method') ?? '',
      params: isJsonMap(params) ? params : null,
    };
  });
}

/** The task that an answer names, in either era; null for none. */
export function taskOf(result: JsonMap): string | null {
  return (
    textAt(result, 'task', 'taskId') ??
    (result.get('resultType') === 'task' ? textAt(result, 'taskId') : null)
  );
}

/** `_meta` keys that change from one attempt to the next of the same call. */
const VOLATILE_META = new Set(['progressToken', 'traceparent', 'tracestate']);

/** What makes two calls the same: method and params, without what changes per attempt. */
export function withoutVolatile(params: JsonMap | null): JsonMap {
  const kept = new Map<string, Json>();
  for (const [key, value] of params ?? []) {
    if (key === '_meta' && isJsonMap(value)) {
      const meta = [...value].filter(([name]) => !VOLATILE_META.has(name));
      if (meta.length > 0) kept.set(key, new Map(meta));
    } else kept.set(key, value);
  }
  return kept;
}
