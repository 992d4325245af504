/**
 * Statement text to syntax tree, by PostgreSQL's own grammar. Refuses what the server and this process could
 * read differently (NUL, text that is not well formed) or what is too large to look at, and never throws.
 * The grammar reads strings as under `standard_conforming_strings = on`; the protocol room pins that setting.
 */

import type { RawStmt } from '@pgsql/types';

import { ParserEngine } from './parser-engine.ts';
import type { EngineAnswer } from './parser-engine.ts';

/**
 * Longest text that is parsed, in UTF-16 units. A 100 KB INSERT takes 6 ms and the WebAssembly heap never shrinks
 * (one 64 MB literal costs 600 MB for ever), so what is longer is not looked at.
 */
export const MAX_STATEMENT_LENGTH = 1024 * 1024;

/** A whole message as the grammar reads it. Offsets inside are UTF-8 bytes. */
export interface SqlTree {
  readonly stmts: readonly RawStmt[];
}

/**
 * Why there is no tree: `syntax`: the grammar refuses the text; `too large`: it was not tried;
 * `broken`: the parser itself is not usable at this moment, which says nothing about the text.
 */
export type ParseProblem = 'syntax' | 'too large' | 'broken';

export type Parsed<Value> =
  | { readonly ok: true; readonly tree: Value }
  | { readonly ok: false; readonly problem: ParseProblem; readonly message: string };

/** One token of PostgreSQL's lexer. Offsets are UTF-8 bytes, end exclusive. */
export interface SqlToken {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** `IDENT`, `SCONST`, `ICONST`, ...; `UNKNOWN` for keywords and punctuation. */
  readonly tokenName: string;
}

/** The three readings that the analysis needs. None of them throws. */
export interface SqlParser {
  /** Parses one message: any number of statements. */
  parse(text: string): Parsed<SqlTree>;
  /** Parses the PL/pgSQL body inside one CREATE FUNCTION or DO statement, as JSON of its own shape. */
  parsePlPgSql(text: string): Parsed<unknown>;
  /** Cuts a text into tokens. */
  scan(text: string): Parsed<readonly SqlToken[]>;
}

/** Loads the grammar. Rejects only when WebAssembly itself cannot be loaded. */
export async function loadSqlParser(): Promise<SqlParser> {
  return toParser(await ParserEngine.load());
}

function toParser(engine: ParserEngine): SqlParser {
  return {
    parse: (text) => read(text, () => engine.parse(text), unsafeTree),
    parsePlPgSql: (text) =>
      read(
        text,
        () => engine.parsePlPgSql(text),
        (value) => value,
      ),
    scan: (text) => read(text, () => engine.scan(text), unsafeTokens),
  };
}

function read<Value>(
  text: string,
  call: () => EngineAnswer,
  convert: (value: unknown) => Value,
): Parsed<Value> {
  if (text.length > MAX_STATEMENT_LENGTH) {
    return { ok: false, problem: 'too large', message: 'the text is longer than what is parsed' };
  }
  // The grammar stops at a NUL, the server refuses it, and a lone surrogate has no bytes to send.
  if (text.includes('\0') || !text.isWellFormed()) {
    return { ok: false, problem: 'syntax', message: 'the text is not valid' };
  }
  const answer = call();
  switch (answer.kind) {
    case 'json':
      return { ok: true, tree: convert(answer.value) };
    case 'error':
      return { ok: false, problem: 'syntax', message: answer.message };
    case 'broken':
      return { ok: false, problem: 'broken', message: 'the parser is not usable at this moment' };
  }
}

/** The grammar's own output: its shape is fixed by the pinned version of `libpg-query`. */
function unsafeTree(value: unknown): SqlTree {
  const tree = value as { readonly stmts?: readonly RawStmt[] };
  return { stmts: tree.stmts ?? [] };
}

/** As above, for the lexer. */
function unsafeTokens(value: unknown): readonly SqlToken[] {
  return (value as { readonly tokens?: readonly SqlToken[] }).tokens ?? [];
}
