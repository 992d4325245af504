/** Reads the body of a request within its bound, and its parameters out of it. */

import type { IncomingMessage } from 'node:http';
import type * as z from 'zod';
import type { Refusal } from './request-head.ts';

export type BodyResult<Params> =
  | { readonly ok: true; readonly params: Params }
  | { readonly ok: false; readonly refusal: Refusal };

/**
 * Reads and validates the parameters.
 * @param maxBytes longer bodies are refused, by their announced length or by what came
 */
export async function readParams<Params>(
  request: IncomingMessage,
  schema: z.ZodType<Params>,
  maxBytes: number,
): Promise<BodyResult<Params>> {
  const announced = Number(request.headers['content-length'] ?? 0);
  const body = announced > maxBytes ? null : await readBody(request, maxBytes);
  if (body === null) return refuse(413, 'the request is too long');
  const json = parseJson(body);
  if (!json.ok) return refuse(400, 'the body is not JSON');
  const parsed = schema.safeParse(json.value);
  if (parsed.success) return { ok: true, params: parsed.data };
  return refuse(400, describeProblem(parsed.error));
}

/** Names the field and what it should be; never what it was, for that may be a secret. */
function describeProblem(error: z.ZodError): string {
  const [issue] = error.issues;
  if (issue === undefined) return 'the parameters do not fit';
  const field = issue.path.map(String).join('.');
  const what = issue.message.toLowerCase();
  return field === '' ? `parameters: ${what}` : `\`${field}\`: ${what}`;
}

/** Stops listening at the bound, yet leaves the connection open for the refusal. */
function readBody(request: IncomingMessage, maxBytes: number): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes) {
        request.pause();
        resolve(null);
        return;
      }
      chunks.push(chunk);
    });
    request.on('end', () => {
      resolve(Buffer.concat(chunks).toString('utf8'));
    });
    request.on('error', reject);
    request.on('close', () => {
      reject(new Error('the request ended early'));
    });
  });
}

function parseJson(text: string): { ok: true; value: unknown } | { ok: false } {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    return { ok: false };
  }
}

function refuse(status: number, message: string): { ok: false; refusal: Refusal } {
  return { ok: false, refusal: { status, code: 'INPUT_INVALID', message, help: null } };
}
