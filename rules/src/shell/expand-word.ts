/** Words as the shell would expand them, as far as that is known without running anything. */

import type { ParameterExpansionPart, ParsedScript, Word, WordPart } from 'unbash';
import { expandBraces } from './braces.ts';
import { MAX_BRACE_WORDS, MAX_WORD_PARTS } from './limits.ts';
import type { Scope } from './scope.ts';
import { HOLE } from './value.ts';
import type { Value } from './value.ts';

/** Where an unquoted value is cut into words. */
const CUT = '\u001F';

interface Piece {
  readonly text: string;
  readonly glob: boolean;
}

/** What a command between `$(` and `)` prints; null when that is not known. */
export type OutputOf = (script: ParsedScript, scope: Scope) => string | null;

/** The words that one word becomes. */
export function expandWord(word: Word, scope: Scope, outputOf: OutputOf): readonly Value[] {
  const parts = word.parts ?? [];
  if (parts.length > MAX_WORD_PARTS) return [{ text: HOLE, glob: false }];
  let alternatives: readonly Piece[] = [{ text: '', glob: false }];
  if (parts.length === 0) alternatives = [{ text: word.value, glob: false }];
  for (const part of parts) {
    const all = expandPart(part, scope, outputOf);
    const next = alternatives.length * all.length > MAX_BRACE_WORDS ? one(HOLE) : all;
    alternatives = alternatives.flatMap((before) =>
      next.map((after) => ({ text: before.text + after.text, glob: before.glob || after.glob })),
    );
  }
  return alternatives.flatMap(({ text, glob }) => {
    const shown = word.text.startsWith('~') ? expandTilde(text, scope) : text;
    if (!shown.includes(CUT)) return [{ text: shown, glob }];
    const words = shown.split(CUT).filter((one) => one !== '');
    return words.map((one) => ({ text: one, glob }));
  });
}

/** One word where the shell makes no list of it: a target, a value of a variable. */
export function expandToOne(word: Word, scope: Scope, outputOf: OutputOf): Value {
  const [first, ...more] = expandWord(word, scope, outputOf);
  if (first === undefined) return { text: '', glob: false };
  return more.length === 0
    ? first
    : { text: [first, ...more].map(({ text }) => text).join(' '), glob: first.glob };
}

/** Text of a here-document or of double quotes. */
export function expandQuoted(parts: readonly WordPart[], scope: Scope, outputOf: OutputOf): string {
  return parts
    .map((part) => (part.type === 'Literal' ? part.value : expandInQuotes(part, scope, outputOf)))
    .join('');
}

function expandPart(part: WordPart, scope: Scope, outputOf: OutputOf): readonly Piece[] {
  switch (part.type) {
    case 'Literal':
    case 'SingleQuoted':
    case 'AnsiCQuoted':
      return one(part.value);
    case 'DoubleQuoted':
    case 'LocaleString':
      return one(expandQuoted(part.parts, scope, outputOf));
    case 'Glob':
    case 'ExtendedGlob':
      return [{ text: part.text, glob: true }];
    case 'BraceExpansion':
      return expandBraces(part.text)?.map((text) => ({ text, glob: false })) ?? one(HOLE);
    case 'SimpleExpansion':
    case 'ParameterExpansion':
    case 'CommandExpansion':
      return one(cut(expandInQuotes(part, scope, outputOf)));
    case 'ArithmeticExpansion':
      return one(HOLE);
    case 'ProcessSubstitution':
      return one(`/dev/fd/${HOLE}`);
  }
}

function expandInQuotes(part: WordPart, scope: Scope, outputOf: OutputOf): string {
  switch (part.type) {
    case 'SimpleExpansion':
      return scope.variables.get(part.text.slice(1)) ?? HOLE;
    case 'ParameterExpansion':
      return expandParameter(part, scope, outputOf);
    case 'CommandExpansion':
      return (part.script === undefined ? null : outputOf(part.script, scope)) ?? HOLE;
    case 'Literal':
    case 'SingleQuoted':
    case 'AnsiCQuoted':
      return part.value;
    case 'DoubleQuoted':
    case 'LocaleString':
    case 'Glob':
    case 'ExtendedGlob':
    case 'BraceExpansion':
    case 'ArithmeticExpansion':
    case 'ProcessSubstitution':
      return HOLE;
  }
}

function expandParameter(part: ParameterExpansionPart, scope: Scope, outputOf: OutputOf): string {
  if (part.prefix !== undefined || part.index !== undefined) return HOLE;
  const known = scope.variables.get(part.parameter);
  const { operation } = part;
  if (operation === undefined) return known ?? HOLE;
  if (operation.type !== 'Default' || operation.operator.includes('+')) return HOLE;
  if (known !== undefined && known !== '') return known;
  // `${X:?}` ends the script when X is not set, so what follows has a value that is not known here.
  if (operation.operator.includes('?')) return HOLE;
  return expandToOne(operation.operand, scope, outputOf).text;
}

function expandTilde(text: string, scope: Scope): string {
  if (scope.ground !== 'here') return text;
  if (text === '~' || text.startsWith('~/')) return scope.place.home + text.slice(1);
  if (/^~[+]?(\/|$)/.test(text)) return (scope.cwd ?? HOLE) + text.replace(/^~\+?/, '');
  return text.startsWith('~') ? HOLE + text.slice(1) : text;
}

function cut(text: string): string {
  return text.replace(/[ \t\n]+/g, CUT);
}

function one(text: string): readonly Piece[] {
  return [{ text, glob: false }];
}
