/** How the guard speaks in this protocol: refusals, denials, progress. Fixed sentences, ids and names; no value of a call. */

import { jsonMap, JsonNumber, toJsonText, withKey } from '@agentguard/rules';
import type { Era, Json, JsonMap, MessageId, MessageRefusal } from '@agentguard/rules';
import type { Denial } from '../../enforcement/enforcement.ts';

/**
 * Code of every denial where the protocol has no other form. JSON-RPC 2.0 leaves what is outside of -32768 to -32000 to
 * applications; this is the number that PostgreSQL has for the same thing.
 */
export const DENIED_CODE = 42501;

function toBytes(message: JsonMap): Buffer {
  return Buffer.from(toJsonText(message), 'utf8');
}

function envelope(id: MessageId | null, rest: Readonly<Record<string, Json>>): Buffer {
  const own: Record<string, Json> = id === null ? {} : { id: toJsonId(id) };
  return toBytes(jsonMap({ jsonrpc: '2.0', ...own, ...rest }));
}

function toJsonId(id: MessageId): Json {
  return typeof id === 'string' ? id : new JsonNumber(String(id));
}

/** An error answer. */
export function errorReply(id: MessageId | null, code: number, message: string): Buffer {
  return envelope(id, { error: jsonMap({ code: new JsonNumber(String(code)), message }) });
}

/** A line that is refused. */
export function refusalReply({ code, id, problem }: MessageRefusal): Buffer {
  return errorReply(id, code, `refused by agentguard: ${problem}`);
}

/** A result answer. */
export function resultReply(id: MessageId, result: JsonMap): Buffer {
  return envelope(id, { result });
}

/** A message of our own to either side. */
export function notification(method: string, params: JsonMap): Buffer {
  return envelope(null, { method, params });
}

/** A request of our own to the server. */
export function request(id: MessageId, method: string, params: JsonMap): Buffer {
  return envelope(id, { method, params });
}

/** What an agent reads of a denial. */
export function denialText({ message, hint, decision, waiting }: Denial): string {
  const run =
    waiting === undefined
      ? 'NOT RUN.'
      : `NOT RUN. Waiting for a human (approval ${waiting.approval}). Repeat the identical call later; do not work around it.`;
  return `${run} ${message}. ${hint} (decision ${decision})`;
}

/**
 * A denial of a request. A tool call is answered by a result that says so, since clients show those to the model and
 * may hide protocol errors; it also keeps a tool with an output schema valid. Everything else has an error only.
 */
export function denialReply(
  { id, method, era }: { readonly id: MessageId; readonly method: string; readonly era: Era },
  text: string,
): Buffer {
  if (method !== 'tools/call') return errorReply(id, DENIED_CODE, text);
  return resultReply(id, errorResult(text, era));
}

/** A tool result that says that it failed. */
export function errorResult(text: string, era: Era): JsonMap {
  const content = [jsonMap({ type: 'text', text })];
  const result = jsonMap({ content, isError: true });
  return era === 'modern' ? withKey(result, 'resultType', 'complete') : result;
}

/** Says that a person is being asked. */
export function waitingProgress(token: Json, progress: number, approval: string): Buffer {
  return notification(
    'notifications/progress',
    jsonMap({
      progressToken: token,
      progress: new JsonNumber(String(progress)),
      message: `Waiting for approval: agentguard #${approval}`,
    }),
  );
}
