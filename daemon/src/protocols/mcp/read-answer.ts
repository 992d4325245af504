/** What an answer of the server becomes before the client sees it. Pure: definitions are observed by whoever calls. */

import {
  cleanResult,
  entriesOfList,
  isJsonArray,
  isJsonMap,
  isListMethod,
  toServerDefinition,
  withEntries,
} from '@agentguard/rules';
import type { CleanedResult, Json, JsonMap, McpDefinition } from '@agentguard/rules';
import { liveKey, standingOf } from './facts.ts';
import type { GuardedServer } from './guarded-server.ts';

/** A list without what is not to be seen. */
export interface FilteredList {
  readonly result: JsonMap;
  readonly definitions: readonly McpDefinition[];
  readonly hidden: number;
}

/** Takes in what the server lists, and leaves out what waits for a person or is denied whatever its arguments. */
export function filterList(
  method: string,
  result: JsonMap,
  context: { readonly server: GuardedServer; readonly live: Map<string, string> },
): FilteredList {
  const entries = isListMethod(method) ? entriesOfList(method, result) : null;
  if (entries === null || !isListMethod(method)) return { result, definitions: [], hidden: 0 };
  const definitions = entries.flatMap(({ definition }) =>
    definition === null ? [] : [definition],
  );
  for (const { kind, name, digest } of definitions) context.live.set(liveKey(kind, name), digest);
  context.server.observe(definitions);
  const kept = entries.filter(({ definition }) => {
    if (definition === null) return false;
    const { kind, name } = definition;
    return context.server.shows(kind, name, standingOf(kind, name, context));
  });
  const hidden = entries.length - kept.length;
  if (hidden === 0) return { result, definitions, hidden };
  return {
    result: withEntries(
      method,
      result,
      kept.map(({ entry }) => entry),
    ),
    definitions,
    hidden,
  };
}

/** What a server says of itself; without its words to the model unless a person saw them. */
export function filterOpening(
  result: JsonMap,
  context: { readonly server: GuardedServer; readonly live: Map<string, string> },
): JsonMap {
  const definition = toServerDefinition(result);
  context.live.set(liveKey('server', definition.name), definition.digest);
  context.server.observe([definition]);
  if (standingOf('server', definition.name, context) === 'pinned') return result;
  const kept = new Map<string, Json>();
  for (const [key, value] of result) {
    if (key === 'instructions') continue;
    const carriesText = key === 'capabilities' || key === 'experimental' || key === 'extensions';
    kept.set(key, carriesText ? withoutTexts(value) : value);
  }
  return kept.size === result.size && kept.get('capabilities') === result.get('capabilities')
    ? result
    : kept;
}

/** Capabilities stay, sentences go. */
function withoutTexts(value: Json): Json {
  if (typeof value === 'string') return '';
  if (isJsonArray(value)) return value.some((one) => typeof one === 'string') ? [] : value;
  if (!isJsonMap(value)) return value;
  const changes = [...value].some(([, one]) => withoutTexts(one) !== one);
  if (!changes) return value;
  return new Map([...value].map(([key, one]) => [key, withoutTexts(one)]));
}

/** An answer with content, cleaned. */
export function readContent(result: JsonMap, server: GuardedServer): CleanedResult {
  return cleanResult(result, { masks: server.masks(), redact: server.redact });
}

/** The id that an oversize answer was for, from what is kept of it; null when it cannot be told. */
export function idOfOversize(head: string, tail: string): string | number | null {
  const found =
    /^\s*\{\s*(?:"jsonrpc"\s*:\s*"2\.0"\s*,\s*)?"id"\s*:\s*(-?\d{1,15}|"[^"\\]{0,100}")\s*,/.exec(
      head,
    )?.[1] ?? /,\s*"id"\s*:\s*(-?\d{1,15}|"[^"\\]{0,100}")\s*\}\s*$/.exec(tail)?.[1];
  if (found === undefined) return null;
  return found.startsWith('"') ? found.slice(1, -1) : Number(found);
}
