/**
 * Whether a request holds what an operation of a pack asks for. What cannot be read holds it: an operation that
 * destroys only by its content destroys when nobody can see the content.
 */

import type { JsonValue } from '../facts/http-facts.ts';
import type { PackCondition, PackValue } from './pack.ts';
import { readJson } from './read-json.ts';
import type { QueryPairs } from './request-target.ts';

/** What conditions look at. */
export interface ConditionInput {
  /** Body or arguments. */
  readonly value: JsonValue;
  /** Query and form. */
  readonly pairs: QueryPairs;
  readonly text: string;
  /** The body is there and cannot be read, or says two things. */
  readonly unclear: boolean;
}

/** Texts inside of texts: JSON scalars that hold JSON that holds JSON. */
const MAX_TEXTS = 3;

export function holds(condition: PackCondition, input: ConditionInput): boolean {
  if (input.unclear) return true;
  if ('contains' in condition) return containsAny(condition.contains, input.text);
  if ('has' in condition) {
    const { has, values } = condition;
    const wanted = has.toLowerCase();
    return someMember(input, (name, value) => name === wanted && isOneOf(value, values));
  }
  const path = ('at' in condition ? condition.at : condition.notAt).split('.');
  const found = valuesAt(input.value, path);
  const fromPairs = input.pairs
    .filter(([name]) => name.toLowerCase() === path.join('.').toLowerCase())
    .map(([, value]) => value);
  const isThere = [...found, ...fromPairs].some((value) => isOneOf(value, condition.values));
  return 'at' in condition ? isThere : !isThere;
}

/** XML may write a letter in other ways; then it may say anything. */
function containsAny(wanted: readonly string[], text: string): boolean {
  if (/&#|<!\[|<!ENTITY/i.test(text)) return true;
  const dense = text.replace(/\s+/g, '').toLowerCase();
  return wanted.some((part) => dense.includes(part.replace(/\s+/g, '').toLowerCase()));
}

function isOneOf(value: JsonValue, values: readonly PackValue[] | undefined): boolean {
  if (values === undefined) return true;
  return values.some(
    (wanted) => wanted === value || (typeof value === 'string' && sameText(value, wanted)),
  );
}

/** Forms and lenient servers take `"true"` and `"1"` for true. */
function sameText(value: string, wanted: PackValue): boolean {
  const lower = value.toLowerCase();
  if (wanted === true) return ['true', '1', 'yes', 'on', 't'].includes(lower);
  return lower === String(wanted).toLowerCase();
}

function valuesAt(value: JsonValue, path: readonly string[]): readonly JsonValue[] {
  const [step, ...rest] = path;
  if (step === undefined) return [value];
  const inner = typeof value === 'string' ? asJson(value) : value;
  if (Array.isArray(inner)) {
    const list: readonly JsonValue[] = inner;
    return list.flatMap((element) => valuesAt(element, step === '*' ? rest : path));
  }
  if (!isObject(inner)) return [];
  return Object.entries(inner)
    .filter(([name]) => step === '*' || name.toLowerCase() === step.toLowerCase())
    .flatMap(([, member]) => valuesAt(member, rest));
}

/** The values at a path of members: `requests.*.stmt.sql`. */
export function membersAt(value: JsonValue, path: string): readonly JsonValue[] {
  return valuesAt(value, path.split('.'));
}

/** Whether any member anywhere, in JSON inside of texts too, or any pair, passes a test. Names are in lower case. */
export function someMember(
  input: Pick<ConditionInput, 'value' | 'pairs'>,
  test: (name: string, value: JsonValue) => boolean,
): boolean {
  const visit = (value: JsonValue, texts: number): boolean => {
    if (typeof value === 'string') {
      const inner = texts < MAX_TEXTS ? asJson(value) : value;
      return typeof inner === 'string' ? false : visit(inner, texts + 1);
    }
    if (Array.isArray(value)) {
      const list: readonly JsonValue[] = value;
      return list.some((element) => visit(element, texts));
    }
    if (!isObject(value)) return false;
    return Object.entries(value).some(
      ([name, member]) => test(name.toLowerCase(), member) || visit(member, texts),
    );
  };
  if (visit(input.value, 0)) return true;
  return input.pairs.some(([name, value]) => {
    const last =
      name
        .replace(/\]$/, '')
        .split(/[[\].]+/)
        .at(-1) ?? name;
    return test(last.toLowerCase(), value) || test(name.toLowerCase(), value) || visit(value, 0);
  });
}

function asJson(text: string): JsonValue {
  if (!/^\s*[[{]/.test(text)) return text;
  const read = readJson(text);
  return read.ok ? read.value : text;
}

export function isObject(value: JsonValue): value is { readonly [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
