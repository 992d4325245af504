/**
 * Where a placeholder stands in a request, and the real credential put in its place. Pure but for the revealed value, which
 * leaves only in the fields and the path that go upstream.
 * SECURITY(P-35): a placeholder is exchanged only where credentials belong. In content, in another field or at another host it stays
 * what it is, so that no request can carry the real value to where somebody could read it.
 */

import { valuesOf } from '@agentguard/rules';
import type { FieldList } from '@agentguard/rules';
import type { SecretValue } from '../../secrets/secret-value.ts';

/** Where the credential of an API may stand. */
export interface CredentialPlaces {
  /** Fields beside `Authorization`, in lower case: `x-api-key`, `private-token`. */
  readonly headers: readonly string[];
  /** Parameters of the query. */
  readonly query: readonly string[];
}

/** The stand-in of one session for one API. */
export interface Placeholder {
  readonly text: string;
  readonly places: CredentialPlaces;
}

/** What a request shows of itself. */
export type ShownCredential =
  /** None: it goes on as it is. */
  | { readonly kind: 'none' }
  | { readonly kind: 'placeholder' }
  /** One that the guard did not hand out. */
  | { readonly kind: 'foreign'; readonly where: string };

/** Fields that hold a credential whatever the API is. */
const ALWAYS = ['authorization'];

/** What credential stands in a request. */
export function findCredential(
  fields: FieldList,
  path: string,
  { text, places }: Placeholder,
): ShownCredential {
  let found = false;
  for (const name of [...ALWAYS, ...places.headers]) {
    for (const value of valuesOf(fields, name)) {
      if (!holds(value, text)) return { kind: 'foreign', where: `the field \`${name}\`` };
      found = true;
    }
  }
  for (const [name, value] of queryOf(path)) {
    if (!places.query.includes(name)) continue;
    if (decodeParameter(value) !== text)
      return { kind: 'foreign', where: `the parameter \`${name}\`` };
    found = true;
  }
  return found ? { kind: 'placeholder' } : { kind: 'none' };
}

/** The same request with the real credential. */
export function injectCredential(
  request: { readonly fields: FieldList; readonly path: string },
  { text, places }: Placeholder,
  credential: SecretValue,
): { readonly fields: FieldList; readonly path: string } {
  const real = credential.unsafeReveal();
  const open = new Set([...ALWAYS, ...places.headers]);
  const fields = request.fields.map((value, at) => {
    const name = request.fields[at - 1]?.toLowerCase() ?? '';
    return at % 2 === 1 && open.has(name) ? exchange(value, text, real) : value;
  });
  return { fields, path: injectIntoQuery(request.path, { text, places }, real) };
}

/** Whether a field value holds the placeholder, plainly or as user name or password of `Basic` (RFC 7617). */
function holds(value: string, text: string): boolean {
  return value.includes(text) || (basicOf(value)?.includes(text) ?? false);
}

function exchange(value: string, text: string, real: string): string {
  const basic = basicOf(value);
  if (basic?.includes(text) === true) {
    return `Basic ${Buffer.from(basic.replace(text, () => real)).toString('base64')}`;
  }
  return value.replace(text, () => real);
}

function basicOf(value: string): string | null {
  const match = /^basic +([A-Za-z0-9+/=_-]+) *$/i.exec(value);
  return match === null ? null : Buffer.from(match[1] ?? '', 'base64').toString('utf8');
}

function queryOf(path: string): readonly (readonly [string, string])[] {
  const at = path.indexOf('?');
  if (at === -1) return [];
  return path
    .slice(at + 1)
    .split('&')
    .map((pair) => {
      const equals = pair.indexOf('=');
      return equals === -1
        ? ([decodeParameter(pair), ''] as const)
        : ([decodeParameter(pair.slice(0, equals)), pair.slice(equals + 1)] as const);
    });
}

function injectIntoQuery(path: string, { text, places }: Placeholder, real: string): string {
  const at = path.indexOf('?');
  if (at === -1 || places.query.length === 0) return path;
  const pairs = path.slice(at + 1).split('&');
  const changed = pairs.map((pair) => {
    const equals = pair.indexOf('=');
    const name = decodeParameter(equals === -1 ? pair : pair.slice(0, equals));
    if (equals === -1 || !places.query.includes(name)) return pair;
    if (decodeParameter(pair.slice(equals + 1)) !== text) return pair;
    return `${pair.slice(0, equals)}=${encodeURIComponent(real)}`;
  });
  return `${path.slice(0, at)}?${changed.join('&')}`;
}

function decodeParameter(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
