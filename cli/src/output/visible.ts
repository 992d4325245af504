/**
 * Makes visible what a terminal would hide, reorder or obey, so that what is read is what would be executed.
 * Cuts nothing and keeps line breaks.
 */

/** Text that is safe to print, and how many characters of it were hidden. */
export interface VisibleText {
  readonly text: string;
  readonly hidden: number;
}

/**
 * Controls but line feed and tab, format characters (bidi, zero-width, tags), odd line ends, what Unicode calls
 * ignorable, private use, lone halves of pairs, every space but the plain one, and the blank Braille pattern.
 */
const HIDDEN =
  /(?![\n\t ])[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Zs}\p{Default_Ignorable_Code_Point}\u2800]/gu;

/** A word of letters of any script. */
const WORD = /[\p{L}\p{N}_]+/gu;

/** Letters of scripts whose letters pass for Latin ones. */
const LOOKS_LATIN =
  /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}\p{Script=Coptic}\p{Script=Lisu}]|[\uff21-\uff3a\uff41-\uff5a]/gu;

const PLAIN_LATIN = /[A-Za-z]/;

/** More tabs in a row than indentation needs push the rest out of sight. */
const TAB_RUN = /\t{9,}/g;

/** Names of controls that people know by name. */
const NAMES: Readonly<Record<string, string>> = {
  '\u0000': 'NUL',
  '\u0007': 'BEL',
  '\b': 'BS',
  '\r': 'CR',
  '\u001b': 'ESC',
  '\u007f': 'DEL',
  '\u00a0': 'NBSP',
};

/** Makes a text visible. A carriage return before a line feed is a line end and nothing more. */
export function makeVisible(text: string): VisibleText {
  let hidden = 0;
  const show = (character: string): string => {
    hidden += 1;
    return toToken(character);
  };
  const visible = text
    .replaceAll('\r\n', '\n')
    .replace(WORD, (word) => (PLAIN_LATIN.test(word) ? word.replace(LOOKS_LATIN, show) : word))
    .replace(TAB_RUN, (tabs) => tabs.replaceAll('\t', () => show('\t')))
    .replace(HIDDEN, show)
    .replaceAll('\t', '    ');
  return { text: visible, hidden };
}

/** The count as a person reads it; null when nothing was hidden. */
export function describeHidden(hidden: number): string | null {
  if (hidden === 0) return null;
  return hidden === 1 ? '1 hidden character' : `${hidden} hidden characters`;
}

function toToken(character: string): string {
  const name = NAMES[character];
  if (name !== undefined) return `<${name}>`;
  const code = character.codePointAt(0) ?? 0;
  return `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`;
}
