/** A word of a command line as far as its text tells what it becomes. */

/** Stands for a part that is known at run time only. No keyboard makes it. */
export const HOLE = '\uFFFC';

/** One word after expansion. */
export interface Value {
  /** With a HOLE for each part that is not known. */
  readonly text: string;
  /** It holds a pattern that file names are put in place of. */
  readonly glob: boolean;
}

/** A word that is known whole. */
export function literal(text: string): Value {
  return { text, glob: false };
}

/** Whether all of the word is known. */
export function isKnown(value: Value): boolean {
  return !value.text.includes(HOLE);
}

/** As a person may read it: gaps as dots. */
export function toShown(value: Value): string {
  return value.text.replaceAll(HOLE, '…');
}
