/** A change of one file as lines: what goes with a minus, what comes with a plus, three lines around. */

/** Lines that stay and are shown around a change. */
const AROUND = 3;

/** The lines of a change in one place of a file. */
export function showChange(path: string, before: string, after: string): readonly string[] {
  const old = before === '' ? [] : before.replace(/\n$/, '').split('\n');
  const young = after.replace(/\n$/, '').split('\n');
  let head = 0;
  while (head < old.length && head < young.length && old[head] === young[head]) head += 1;
  let tail = 0;
  const rest = Math.min(old.length, young.length) - head;
  while (tail < rest && old[old.length - 1 - tail] === young[young.length - 1 - tail]) tail += 1;
  return [
    path,
    ...old.slice(Math.max(0, head - AROUND), head).map((line) => `    ${line}`),
    ...old.slice(head, old.length - tail).map((line) => `  - ${line}`),
    ...young.slice(head, young.length - tail).map((line) => `  + ${line}`),
    ...old.slice(old.length - tail, old.length - tail + AROUND).map((line) => `    ${line}`),
  ];
}
