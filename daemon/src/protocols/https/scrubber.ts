/**
 * Takes given texts out of a stream of bytes, wherever the stream is cut into chunks. Holds back no more than the longest
 * beginning of such a text at the end of a chunk, so that a stream that pauses shows all it may.
 */

/** A text to be taken out, and what stands there instead. */
export interface Replacement {
  readonly find: Buffer;
  readonly put: Buffer;
}

/** One stream. */
export class Scrubber {
  readonly #replacements: readonly Replacement[];
  #held: Buffer = Buffer.alloc(0);
  #found = 0;

  /** @param replacements those with an empty `find` are passed by */
  constructor(replacements: readonly Replacement[]) {
    // Of two that begin alike the longer one is taken.
    this.#replacements = replacements
      .filter(({ find }) => find.length > 0)
      .toSorted((left, right) => right.find.length - left.find.length);
  }

  /** How often something was taken out. */
  get found(): number {
    return this.#found;
  }

  /** What may be shown after this chunk. */
  push(chunk: Buffer): Buffer {
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    const { shown, rest } = this.#replace(bytes, 'more follows');
    const keep = this.#beginningLength(rest);
    this.#held = rest.subarray(rest.length - keep);
    return Buffer.concat([...shown, rest.subarray(0, rest.length - keep)]);
  }

  /** What is left at the end: a beginning of a text that did not come. */
  end(): Buffer {
    const { shown, rest } = this.#replace(this.#held, 'nothing follows');
    this.#held = Buffer.alloc(0);
    return Buffer.concat([...shown, rest]);
  }

  #replace(
    bytes: Buffer,
    then: 'more follows' | 'nothing follows',
  ): { readonly shown: readonly Buffer[]; readonly rest: Buffer } {
    const shown: Buffer[] = [];
    let rest = bytes;
    for (;;) {
      const next = this.#first(rest);
      // What has begun there may become a longer text, which goes before.
      const begun = then === 'more follows' ? rest.length - this.#beginningLength(rest) : Infinity;
      if (next === null || next.at >= begun) return { shown, rest };
      this.#found += 1;
      shown.push(rest.subarray(0, next.at), next.put);
      rest = rest.subarray(next.at + next.find.length);
    }
  }

  #first(bytes: Buffer): (Replacement & { readonly at: number }) | null {
    let best: (Replacement & { readonly at: number }) | null = null;
    for (const replacement of this.#replacements) {
      const at = bytes.indexOf(replacement.find);
      if (at !== -1 && (best === null || at < best.at)) best = { ...replacement, at };
    }
    return best;
  }

  /** Length of the longest end of the bytes that one of the texts begins with. */
  #beginningLength(bytes: Buffer): number {
    let longest = 0;
    for (const { find } of this.#replacements) {
      for (let length = Math.min(find.length - 1, bytes.length); length > longest; length -= 1) {
        if (bytes.subarray(bytes.length - length).equals(find.subarray(0, length)))
          longest = length;
      }
    }
    return longest;
  }
}

/** Shapes in which a credential may come back: as it is, in JSON, in a URL, as a password of Basic. */
export function echoesOf(credential: string, put: string): readonly Replacement[] {
  const forms = new Set([
    credential,
    JSON.stringify(credential).slice(1, -1),
    encodeURIComponent(credential),
    ...[0, 1, 2].map((shift) => base64Core(credential, shift)),
  ]);
  return [...forms]
    .filter((form) => form.length >= MIN_ECHO_LENGTH)
    .map((form) => ({ find: Buffer.from(form), put: Buffer.from(put) }));
}

/** Shorter texts stand everywhere by chance; no credential of an API is so short. */
const MIN_ECHO_LENGTH = 8;

/** The part of a base64 text that does not depend on what stands before and behind. @param shift bytes before it, 0 to 2 */
function base64Core(text: string, shift: number): string {
  const encoded = Buffer.from('\0'.repeat(shift) + text)
    .toString('base64')
    .replaceAll('=', '');
  const whole = Buffer.byteLength(text) + shift;
  const end = encoded.length - (whole % 3 === 0 ? 0 : 1);
  return encoded.slice(shift === 0 ? 0 : shift + 1, end);
}
