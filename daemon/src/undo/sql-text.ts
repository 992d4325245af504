/** Names and values as SQL text. The guard's own sessions keep standard_conforming_strings on. */

/** A name, always in quotes. */
export function toName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A table by its schema. */
export function toTable(table: { readonly schema: string; readonly name: string }): string {
  return `${toName(table.schema)}.${toName(table.name)}`;
}

/** A value as a literal without a type, so that the server reads it with the input function of its column. */
export function toLiteral(value: string | null): string {
  return value === null ? 'NULL' : `'${value.replaceAll("'", "''")}'`;
}

/** A list of texts as the text of a one-dimensional array. */
export function toArrayLiteral(values: readonly string[]): string {
  const items = values.map((value) => `"${value.replaceAll(/["\\]/g, '\\$&')}"`);
  return toLiteral(`{${items.join(',')}}`);
}
