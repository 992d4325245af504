/**
 * A search path as text: the value of the setting, read as the server reads it (SplitIdentifierString).
 */

/**
 * Schemas of a search_path value: quoted names as they are, others in lower case.
 * @param user what `$user` stands for
 * @returns null when the text is not a list of identifiers
 */
export function parseSearchPath(value: string, user: string): readonly string[] | null {
  if (value.trim() === '') return [];
  const schemas: string[] = [];
  const item = /\s*(?:"((?:[^"]|"")*)"|([^\s",]+))\s*(,|$)/uy;
  for (;;) {
    const found = item.exec(value);
    if (found === null) return null;
    const quoted = found[1];
    const schema =
      quoted === undefined ? (found[2] ?? '').toLowerCase() : quoted.replaceAll('""', '"');
    // An empty quoted name is a schema that cannot exist; the server skips it.
    if (schema !== '') schemas.push(schema === '$user' ? user : schema);
    if (found[3] !== ',') return item.lastIndex >= value.length ? schemas : null;
  }
}

/** A list of schema names as text that `parseSearchPath` reads back. */
export function toSearchPathText(schemas: readonly string[]): string {
  return schemas.map(quoteIdentifier).join(', ');
}

/** An identifier as it stands in a statement, quoted where its letters demand it. */
export function quoteIdentifier(name: string): string {
  return /^[a-z_][a-z0-9_$]*$/u.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}
