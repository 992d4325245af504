/** What a server says of itself and of what it offers, as it is pinned: whole, in one spelling, by digest. */

import { digestOfJson, toCanonicalText } from './canonical.ts';
import { isJsonArray, isJsonMap, jsonAt, JsonNumber, textAt } from './json.ts';
import type { Json, JsonMap } from './json.ts';

/** The kinds of things that have a definition. */
export const DEFINITION_KINDS = ['tool', 'prompt', 'resource', 'template', 'server'] as const;
export type DefinitionKind = (typeof DEFINITION_KINDS)[number];

/** A definition as the server gave it. */
export interface McpDefinition {
  readonly kind: DefinitionKind;
  /** Name of a tool or prompt, URI of a resource, pattern of a template; `instructions` of the server itself. */
  readonly name: string;
  /** Canonical JSON. */
  readonly text: string;
  /** SHA-256 of the text, in hexadecimal. */
  readonly digest: string;
}

const ZERO = new JsonNumber('0');

/** Where a modern answer says whose it is. */
const SERVER_INFO_KEY = 'io.modelcontextprotocol/serverInfo';

/** Where the entries of each list are, and what names them. */
const LISTS = {
  'tools/list': { kind: 'tool', field: 'tools', key: 'name' },
  'prompts/list': { kind: 'prompt', field: 'prompts', key: 'name' },
  'resources/list': { kind: 'resource', field: 'resources', key: 'uri' },
  'resources/templates/list': { kind: 'template', field: 'resourceTemplates', key: 'uriTemplate' },
} as const;

export type ListMethod = keyof typeof LISTS;

/** Whether a method lists definitions. */
export function isListMethod(method: string): method is ListMethod {
  return Object.hasOwn(LISTS, method);
}

/** One entry of a list; `definition` is null for what has no name and can be nothing's definition. */
export interface ListedEntry {
  readonly entry: Json;
  readonly definition: McpDefinition | null;
}

/** Entries of a list in order; null when the answer holds none. */
export function entriesOfList(method: ListMethod, result: JsonMap): readonly ListedEntry[] | null {
  const { kind, field, key } = LISTS[method];
  const entries = result.get(field);
  if (!isJsonArray(entries)) return null;
  return entries.map((entry) => {
    const name = textAt(entry, key);
    return { entry, definition: name === null ? null : toDefinition(kind, name, entry) };
  });
}

/** The answer with these entries only. Order and unknown fields stay; what is filtered may not be kept by others. */
export function withEntries(method: ListMethod, result: JsonMap, kept: readonly Json[]): JsonMap {
  const filtered = new Map([...result, [LISTS[method].field, kept] as const]);
  if (filtered.has('ttlMs') || filtered.has('cacheScope')) {
    filtered.set('ttlMs', ZERO);
    filtered.set('cacheScope', 'private');
  }
  return filtered;
}

/** A definition from the value that the server sent. */
export function toDefinition(kind: DefinitionKind, name: string, value: Json): McpDefinition {
  return { kind, name, text: toCanonicalText(value), digest: digestOfJson(value) };
}

/**
 * What a server says of itself to the model: instructions, name, and every text under its capabilities, for some servers
 * put descriptions of tools there. Its version is left out, since it says nothing to the model.
 */
export function toServerDefinition(result: JsonMap): McpDefinition {
  const own = new Map<string, Json>();
  for (const field of ['instructions', 'capabilities', 'experimental', 'extensions']) {
    const value = result.get(field);
    const words = value === undefined ? null : withoutBare(value);
    if (words !== null && !(isJsonMap(words) && words.size === 0)) own.set(field, words);
  }
  // The newer era carries it beside the answer.
  const info = result.get('serverInfo') ?? jsonAt(result, '_meta', SERVER_INFO_KEY);
  if (isJsonMap(info)) {
    own.set('serverInfo', new Map([...info].filter(([name]) => name !== 'version')));
  }
  return toDefinition('server', 'instructions', own);
}

/** Texts only: which capabilities there are depends on the client and is no alarm. */
function withoutBare(value: Json): Json {
  if (!isJsonMap(value)) return typeof value === 'string' ? value : null;
  const kept = [...value]
    .map(([key, one]): [string, Json] => [key, withoutBare(one)])
    .filter(([, one]) => one !== null && !(isJsonMap(one) && one.size === 0));
  return new Map(kept);
}

/** Whether a tool says itself that it destroys. Only ever makes a judgement stricter. */
export function saysDestructive(definition: JsonMap): boolean {
  return jsonAt(definition, 'annotations', 'destructiveHint') === true;
}
