/** Rows of the server as text, for statements of our own. */

/** A row as text, null for NULL. */
export type TextRow = readonly (string | null)[];

/** Reads the body of a DataRow: a count, then for each column its length (-1 for NULL) and its bytes. Null when malformed. */
export function readTextRow(body: Buffer): TextRow | null {
  if (body.length < 2) return null;
  const columns: (string | null)[] = [];
  let at = 2;
  for (let left = body.readUInt16BE(0); left > 0; left -= 1) {
    if (body.length < at + 4) return null;
    const length = body.readInt32BE(at);
    at += 4;
    if (length < -1 || body.length < at + Math.max(length, 0)) return null;
    columns.push(length < 0 ? null : body.toString('utf8', at, at + length));
    at += Math.max(length, 0);
  }
  return at === body.length ? columns : null;
}
