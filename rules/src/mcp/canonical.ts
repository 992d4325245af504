/**
 * One text for all texts of the same value: RFC 8785 in order and escaping. A number that a double does not hold exactly
 * keeps its literal, so that two large integers never share a digest.
 */

import { hash } from 'node:crypto';
import { isJsonArray, isJsonMap, JsonNumber } from './json.ts';
import type { Json } from './json.ts';

/** The canonical text of a value. */
export function toCanonicalText(value: Json): string {
  if (value instanceof JsonNumber) return toCanonicalNumber(value.literal);
  if (isJsonArray(value)) return `[${value.map(toCanonicalText).join(',')}]`;
  if (isJsonMap(value)) {
    const keys = [...value.keys()].sort((one, other) => (one < other ? -1 : 1));
    const members = keys.map(
      (key) => `${JSON.stringify(key)}:${toCanonicalText(value.get(key) ?? null)}`,
    );
    return `{${members.join(',')}}`;
  }
  return JSON.stringify(value);
}

/** SHA-256 of the canonical text, in hexadecimal. */
export function digestOfJson(value: Json): string {
  return hash('sha256', toCanonicalText(value), 'hex');
}

function toCanonicalNumber(literal: string): string {
  const number = Number(literal);
  const written = String(number);
  const exact = Number.isFinite(number) && toDecimal(literal) === toDecimal(written);
  return exact ? written : literal.toLowerCase();
}

/** Sign, digits and power of ten: equal for equal values. */
function toDecimal(literal: string): string {
  const parts = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(literal);
  if (parts === null) return literal;
  const [, sign = '', whole = '', fraction = '', power = '0'] = parts;
  const digits = (whole + fraction).replace(/^0+/, '');
  const kept = digits.replace(/0+$/, '');
  if (kept === '') return sign === '-' ? '-0' : '0';
  return `${sign}${kept}e${Number(power) - fraction.length + digits.length - kept.length}`;
}
