/**
 * What of an answer the agent is given: credentials taken out, what a terminal obeys made visible, personal data masked
 * where the policy says so. Binary parts and what must be echoed exactly stay as they are.
 */

import { hash } from 'node:crypto';
import { mapTexts } from './free-text.ts';
import { countHidden, showHidden } from './hidden-text.ts';
import { isJsonArray, textAt } from './json.ts';
import type { Json, JsonMap } from './json.ts';
import { parseJson } from './parse-json.ts';
import { toCanonicalText } from './canonical.ts';
import { redactText } from './redact-text.ts';

/** Personal data that can be masked. */
export const PERSONAL_KINDS = ['email', 'phone', 'card', 'iban'] as const;
export type PersonalKind = (typeof PERSONAL_KINDS)[number];

/** An answer as it may go on, and what was done to it. */
export interface CleanedResult {
  /** The same object when nothing had to be done. */
  readonly result: JsonMap;
  readonly redacted: number;
  readonly hidden: number;
  readonly masked: number;
  /** Its text and its structured content say different things. */
  readonly diverges: boolean;
}

/** Base64, and what the protocol wants back exactly. */
const UNTOUCHED = new Set([
  'data',
  'blob',
  'requestState',
  'mimeType',
  'type',
  'taskId',
  'nextCursor',
]);

const MASKS: Readonly<Record<PersonalKind, RegExp>> = {
  email: /\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}\b/g,
  phone: /(?<![\w.])\+\d{1,3}[ -]?(?:\(?\d{1,4}\)?[ -]?){2,5}\d{2,4}\b/g,
  card: /\b(?:\d[ -]?){12,18}\d\b/g,
  iban: /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b/g,
};

/** How an answer is cleaned beside what always holds. */
export interface CleanOptions {
  readonly masks?: readonly PersonalKind[];
  /** Takes out what this place knows to be secret, before the shapes that everybody knows. */
  readonly redact?: (text: string) => { readonly text: string; readonly count: number };
}

/** Cleans one answer. */
export function cleanResult(
  result: JsonMap,
  { masks = [], redact }: CleanOptions = {},
): CleanedResult {
  const done = { redacted: 0, hidden: 0, masked: 0 };
  const clean = (text: string, key: string): string => {
    if (UNTOUCHED.has(key) || text.length < 2) return text;
    const known = redact?.(text) ?? { text, count: 0 };
    const { text: redacted, count } = redactText(known.text, key);
    done.redacted += known.count + count;
    const hidden = countHidden(redacted);
    done.hidden += hidden;
    const shown = hidden === 0 ? redacted : showHidden(redacted);
    return masks.reduce((masked, kind) => maskKind(masked, kind, () => (done.masked += 1)), shown);
  };
  const cleaned = mapTexts(result, clean) as JsonMap;
  return { result: cleaned, ...done, diverges: diverges(result) };
}

/** The mark says which values were equal, and nothing of what they were. */
function maskKind(text: string, kind: PersonalKind, count: () => void): string {
  return text.replace(MASKS[kind], (value) => {
    if (kind === 'card' && !isCardNumber(value)) return value;
    count();
    return `[${kind} ${hash('sha256', `${kind} ${value}`, 'hex').slice(0, 6)}]`;
  });
}

/** The check digit that every card number ends in (ISO/IEC 7812-1, annex B). */
function isCardNumber(value: string): boolean {
  const digits = value.replace(/\D/g, '');
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const digit = Number(digits[digits.length - 1 - index]);
    const doubled = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
    sum += index % 2 === 0 ? digit : doubled;
  }
  return sum % 10 === 0;
}

function diverges(result: JsonMap): boolean {
  const structured = result.get('structuredContent');
  const content = result.get('content');
  if (structured === undefined || !isJsonArray(content)) return false;
  const told = content.flatMap((part): Json[] => {
    const text = textAt(part, 'type') === 'text' ? textAt(part, 'text') : null;
    const parsed = text === null || !/^\s*[[{]/.test(text) ? null : parseJson(text);
    return parsed?.ok === true ? [parsed.value] : [];
  });
  const meant = toCanonicalText(structured);
  return told.length > 0 && !told.some((value) => toCanonicalText(value) === meant);
}
