/**
 * Finds values that are known, wherever they stand and in whatever form programs write them: as they are, as in JSON, in
 * percent encoding, hexadecimal, and base64 at each of its three alignments. Needs no judgement, so it misses nothing.
 */

import { START_STATE, buildAutomaton } from './keyword-automaton.ts';
import type { KeywordAutomaton } from './keyword-automaton.ts';

/** Shorter values would be found in every text. */
export const MIN_KNOWN_VALUE = 6;

/** A form of a value: the bytes to look for, and which value it is. */
interface Form {
  readonly bytes: Uint8Array;
  readonly value: number;
}

/** What is looked for. Built once for a set of values. */
export interface KnownValues {
  readonly automaton: KeywordAutomaton;
  readonly forms: readonly Form[];
  /** Bytes of the longest beginning of a form that a state stands for. */
  readonly depths: Uint32Array;
  readonly values: readonly Uint8Array[];
}

/** Takes the values. Those that are too short to be told from other text are left out. */
export function toKnownValues(values: readonly string[]): KnownValues {
  const kept = [...new Set(values)].filter((one) => Buffer.byteLength(one) >= MIN_KNOWN_VALUE);
  const bytes = kept.map((one) => Buffer.from(one, 'utf8'));
  const forms = kept.flatMap((text, value) =>
    formsOf(text).map((form): Form => ({ bytes: Buffer.from(form, 'utf8'), value })),
  );
  const automaton = buildAutomaton(forms.map((form) => form.bytes));
  return { automaton, forms, depths: toDepths(automaton, forms), values: bytes };
}

/** Every way in which programs write a value; each once. */
export function formsOf(text: string): readonly string[] {
  const bytes = Buffer.from(text, 'utf8');
  const json = JSON.stringify(text).slice(1, -1);
  const forms = [
    ...[text, json, json.replaceAll('\\', '\\\\'), json.replaceAll('/', '\\/')],
    ...[encodeURIComponent(text), encodeURI(text), encodeURIComponent(text).replaceAll('%20', '+')],
    ...[bytes.toString('hex'), bytes.toString('hex').toUpperCase()],
    ...[0, 1, 2].flatMap((before) => base64Forms(bytes, before)),
  ];
  return [...new Set(forms)].filter((form) => form.length >= MIN_KNOWN_VALUE);
}

/** The characters of base64 that the value alone decides, with so many bytes of something else before it. */
function base64Forms(bytes: Buffer, before: number): readonly string[] {
  const padded = Buffer.concat([Buffer.alloc(before), bytes]);
  const whole = padded.toString('base64').replaceAll('=', '');
  const first = Math.ceil((before * 8) / 6);
  const last = Math.floor((padded.length * 8) / 6);
  const form = whole.slice(first, last);
  return [form, form.replaceAll('+', '-').replaceAll('/', '_')];
}

/** Breadth first along the literals: a state's depth is the length of what leads to it. */
function toDepths({ next, classOf, width }: KeywordAutomaton, forms: readonly Form[]): Uint32Array {
  const depths = new Uint32Array(next.length / width);
  for (const { bytes } of forms) {
    let state = START_STATE;
    bytes.forEach((byte, at) => {
      state = next[state + (classOf[byte] ?? 0)] ?? 0;
      depths[state / width] = at + 1;
    });
  }
  return depths;
}

/** Where a known value stands. */
export interface KnownSpan {
  readonly start: number;
  readonly end: number;
  readonly value: Uint8Array;
}

/** Looks through one text, in pieces. */
export class KnownValueScanner {
  readonly #known: KnownValues;
  #state = START_STATE;
  #position = 0;
  /** The end of what is at hand, for exact comparison. */
  #tail: Uint8Array = new Uint8Array(0);

  constructor(known: KnownValues) {
    this.#known = known;
  }

  /** Takes a piece. @returns what ends in it */
  push(piece: Uint8Array): readonly KnownSpan[] {
    const { automaton, forms, values } = this.#known;
    const { next, classOf, width, ends } = automaton;
    const data = this.#tail.length === 0 ? piece : Buffer.concat([this.#tail, piece]);
    const base = this.#position - this.#tail.length;
    const spans: KnownSpan[] = [];
    let state = this.#state;
    for (let at = this.#tail.length; at < data.length; at += 1) {
      state = next[state + (classOf[data[at] ?? 0] ?? 0)] ?? 0;
      if (state === 0 || ends[state / width] !== 1) continue;
      for (const index of automaton.ending[state / width] ?? []) {
        const form = forms[index];
        if (form === undefined) continue;
        const from = at + 1 - form.bytes.length;
        if (!isEqual(data.subarray(from, at + 1), form.bytes)) continue;
        const value = values[form.value] ?? form.bytes;
        spans.push({ start: base + from, end: base + at + 1, value });
      }
    }
    this.#state = state;
    this.#position += piece.length;
    const keep = this.#known.depths[state / width] ?? 0;
    this.#tail = Uint8Array.from(data.subarray(data.length - keep));
    return spans;
  }

  /** No known value begins before this position and ends behind what has come. */
  get settled(): number {
    return this.#position - this.#tail.length;
  }
}

function isEqual(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}
