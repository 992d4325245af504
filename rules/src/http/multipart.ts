/** Bodies of several parts (RFC 2046 section 5.1), bounded. Parts of a form, and requests of a batch. */

/** More parts than any tool sends. */
const MAX_PARTS = 200;

export interface BodyPart {
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** `name` of `content-disposition`; null: it has none. */
  readonly name: string | null;
  readonly text: string;
}

/**
 * Cuts a text at its boundary.
 * @returns null when it has no boundary, does not end with it, or has too many parts
 */
export function readParts(text: string, contentType: string): readonly BodyPart[] | null {
  const match = /boundary\s*=\s*(?:"([^"]{1,200})"|([^\s;,]{1,200}))/i.exec(contentType);
  const boundary = match?.[1] ?? match?.[2];
  if (boundary === undefined) return null;
  const pieces = `\n${text.replaceAll('\r\n', '\n')}`.split(`\n--${boundary}`);
  const last = pieces.pop() ?? '';
  if (!last.startsWith('--') || pieces.length > MAX_PARTS + 1) return null;
  return pieces.slice(1).map(toPart);
}

function toPart(piece: string): BodyPart {
  // What follows the boundary on its own line is padding.
  const body = piece.slice(piece.indexOf('\n') + 1);
  const end = body.startsWith('\n') ? 0 : body.indexOf('\n\n');
  const head = end < 0 ? body : body.slice(0, end);
  const headers = new Map<string, string>();
  for (const line of head.split('\n')) {
    const colon = line.indexOf(':');
    if (colon > 0)
      headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  const disposition = headers.get('content-disposition') ?? '';
  const name = /[;\s]name\s*=\s*(?:"([^"]*)"|([^\s;]+))/i.exec(disposition);
  const text = end < 0 ? '' : body.slice(end === 0 ? 1 : end + 2);
  return { headers, name: name?.[1] ?? name?.[2] ?? null, text };
}
