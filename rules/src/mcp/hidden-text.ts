/**
 * Characters that a terminal obeys, that reorder text or that nobody sees, made visible. Joiners and variation selectors
 * that emoji and scripts need stay.
 */

/** Controls but tab and line ends, bidi, zero width, tags, blanks that are letters, lone halves of pairs. */
const HIDDEN =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e007f}\u{e0100}-\u{e01ef}]|\p{Cs}/gu;

/** How many of them a text holds. */
export function countHidden(text: string): number {
  return text.match(HIDDEN)?.length ?? 0;
}

/** Those that turn text around or carry words that nobody sees. Others stand in ordinary text as well. */
const DECEIVING = /[\u202a-\u202e\u2066-\u2069\u{e0000}-\u{e007f}]/u;

/** Whether a text holds characters that are there to deceive. */
export function isDeceiving(text: string): boolean {
  return DECEIVING.test(text);
}

/** The text with each of them as `<U+XXXX>`. */
export function showHidden(text: string): string {
  return text.replace(HIDDEN, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`;
  });
}
