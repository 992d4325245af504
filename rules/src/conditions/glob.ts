/**
 * `text.glob(pattern)`: `*` stands for any run of characters, `?` for one. Takes at most length times length steps for
 * every text, unlike a regular expression, since the text may be an agent's.
 */

/** Whether the whole text fits the pattern. */
export function matchesGlob(text: string, pattern: string): boolean {
  let at = 0;
  let position = 0;
  /** Where to go on when what follows the last `*` does not fit: one character further. */
  let retry: { readonly pattern: number; text: number } | null = null;
  while (position < text.length) {
    const wanted = pattern[at];
    if (wanted === '*') {
      retry = { pattern: at + 1, text: position };
      at += 1;
    } else if (wanted !== undefined && (wanted === '?' || wanted === text[position])) {
      at += 1;
      position += 1;
    } else if (retry === null) {
      return false;
    } else {
      retry.text += 1;
      at = retry.pattern;
      position = retry.text;
    }
  }
  while (pattern[at] === '*') at += 1;
  return at === pattern.length;
}
