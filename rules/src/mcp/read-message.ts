/**
 * One line of MCP to one message, or to the reason why it is refused. Pure.
 * SECURITY(P-90): what two implementations could read in two ways is refused, so that what was judged is what runs.
 */

import { isJsonArray, isJsonMap, JsonNumber } from './json.ts';
import type { Json, JsonMap } from './json.ts';
import { parseJson } from './parse-json.ts';

/** An id as it was sent. Numbers and texts are never the same id. */
export type MessageId = string | number;

/** Which specification a message belongs to. */
export type Era = 'legacy' | 'modern';

/** A message whose envelope is beyond doubt. */
export type McpMessage =
  | {
      readonly kind: 'request';
      readonly id: MessageId;
      readonly method: string;
      readonly params: JsonMap | null;
      readonly era: Era;
      readonly body: JsonMap;
    }
  | {
      readonly kind: 'notification';
      readonly method: string;
      readonly params: JsonMap | null;
      readonly body: JsonMap;
    }
  | {
      readonly kind: 'result';
      readonly id: MessageId;
      readonly result: JsonMap;
      readonly body: JsonMap;
    }
  | {
      readonly kind: 'error';
      readonly id: MessageId;
      readonly error: JsonMap;
      readonly body: JsonMap;
    };

/** Why a line is refused. */
export interface MessageRefusal {
  /** JSON-RPC 2.0: -32700 cannot be parsed, -32600 is no message. */
  readonly code: -32700 | -32600;
  readonly problem: string;
  /** Set only when exactly one valid id could be read. */
  readonly id: MessageId | null;
}

export type ReadMessage =
  | { readonly ok: true; readonly message: McpMessage }
  | { readonly ok: false; readonly refusal: MessageRefusal };

/** Where a modern request says which revision it speaks. */
export const MODERN_VERSION_KEY = 'io.modelcontextprotocol/protocolVersion';

const ENVELOPE = new Set(['jsonrpc', 'id', 'method', 'params', 'result', 'error']);

/** Members directly in `params` that decide what a message does. */
const PARAMS = new Set(
  (
    'name arguments uri cursor _meta protocolVersion capabilities clientInfo requestId reason progressToken progress ' +
    'total message level data logger ref argument context inputResponses requestState taskId task messages ' +
    'modelPreferences systemPrompt includeContext temperature maxTokens stopSequences metadata requestedSchema mode ' +
    'url elicitationId resourceSubscriptions notifications tools toolChoice'
  ).split(' '),
);

/**
 * Reads one line.
 * @param line the bytes between two line feeds, one carriage return directly before the line feed taken off
 */
export function readMessage(line: Uint8Array): ReadMessage {
  const decoded = decode(line);
  if (!decoded.ok) return refuse(-32700, decoded.problem);
  const parsed = parseJson(decoded.text);
  if (!parsed.ok) return refuse(-32700, parsed.problem);
  const { value, duplicate, topDuplicates } = parsed;
  if (isJsonArray(value)) return refuse(-32600, 'batches are not taken');
  if (!isJsonMap(value)) return refuse(-32600, 'it is no object');
  const id = topDuplicates.has('id') ? null : idOf(value.get('id'));
  if (duplicate !== null) return refuse(-32600, 'a key stands twice in one object', id);
  const folded = findLookAlike(value, ENVELOPE) ?? findLookAlikeIn(value.get('params'));
  if (folded !== null) return refuse(-32600, folded, id);
  return readEnvelope(value, id);
}

function readEnvelope(body: JsonMap, id: MessageId | null): ReadMessage {
  const no = (problem: string): ReadMessage => refuse(-32600, problem, id);
  if (body.get('jsonrpc') !== '2.0') return no('it does not say jsonrpc 2.0');
  if (body.has('id') && id === null) return no('its id is no string and no plain integer');
  if (body.has('method')) return readCall(body, id, no);
  if (id === null) return no('it has neither a method nor an id');
  const [result, error] = [body.get('result'), body.get('error')];
  if (body.has('params') || (result === undefined) === (error === undefined)) {
    return no('it is neither a request nor an answer');
  }
  if (isJsonMap(result)) return yes({ kind: 'result', id, result, body });
  const isError = isJsonMap(error) && error.get('code') instanceof JsonNumber;
  if (!isError || typeof error.get('message') !== 'string') return no('its answer has no shape');
  return yes({ kind: 'error', id, error, body });
}

function readCall(
  body: JsonMap,
  id: MessageId | null,
  no: (problem: string) => ReadMessage,
): ReadMessage {
  const [method, given] = [body.get('method'), body.get('params')];
  if (body.has('result') || body.has('error')) return no('it is a request and an answer in one');
  if (typeof method !== 'string' || method === '') return no('its method is no name');
  if (given !== undefined && !isJsonMap(given)) return no('its params are no object');
  const params = given ?? null;
  if (id === null) return yes({ kind: 'notification', method, params, body });
  const meta = params?.get('_meta');
  if (meta !== undefined && !isJsonMap(meta)) return no('its _meta is no object');
  const modern = meta?.has(MODERN_VERSION_KEY) === true && method !== 'initialize';
  return yes({ kind: 'request', id, method, params, era: modern ? 'modern' : 'legacy', body });
}

type Decoded =
  { readonly ok: true; readonly text: string } | { readonly ok: false; readonly problem: string };

const DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(line: Uint8Array): Decoded {
  if (line[0] === 0xef && line[1] === 0xbb && line[2] === 0xbf) {
    return { ok: false, problem: 'it begins with a byte order mark' };
  }
  // Whether a carriage return ends a message is where implementations differ.
  if (line.includes(0x0d)) return { ok: false, problem: 'it holds a raw carriage return' };
  try {
    return { ok: true, text: DECODER.decode(line) };
  } catch {
    return { ok: false, problem: 'it is no UTF-8' };
  }
}

/** A string, or an integer that every implementation reads as the same number. */
function idOf(value: Json | undefined): MessageId | null {
  if (typeof value === 'string') return value;
  if (!(value instanceof JsonNumber) || !/^(?:0|-?[1-9]\d*)$/.test(value.literal)) return null;
  const number = Number(value.literal);
  return Number.isSafeInteger(number) ? number : null;
}

function findLookAlikeIn(params: Json | undefined): string | null {
  return isJsonMap(params) ? findLookAlike(params, PARAMS) : null;
}

/** SECURITY: some readers compare keys without case, the long s and the Kelvin sign included (CVE-2026-27896). */
function findLookAlike(object: JsonMap, known: ReadonlySet<string>): string | null {
  const seen = new Set<string>();
  for (const key of object.keys()) {
    if (known.has(key) && !seen.has(foldKey(key))) {
      seen.add(foldKey(key));
      continue;
    }
    const folded = foldKey(key);
    if (seen.has(folded)) return 'two keys differ in their case or form only';
    if (KNOWN_FOLDS.get(folded)?.some((name) => known.has(name)) === true) {
      return 'a key is almost one that is known';
    }
    seen.add(folded);
  }
  return null;
}

function foldKey(key: string): string {
  return key.normalize('NFKC').toUpperCase().toLowerCase();
}

const KNOWN_FOLDS: ReadonlyMap<string, readonly string[]> = Map.groupBy(
  [...ENVELOPE, ...PARAMS],
  foldKey,
);

function yes(message: McpMessage): ReadMessage {
  return { ok: true, message };
}

function refuse(
  code: MessageRefusal['code'],
  problem: string,
  id: MessageId | null = null,
): ReadMessage {
  return { ok: false, refusal: { code, problem, id } };
}
