/** Lists that the guard reads for itself when a server says that one changed, so that a change is seen without a client. */

import { isListMethod, jsonMap, textAt } from '@agentguard/rules';
import type { Json, JsonMap, ListMethod } from '@agentguard/rules';
import { MAX_OWN_PAGES } from './limits.ts';
import { request } from './replies.ts';

const CHANGED: ReadonlyMap<string, readonly ListMethod[]> = new Map([
  ['notifications/tools/list_changed', ['tools/list'] as const],
  ['notifications/prompts/list_changed', ['prompts/list'] as const],
  ['notifications/resources/list_changed', ['resources/list', 'resources/templates/list'] as const],
]);

interface Reading {
  readonly method: ListMethod;
  readonly page: number;
}

/** The guard's own requests of one conversation. */
export class OwnLists {
  readonly #prefix: string;
  readonly #readings = new Map<string, Reading>();
  readonly #again = new Set<ListMethod>();
  #count = 0;

  /** @param prefix begins every id of ours and can be guessed by neither side */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** Requests to send when a notification says that a list changed. */
  onNotification(method: string, meta: JsonMap | null): readonly Buffer[] {
    const lists = CHANGED.get(method) ?? [];
    return lists.flatMap((list) => {
      const busy = [...this.#readings.values()].some((reading) => reading.method === list);
      if (!busy) return [this.#ask({ method: list, page: 1 }, null, meta)];
      this.#again.add(list);
      return [];
    });
  }

  /** The list that an answer belongs to; null when it is none of ours. */
  take(id: string | number): ListMethod | null {
    const reading = typeof id === 'string' ? this.#readings.get(id) : undefined;
    return reading?.method ?? null;
  }

  /** An answer came: the requests that follow it. */
  onAnswer(id: string | number, result: JsonMap | null, meta: JsonMap | null): readonly Buffer[] {
    const key = String(id);
    const reading = this.#readings.get(key);
    this.#readings.delete(key);
    if (reading === undefined || !isListMethod(reading.method)) return [];
    const cursor = result === null ? null : textAt(result, 'nextCursor');
    if (cursor !== null && reading.page < MAX_OWN_PAGES) {
      return [this.#ask({ method: reading.method, page: reading.page + 1 }, cursor, meta)];
    }
    return this.#again.delete(reading.method)
      ? [this.#ask({ method: reading.method, page: 1 }, null, meta)]
      : [];
  }

  #ask(reading: Reading, cursor: string | null, meta: JsonMap | null): Buffer {
    this.#count += 1;
    const id = `${this.#prefix}-${this.#count}`;
    this.#readings.set(id, reading);
    const params: Record<string, Json> = {};
    if (cursor !== null) params['cursor'] = cursor;
    if (meta !== null) params['_meta'] = meta;
    return request(id, reading.method, jsonMap(params));
  }
}
