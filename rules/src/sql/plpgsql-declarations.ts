/**
 * Defaults of PL/pgSQL variables of record, row and domain types, which the grammar's JSON leaves out although they run:
 * `DECLARE x public.some_type := purge();`. They are found in the tokens of the body, by PostgreSQL's own lexer.
 */

import type { SqlToken } from './parser.ts';

/**
 * Texts of the defaults in all DECLARE sections, cursors aside, whose query the grammar shows.
 * @param body the text that the tokens were cut from
 */
export function declaredDefaults(body: string, tokens: readonly SqlToken[]): string[] {
  const bytes = Buffer.from(body, 'utf8');
  return declarations(tokens).flatMap((declaration) => {
    const sign = declaration.find(isDefaultSign);
    const last = declaration.at(-1);
    if (sign === undefined || last === undefined || isCursor(declaration)) return [];
    return [bytes.toString('utf8', sign.end, last.end)];
  });
}

/** `name CURSOR ...`, `name NO SCROLL CURSOR ...` */
function isCursor(declaration: readonly SqlToken[]): boolean {
  const [, second, third, fourth] = declaration;
  if (second === undefined) return false;
  if (isWord(second, 'cursor')) return true;
  if (isWord(second, 'scroll')) return third !== undefined && isWord(third, 'cursor');
  return isWord(second, 'no') && fourth !== undefined && isWord(fourth, 'cursor');
}

function isDefaultSign({ text }: SqlToken): boolean {
  return text === ':=' || text === '=' || text.toLowerCase() === 'default';
}

/** The tokens of each declaration in each DECLARE section, without its semicolon. */
function declarations(tokens: readonly SqlToken[]): SqlToken[][] {
  const found: SqlToken[][] = [];
  for (const [index, token] of tokens.entries()) {
    if (isWord(token, 'declare')) found.push(...section(tokens, index + 1));
  }
  return found;
}

/** Declarations from there to the BEGIN that stands where a declaration would begin. */
function section(tokens: readonly SqlToken[], start: number): SqlToken[][] {
  const found: SqlToken[][] = [];
  let current: SqlToken[] = [];
  let depth = 0;
  for (const token of tokens.slice(start)) {
    if (current.length === 0 && isWord(token, 'declare')) continue;
    if (current.length === 0 && isWord(token, 'begin')) return found;
    if (token.text === '(' || token.text === '[') depth += 1;
    if (token.text === ')' || token.text === ']') depth -= 1;
    if (token.text === ';' && depth === 0) {
      found.push(current);
      current = [];
    } else {
      current.push(token);
    }
  }
  return found;
}

function isWord({ text }: SqlToken, word: string): boolean {
  return text.length === word.length && text.toLowerCase() === word;
}
