/** Compares what was printed with what was expected, line by line. */

/** Words that a script has seen so far, by the name it gave them. */
export type Words = Map<string, string>;

/**
 * Whether the output fits. Words that are seen for the first time are kept when it does.
 * @param expected lines, with `{{*}}`, `{{name}}` and `...`
 */
export function matchOutput(expected: readonly string[], output: string, words: Words): boolean {
  const lines = output === '' ? [] : output.replace(/\n$/, '').split('\n');
  const found = matchLines(expected, lines, new Map(words));
  if (found === null) return false;
  for (const [name, word] of found) words.set(name, word);
  return true;
}

/** Puts words into a command. A name that was not seen yet stays as it is and shows up in the failure. */
export function fillWords(text: string, words: ReadonlyMap<string, string>): string {
  return text.replace(/\{\{(\w+)\}\}/g, (whole, name: string) => words.get(name) ?? whole);
}

function matchLines(
  expected: readonly string[],
  lines: readonly string[],
  words: Words,
): Words | null {
  const [first, ...rest] = expected;
  if (first === undefined) return lines.length === 0 ? words : null;
  if (first === '...') {
    for (let skip = 0; skip <= lines.length; skip += 1) {
      const found = matchLines(rest, lines.slice(skip), new Map(words));
      if (found !== null) return found;
    }
    return null;
  }
  const [line, ...others] = lines;
  const found = line === undefined ? null : matchLine(first, line, words);
  return found === null ? null : matchLines(rest, others, found);
}

function matchLine(expected: string, line: string, words: Words): Words | null {
  const names: string[] = [];
  const pattern = expected.replace(
    /\{\{\*\}\}|\{\{(\w+)\}\}|[\\^$.*+?()[\]{}|]/g,
    (part, name: string | undefined) => {
      if (part === '{{*}}') return '.*';
      if (name === undefined) return `\\${part}`;
      const known = words.get(name);
      if (known !== undefined) return escapePattern(known);
      names.push(name);
      return '(\\S+)';
    },
  );
  const match = new RegExp(`^${pattern}$`, 'u').exec(line);
  if (match === null) return null;
  const found = new Map(words);
  for (const [at, name] of names.entries()) found.set(name, match[at + 1] ?? '');
  return found;
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, (character) => `\\${character}`);
}
