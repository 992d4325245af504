/**
 * Takes secrets out of what flows: each becomes a mask that says what it is, and by which two of the same are known.
 * SECURITY(P-78): however the bytes are cut into pieces, what comes out is the same, and no part of a secret leaves before all
 * of it was seen. What is held back has a bound, and is given when it can begin no secret, or at the end; never by time.
 */

import { KnownValueScanner } from './known-values.ts';
import type { KnownValues } from './known-values.ts';
import { toMask } from './mask-secret.ts';
import type { TextSource } from './match.ts';
import { SecretScanner } from './secret-scanner.ts';

/** A flow of text that is in no file. */
const FLOW: TextSource = { path: '', kind: 'unknown', trial: false, binary: false };

/** How a flow is redacted. */
export interface RedactOptions {
  /** Of the session: marks of two sessions cannot be compared. */
  readonly key: Uint8Array;
  /** Values of the vault, which are masked in every form. */
  readonly known?: KnownValues;
  /** Whether finds that are only warned of are masked as well. Off, because code that an agent reads would suffer. */
  readonly generic?: boolean;
}

/** A secret that was taken out. Positions count bytes of what came in. */
export interface Redaction {
  readonly kind: string;
  readonly start: number;
  readonly end: number;
  readonly mask: string;
}

/** Redacts one text, in pieces. */
export class SecretRedactor {
  readonly #options: RedactOptions;
  readonly #scanner: SecretScanner;
  readonly #known: KnownValueScanner | null;
  readonly #spans: Redaction[] = [];
  #held: Uint8Array = new Uint8Array(0);
  /** Where the first held byte stands in what came in. */
  #from = 0;
  #count = 0;

  constructor(options: RedactOptions) {
    this.#options = options;
    this.#known = options.known === undefined ? null : new KnownValueScanner(options.known);
    this.#scanner = new SecretScanner({
      source: FLOW,
      onSighting: ({ match, start, end, value }) => {
        if (match.tier !== 'block' && options.generic !== true) return;
        this.#add(match.kind.id, { start, end, value });
      },
    });
  }

  /** How many were taken out so far. */
  get count(): number {
    return this.#count;
  }

  /** Takes a piece. @returns what can be let go */
  push(piece: Uint8Array): Uint8Array {
    this.#held = this.#held.length === 0 ? piece : Buffer.concat([this.#held, piece]);
    this.#scanner.push(piece);
    for (const span of this.#known?.push(piece) ?? []) this.#add('known-value', span);
    const known = this.#known?.settled ?? Number.POSITIVE_INFINITY;
    return this.#release(Math.min(this.#scanner.settled, known));
  }

  /** Says that nothing follows. @returns the rest */
  end(): Uint8Array {
    this.#scanner.end();
    return this.#release(this.#from + this.#held.length);
  }

  #add(
    kind: string,
    span: { readonly start: number; readonly end: number; readonly value: Uint8Array },
  ): void {
    const { start, end, value } = span;
    this.#spans.push({ kind, start, end, mask: toMask(kind, value, this.#options.key) });
  }

  #release(to: number): Uint8Array {
    const ready = joined(this.#spans);
    // A secret that is not whole yet holds back what stands before its end.
    const cut = ready.find(({ start, end }) => start < to && end > to);
    const limit = cut === undefined ? to : cut.start;
    if (limit <= this.#from) return new Uint8Array(0);
    const parts: Uint8Array[] = [];
    let at = this.#from;
    for (const span of ready.filter(({ end }) => end <= limit)) {
      parts.push(this.#held.subarray(at - this.#from, span.start - this.#from));
      parts.push(Buffer.from(span.mask));
      at = span.end;
      this.#count += 1;
    }
    parts.push(this.#held.subarray(at - this.#from, limit - this.#from));
    this.#spans.splice(0, this.#spans.length, ...this.#spans.filter(({ end }) => end > limit));
    this.#held = this.#held.slice(limit - this.#from);
    this.#from = limit;
    return Buffer.concat(parts);
  }
}

/** Spans in order, those that overlap as one: the earlier one's name, everything covered. */
function joined(spans: readonly Redaction[]): readonly Redaction[] {
  const result: Redaction[] = [];
  for (const span of [...spans].sort(inOrder)) {
    const last = result.at(-1);
    if (last === undefined || span.start >= last.end) result.push(span);
    else if (span.end > last.end) result[result.length - 1] = { ...last, end: span.end };
  }
  return result;
}

/** What is known for certain names the mask. */
function inOrder(one: Redaction, other: Redaction): number {
  return (
    one.start - other.start ||
    other.end - one.end ||
    Number(other.kind === 'known-value') - Number(one.kind === 'known-value')
  );
}

/** Redacts a whole text. */
export function redactText(
  text: string,
  options: RedactOptions,
): { readonly text: string; readonly count: number } {
  const redactor = new SecretRedactor(options);
  const parts = [redactor.push(Buffer.from(text, 'utf8')), redactor.end()];
  return { text: Buffer.concat(parts).toString('utf8'), count: redactor.count };
}
