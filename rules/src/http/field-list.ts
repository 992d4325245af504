/**
 * Header fields as they came: names and values in turn, repetitions and order kept (RFC 9110 section 5).
 * Pure; shared by the rooms that speak HTTP.
 */

/** Names and values in turn. */
export type FieldList = readonly string[];

/** RFC 9110 section 7.6.1, and what old proxies made of it. They speak of one connection and end with it. */
const HOP_BY_HOP = new Set([
  'connection',
  'expect',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** What tells where a message ends or whom it is for; naming it in `Connection` does not take it away. */
const NEVER_DROPPED = new Set(['host', 'content-length']);

/** All values of a field, in order. @param name in lower case */
export function valuesOf(fields: FieldList, name: string): readonly string[] {
  return fields.filter(
    (_value, index) => index % 2 === 1 && fields[index - 1]?.toLowerCase() === name,
  );
}

/** The fields without those that are named. @param dropped names in lower case */
export function withoutFields(fields: FieldList, dropped: ReadonlySet<string>): FieldList {
  return fields.filter((_text, index) => {
    const name = fields[index - (index % 2)] ?? '';
    return !dropped.has(name.toLowerCase());
  });
}

/** The fields that travel on to the next host, without those of one connection and those that `Connection` names. */
export function endToEndFields(fields: FieldList): FieldList {
  const named = valuesOf(fields, 'connection').flatMap((value) =>
    value.split(',').map((name) => name.trim().toLowerCase()),
  );
  const dropped = [...HOP_BY_HOP, ...named.filter((name) => !NEVER_DROPPED.has(name))];
  return withoutFields(fields, new Set(dropped));
}
