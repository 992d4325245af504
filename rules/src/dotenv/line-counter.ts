/** Lines of offsets that only go up, so that a long text is gone through once. */

/** A function from offset to line, from 1. A carriage return, a line feed, or both in this order end a line. */
export function makeLineCounter(text: string): (offset: number) => number {
  let line = 1;
  let at = 0;
  return (offset) => {
    for (; at < offset; at += 1) {
      const character = text.charAt(at);
      if (character === '\n' || (character === '\r' && text.charAt(at + 1) !== '\n')) line += 1;
    }
    return line;
  };
}
