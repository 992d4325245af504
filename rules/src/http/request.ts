/** One HTTP request as the analysis takes it: bytes as they came, nothing read into them yet. */

/** What is known before the body. */
export interface HttpRequestHead {
  readonly method: string;
  readonly scheme: 'http' | 'https';
  /** Where the request goes: the host that was connected to, in its one spelling, not what a header says. */
  readonly host: string;
  readonly port: number;
  /** The request target as it came, one character for each byte (latin1): `/v1/a%2Fb?x=1`, or in absolute form. */
  readonly target: string;
  /** Raw header fields: name, value, name, value. */
  readonly fields: readonly string[];
}

/**
 * The body after its transfer coding (chunks) was taken off; the content coding (gzip) is still on it.
 * - `whole`: all of it. `start`: its first bytes, which is what `needsBody` asked for.
 * - `too large`: longer than `needsBody` said. `undecodable`: it could not be read to its end.
 */
export type HttpBody =
  | { readonly kind: 'none' }
  | { readonly kind: 'whole'; readonly bytes: Uint8Array }
  | { readonly kind: 'start'; readonly bytes: Uint8Array }
  | { readonly kind: 'too large' }
  | { readonly kind: 'undecodable' };

export interface HttpRequest extends HttpRequestHead {
  readonly body: HttpBody;
}

/** A message on an upgraded connection (WebSocket), put together from its frames and decompressed. */
export type SocketMessage =
  { readonly kind: 'text'; readonly text: string } | { readonly kind: 'binary' };

/** What has to be read before a request can be judged. `maxBytes` is counted before decompression. */
export type BodyNeed =
  | { readonly need: 'nothing' }
  | { readonly need: 'whole'; readonly maxBytes: number }
  | { readonly need: 'start'; readonly maxBytes: number };
