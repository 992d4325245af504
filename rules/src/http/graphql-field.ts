/** One root field of GraphQL to an operation: by the packs, else by its words and its arguments. */

import type { HttpOperation, JsonValue } from '../facts/http-facts.ts';
import type { HttpTarget } from '../facts/http-deed.ts';
import { holds, isObject, someMember } from './condition.ts';
import type { CompiledPack } from './compile-pack.ts';
import type { RootField } from './graphql-document.ts';
import { plainOperation, shorten, strictestOf, toNoun, toOperation } from './operations.ts';
import type { PackOperation } from './pack.ts';
import { DESTROYING, HARMING, harmOf, toWords, weightOf } from './words.ts';

/** A member of this name that is true deletes what it stands in. */
const DELETING_MEMBER =
  /^(is[_-]?deleted|delete|deleted|destroy|is[_-]?destroy|destroyed|purge|wipe|remove|removed|force[_-]?delete|marked?[_-]?for[_-]?deletion|wipe[_-]?\w+)$/;

/** Fields whose answer is a credential, on every API. */
const SECRET_FIELDS = new Set([
  ...['password', 'secretAccessKey', 'privateKey', 'connectionString', 'connectionUri'],
  ...['databaseUrl', 'accessToken', 'clientSecret', 'apiKey', 'secretKey', 'tokenValue'],
]);

/** Judges a field. */
export function judgeField(field: RootField, packs: readonly CompiledPack[]): HttpOperation {
  const name = field.field;
  const target = targetOf(field);
  const names = { ...flatten(field.args), id: target?.id ?? undefined };
  const input = { value: field.args, pairs: [], text: JSON.stringify(field.args), unclear: false };
  const entries = packs.flatMap((pack) => pack.fields.get(`${field.operation} ${name}`) ?? []);
  const listed = entries.map((entry) =>
    entry.when === undefined || holds(entry.when, input)
      ? toOperation(entry, { name, target, names })
      : toOperation(ordinary(field, entry), { name, target, names }),
  );
  const secret = revealed(field, packs);
  const [first, ...others] = [
    ...listed,
    ...(secret === null ? [] : [secret]),
    ...flagged(field, target),
  ];
  const graphql = { operation: field.operation, field: name, args: field.args };
  const judged =
    first !== undefined &&
    (listed.length > 0 || others.length > 0 || field.operation === 'mutation')
      ? strictestOf([first, ...others, ...(listed.length > 0 ? [] : [judgeWords(field, target)])])
      : strictestOf([judgeWords(field, target), ...(first === undefined ? [] : [first])]);
  return { ...judged, via: field.via, graphql };
}

function ordinary(
  field: RootField,
  entry: PackOperation,
): Pick<PackOperation, 'kind' | 'severity' | 'does'> {
  const kind = field.operation === 'mutation' ? 'write' : 'read';
  return { kind, severity: null, does: `runs \`${entry.match.split(' ')[1] ?? ''}\`` };
}

/** What a query asks for may be a credential, however deep it stands. */
function revealed(field: RootField, packs: readonly CompiledPack[]): HttpOperation | null {
  const secret = [...field.below].find(
    (name) => SECRET_FIELDS.has(name) || packs.some((pack) => pack.secretFields.has(name)),
  );
  if (secret === undefined) return null;
  return plainOperation(field.field, 'reveal', {
    does: `shows \`${secret}\` of \`${field.field}\``,
  });
}

/** A deletion that hides in an argument: `{"volumes": {"vol_1": {"isDeleted": true}}}`. */
function flagged(field: RootField, target: HttpTarget | null): readonly HttpOperation[] {
  if (field.operation !== 'mutation') return [];
  const members = new Set<string>();
  const marks = someMember({ value: field.args, pairs: [] }, (name, value) => {
    const set = value === true || value === 'true' || value === 1;
    const lists = Array.isArray(value) && value.length > 0;
    if (!DELETING_MEMBER.test(name) || !(set || lists)) return false;
    members.add(name);
    return true;
  });
  if (!marks) return [];
  const does = `deletes what its arguments mark with \`${[...members].join('')}\``;
  return [plainOperation(field.field, 'destroy', { severity: 'critical', target, does })];
}

function judgeWords(field: RootField, target: HttpTarget | null): HttpOperation {
  const { field: name, operation } = field;
  if (operation !== 'mutation') {
    return plainOperation(name, 'read', { target, does: `reads \`${name}\`` });
  }
  const harm = harmOf(name);
  const on = target?.id == null ? '' : ` on ${shorten(target.id)}`;
  if (harm !== null) {
    const weight = weightOf(target?.kind ?? '');
    const severity = harm === 'destroy' && weight === 'critical' ? 'critical' : 'high';
    if (weight === 'trifle')
      return plainOperation(name, 'write', { target, does: `runs \`${name}\`${on}` });
    return plainOperation(name, 'destroy', { severity, target, does: `runs \`${name}\`${on}` });
  }
  if (
    /(token|apikey|api_key|credential|accesskey|password)s?$/i.test(
      name.replace(/(Create|Generate|Rotate|Issue|New)$/, ''),
    ) &&
    /create|generate|issue|mint|rotate|new|add/i.test(name)
  ) {
    return plainOperation(name, 'mint', { target, does: `makes a credential by \`${name}\`` });
  }
  return plainOperation(name, 'write', { target, does: `runs \`${name}\`${on}` });
}

/** Arguments and the members of `input`, one level deep. */
function flatten(args: RootField['args']): Record<string, JsonValue> {
  const input = args['input'];
  return { ...(input !== undefined && isObject(input) ? input : {}), ...args };
}

/** What the field is about: its own nouns, and the argument that names one of them. */
function targetOf(field: RootField): HttpTarget | null {
  const nouns = toWords(field.field).filter((word) => !DESTROYING.has(word) && !HARMING.has(word));
  const kind = toNoun(nouns.join(' '));
  const flat = flatten(field.args);
  const texts = Object.entries(flat).filter(
    (pair): pair is [string, string] => typeof pair[1] === 'string',
  );
  const ids = texts.filter(([name]) => /(^|[a-z_])(id|ids|name|slug)$/i.test(name));
  const own = ids.find(([name]) => toNoun(name) !== '' && kind.startsWith(toNoun(name)));
  const plain = ids.find(([name]) => /^(id|name)$/i.test(name));
  const best = longest(ids.filter(([name]) => kind.includes(toNoun(name)) && toNoun(name) !== ''));
  const chosen = best ?? own ?? plain ?? ids[0];
  if (kind === '' && chosen === undefined) return null;
  const others = ids.filter((pair) => pair !== chosen);
  return {
    kind: kind === '' ? 'thing' : kind,
    id: chosen?.[1] ?? null,
    parts: Object.fromEntries(others.map(([name, value]) => [toNoun(name) || name, value])),
  };
}

function longest(pairs: readonly [string, string][]): [string, string] | undefined {
  return [...pairs].sort(([left], [right]) => right.length - left.length)[0];
}
