/** A request as a person or a file writes it, to one that can be judged. Nothing is sent, and nothing of the URL is mended. */

import { readFileSync } from 'node:fs';
import type { HttpRequest } from '@agentguard/rules';
import * as z from 'zod';
import { UsageError } from '../exit-code.ts';

/** A method in front, or none; then a URL whose path stays as it is written. */
const LINE = /^(?:([^\s:/]+)\s+)?(https?|wss?):\/\/([^/?#\s]+)(\S*)$/is;

const PORTS = { http: 80, https: 443 } as const;

/**
 * Reads `DELETE https://api.example.com/v1/apps/shop`.
 * @throws UsageError when it is none, or a file cannot be read
 */
export function readRequestLine(
  line: string,
  details: { readonly headers: readonly string[]; readonly body: string | null },
): HttpRequest {
  const { headers, body } = details;
  const bytes =
    body === null ? null : body.startsWith('@') ? readFileSync(body.slice(1)) : toBytes(body);
  const request = toRequest(line.trim(), headers.flatMap(toField), bytes);
  if (request === null) {
    throw new UsageError(
      `\`${line}\` is no request: write a method and a URL, as in 'DELETE https://…'`,
    );
  }
  return request;
}

function toRequest(
  line: string,
  fields: readonly string[],
  bytes: Uint8Array | null,
): HttpRequest | null {
  const [, method = bytes === null ? 'GET' : 'POST', scheme = '', authority = '', target = ''] =
    LINE.exec(line) ?? [];
  if (authority === '') return null;
  const secure = /^(https|wss)$/i.test(scheme);
  const [, host = '', port] = /^(?:[^@]*@)?(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(authority) ?? [];
  return {
    ...{ method, scheme: secure ? 'https' : 'http', host: host.toLowerCase().replace(/\.$/, '') },
    port: port === undefined ? PORTS[secure ? 'https' : 'http'] : Number(port),
    // One character for each byte, as it would stand on the wire.
    target: Buffer.from(target.startsWith('/') ? target : `/${target}`, 'utf8').toString('latin1'),
    fields,
    body: bytes === null ? { kind: 'none' } : { kind: 'whole', bytes },
  };
}

/** `Name: value`. */
function toField(header: string): readonly [string, string] {
  const colon = header.indexOf(':');
  if (colon < 1) throw new UsageError(`\`${header}\` is no header field: write NAME:VALUE`);
  return [header.slice(0, colon).trim(), header.slice(colon + 1).trim()];
}

function toBytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

const headersSchema = z.union([
  z.record(z.string(), z.union([z.string(), z.array(z.string())])),
  z.array(z.union([z.tuple([z.string(), z.string()]), z.string()])),
]);

/** One line of a batch. */
export const requestLineSchema = z.object({
  method: z.string().optional(),
  url: z.string(),
  headers: headersSchema.nullish(),
  /** Text as it is; anything else is written as JSON. */
  body: z.unknown().optional(),
  /** Bytes, where text cannot hold them. */
  body_base64: z.string().optional(),
  resource: z.string().optional(),
  environment: z.enum(['production', 'staging', 'development', 'unknown']).optional(),
});

export type RequestLine = z.infer<typeof requestLineSchema>;

/** The request of a line; null when its URL is none. */
export function toWrittenRequest(line: RequestLine): HttpRequest | null {
  const bytes = bodyOf(line);
  const { method = bytes === null ? 'GET' : 'POST', url } = line;
  return toRequest(`${method} ${url.trim()}`, fieldsOf(line.headers ?? []), bytes);
}

function bodyOf({ body, body_base64: encoded }: RequestLine): Uint8Array | null {
  if (encoded !== undefined) return Buffer.from(encoded, 'base64');
  if (body === undefined || body === null) return null;
  return toBytes(typeof body === 'string' ? body : JSON.stringify(body));
}

function fieldsOf(headers: z.infer<typeof headersSchema>): readonly string[] {
  if (Array.isArray(headers)) {
    return headers.flatMap((entry) => (typeof entry === 'string' ? [...toField(entry)] : entry));
  }
  return Object.entries(headers).flatMap(([name, value]) =>
    typeof value === 'string' ? [name, value] : value.flatMap((one) => [name, one]),
  );
}
