/** Reads replies and streams: the version first, then the shape, then the content. Trusts none of them unread. */

import type { IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import type * as z from 'zod';
import { ControlError } from '../../../errors.ts';
import type { wireErrorSchema } from '../errors/wire-error.ts';
import { replySchema, streamLineSchema, versionedSchema } from '../messages/envelope.ts';
import { CONTROL_VERSION } from '../version.ts';
import { unreachable } from './send-request.ts';

/** Longest reply that is read. A page of a thousand entries with long statements fits. */
const MAX_REPLY_BYTES = 64 * 1024 * 1024;

/** How a reply is read. */
export interface ReplyOptions {
  /** Take the reply even if another version sent it. */
  readonly anyVersion: boolean;
}

/**
 * Reads the reply of a call.
 * @throws ControlError the daemon's own failure, `CONTROL_VERSION`, or `CONTROL_UNREACHABLE` when it was cut off
 */
export async function readReply(
  reply: IncomingMessage,
  schema: z.ZodType,
  options: ReplyOptions,
): Promise<unknown> {
  const json = parseLine(await readText(reply), options);
  const parsed = replySchema.safeParse(json);
  if (!parsed.success) throw misunderstood(parsed.error);
  if (!parsed.data.ok) throw toControlError(parsed.data.error);
  const result = schema.safeParse(parsed.data.result);
  if (!result.success) throw misunderstood(result.error);
  return result.data;
}

/**
 * Reads a stream, event by event, until its end.
 * @throws ControlError as `readReply`; `CONTROL_UNREACHABLE` when it stops without an end
 */
export async function* readStream(reply: IncomingMessage, schema: z.ZodType): AsyncGenerator {
  if (reply.statusCode !== 200) {
    await readReply(reply, schema, { anyVersion: false });
    throw misunderstood();
  }
  for await (const text of linesOf(reply)) {
    const line = streamLineSchema.safeParse(parseLine(text, { anyVersion: false }));
    if (!line.success) throw misunderstood(line.error);
    switch (line.data.kind) {
      case 'beat':
        break;
      case 'end':
        return;
      case 'error':
        throw toControlError(line.data.error);
      case 'event': {
        const event = schema.safeParse(line.data.event);
        if (!event.success) throw misunderstood(event.error);
        yield event.data;
      }
    }
  }
  throw cutOff();
}

/** A stream without an end was cut off, whatever else went wrong. */
function cutOff(cause?: unknown): ControlError {
  return unreachable('the daemon stopped in the middle of a stream', cause);
}

async function* linesOf(reply: IncomingMessage): AsyncGenerator<string> {
  const lines = createInterface({ input: reply, crlfDelay: Infinity });
  try {
    for await (const line of lines) yield line;
  } catch (cause) {
    throw cutOff(cause);
  } finally {
    lines.close();
    reply.destroy();
  }
}

function parseLine(text: string, options: ReplyOptions): unknown {
  const json = parseJson(text);
  const versioned = versionedSchema.safeParse(json);
  if (!versioned.success) throw misunderstood(versioned.error);
  const { version } = versioned.data;
  if (version === CONTROL_VERSION || options.anyVersion) return json;
  throw new ControlError(
    'CONTROL_VERSION',
    `the daemon speaks version ${version} of the control protocol, this command speaks ${CONTROL_VERSION}`,
    { audience: 'user', help: 'agentguard daemon stop' },
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw misunderstood(cause);
  }
}

async function readText(reply: IncomingMessage): Promise<string> {
  reply.setEncoding('utf8');
  let text = '';
  try {
    for await (const chunk of reply) {
      text += String(chunk);
      if (text.length > MAX_REPLY_BYTES) throw misunderstood();
    }
  } catch (cause) {
    if (cause instanceof ControlError) throw cause;
    throw unreachable('the daemon stopped before it had answered', cause);
  }
  return text;
}

function toControlError(error: z.output<typeof wireErrorSchema>): ControlError {
  return new ControlError(error.code, error.message, {
    audience: 'user',
    ...(error.help === null ? {} : { help: error.help }),
  });
}

function misunderstood(cause?: unknown): ControlError {
  return new ControlError('CONTROL_REFUSED', 'the daemon gave an answer that makes no sense here', {
    audience: 'user',
    help: 'agentguard daemon stop',
    cause,
  });
}
