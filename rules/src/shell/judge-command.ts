/** Looks an invocation up in the table of commands. */

import { splitArguments } from './arguments.ts';
import type { SplitArguments } from './arguments.ts';
import { COMMAND_ROWS, VALUED_OPTIONS } from './command-table.ts';
import type { CommandRow } from './command-table.ts';
import { finding } from './invocation.ts';
import type { Invocation, Step } from './invocation.ts';
import { lastName } from './place.ts';
import { HOLE } from './value.ts';
import type { Value } from './value.ts';

type Matcher = (text: string) => boolean;

interface Row {
  readonly row: CommandRow;
  readonly words: readonly (Matcher | 'any number')[];
  readonly flags: readonly string[];
  readonly unless: readonly string[];
}

/** Rows by program, read once. */
const ROWS: ReadonlyMap<string, readonly Row[]> = readRows();

function readRows(): Map<string, Row[]> {
  const rows = new Map<string, Row[]>();
  for (const row of COMMAND_ROWS) {
    const read: Row = {
      row,
      words: toList(row.words).map(toMatcher),
      flags: toList(row.flags),
      unless: toList(row.unless),
    };
    for (const program of row.program.split('|')) {
      rows.set(program, [...(rows.get(program) ?? []), read]);
    }
  }
  return rows;
}

function toList(text: string | undefined): readonly string[] {
  return text === undefined ? [] : text.split(' ');
}

function toMatcher(word: string): Matcher | 'any number' {
  if (word === '**') return 'any number';
  if (word === '*') return () => true;
  const expression = /^\/(.*)\/$/.exec(word)?.[1];
  if (expression !== undefined) {
    const pattern = new RegExp(expression);
    return (text) => pattern.test(text);
  }
  const choices = word.split('|');
  return (text) => choices.includes(text);
}

/** What the table says of it. At most one finding. */
export function judgeCommand(invocation: Invocation): readonly Step[] {
  const named = findProgram(invocation);
  const rows = ROWS.get(named.program);
  if (rows === undefined) return [];
  const split = splitArguments(named.args, toList(VALUED_OPTIONS[named.program]));
  const found = rows.find((row) => fits(row, split));
  if (found !== undefined) {
    return [
      finding(
        found.row.deed,
        `\`${toShownCommand(named.program, found, split)}\` ${found.row.what}`,
      ),
    ];
  }
  const may = rows.find((row) => mayFit(row, split));
  if (may === undefined) return [];
  const command = toShownCommand(named.program, may, split);
  return [
    finding(
      'unclear',
      `what is put together at run time may make it \`${command}\`, which ${may.row.what}`,
    ),
  ];
}

/** `python manage.py flush` and `php artisan db:wipe` are called by the file they run. */
function findProgram({ program, args }: Invocation): { program: string; args: readonly Value[] } {
  const script = lastName(args[0]?.text ?? '');
  if (/^(?:python|php|ruby|node)$/.test(program) && ROWS.has(script)) {
    return { program: script, args: args.slice(1) };
  }
  return /^mkfs\./.test(program) ? { program: 'mkfs', args } : { program, args };
}

function fits({ words, flags, unless }: Row, split: SplitArguments): boolean {
  if (unless.some((flag) => split.flags.has(flag))) return false;
  if (flags.length > 0 && !flags.some((flag) => split.flags.has(flag))) return false;
  return fitsWords(words, split.operands, (matcher, text) => matcher(text)) !== null;
}

/** A row that only a gap keeps from fitting: an argument that may become the flag or the word. */
function mayFit(row: Row, split: SplitArguments): boolean {
  if (!split.unsure || row.unless.some((flag) => split.flags.has(flag))) return false;
  const gaps = split.operands.filter(({ text }) => text === HOLE).length;
  if (row.words.length > 0 && split.operands[0]?.text !== HOLE) {
    const [first] = row.words;
    if (typeof first !== 'function' || !first(split.operands[0]?.text ?? '')) return false;
  }
  const loose = (matcher: Matcher, text: string): boolean => text === HOLE || matcher(text);
  const used = fitsWords(row.words, split.operands, loose);
  if (used === null || gaps === 0) return false;
  const flagged = row.flags.length === 0 || row.flags.some((flag) => split.flags.has(flag));
  return flagged && split.operands.slice(0, used).some(({ text }) => text === HOLE);
}

/** How many operands the words take up; null when they do not fit. */
function fitsWords(
  words: Row['words'],
  operands: readonly Value[],
  same: (matcher: Matcher, text: string) => boolean,
): number | null {
  let at = 0;
  let loose = false;
  for (const word of words) {
    if (word === 'any number') {
      loose = true;
      continue;
    }
    if (loose) while (at < operands.length && !same(word, operands[at]?.text ?? '')) at += 1;
    const operand = operands[at];
    if (operand === undefined || !same(word, operand.text)) return null;
    at += 1;
    loose = false;
  }
  return at;
}

function toShownCommand(program: string, { words, flags }: Row, split: SplitArguments): string {
  const loose = (matcher: Matcher, text: string): boolean => text === HOLE || matcher(text);
  const used = fitsWords(words, split.operands, loose) ?? 0;
  const operands = split.operands.slice(0, used).map(({ text }) => text.replaceAll(HOLE, '…'));
  const flag = flags.find((one) => split.flags.has(one));
  return [program, ...operands, ...(flag === undefined ? [] : [flag])].join(' ');
}
