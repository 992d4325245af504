/**
 * What a PL/pgSQL body runs, as pieces of SQL. The grammar's JSON is searched everywhere for expressions, so that no kind
 * of statement can hide one; what it leaves out (defaults of record variables) is read from the tokens.
 * A kind of statement that is not known makes the body unseen.
 */

import { isObject } from './json.ts';
import { declaredDefaults } from './plpgsql-declarations.ts';
import type { SqlParser, SqlToken } from './parser.ts';

/** One thing that a body runs. */
export type BodyPiece =
  /** Whole statements. */
  | { readonly kind: 'statement'; readonly text: string }
  /** What stands behind SELECT. */
  | { readonly kind: 'expression'; readonly text: string }
  /** The text of a statement that is built at run time. */
  | { readonly kind: 'dynamic'; readonly text: string }
  /** A type by name, of a variable. */
  | { readonly kind: 'type'; readonly text: string }
  | { readonly kind: 'transaction'; readonly action: 'commit' | 'rollback' };

export type BodyReading =
  | { readonly ok: true; readonly pieces: readonly BodyPiece[] }
  | { readonly ok: false; readonly problem: string };

/**
 * Reads one body.
 * @param statement a DO or CREATE FUNCTION statement around the body
 * @param body the body itself
 */
export function readPlPgSql(statement: string, body: string, parser: SqlParser): BodyReading {
  const parsed = parser.parsePlPgSql(statement);
  if (!parsed.ok) return { ok: false, problem: parsed.message };
  const tokens = parser.scan(body);
  if (!tokens.ok) return { ok: false, problem: tokens.message };
  const collector = new Collector(parser);
  collector.visit(parsed.tree);
  if (collector.problem !== null) return { ok: false, problem: collector.problem };
  const defaults = collector.hasRecords ? declaredDefaults(body, tokens.tree) : [];
  const pieces = defaults.map((text): BodyPiece => ({ kind: 'expression', text }));
  return { ok: true, pieces: [...collector.pieces, ...pieces] };
}

/** Every kind of statement of PL/pgSQL. */
const STATEMENTS: ReadonlySet<string> = new Set(
  `assert assign block call case close commit continue dynexecute dynfors execsql exit fetch forc foreach_a fori fors
  getdiag if loop open perform raise return return_next return_query rollback while`
    .split(/\s+/u)
    .map((name) => `PLpgSQL_stmt_${name}`),
);

/** Fields whose expression gives the text of a statement. */
const DYNAMIC_FIELDS: Readonly<Record<string, string>> = {
  PLpgSQL_stmt_dynexecute: 'query',
  PLpgSQL_stmt_dynfors: 'query',
  PLpgSQL_stmt_open: 'dynquery',
  PLpgSQL_stmt_return_query: 'dynquery',
};

/** Deepest nesting of a body that is followed. */
const MAX_BODY_DEPTH = 400;

class Collector {
  readonly pieces: BodyPiece[] = [];
  /** There are variables whose defaults the grammar does not show. */
  hasRecords = false;
  problem: string | null = null;
  readonly #parser: SqlParser;
  #depth = 0;

  constructor(parser: SqlParser) {
    this.#parser = parser;
  }

  visit(value: unknown): void {
    if (!isObject(value)) return;
    if (this.#depth > MAX_BODY_DEPTH) {
      this.problem = 'the body is nested too deeply';
      return;
    }
    this.#depth += 1;
    for (const [key, inside] of Object.entries(value)) this.#visitEntry(key, inside);
    this.#depth -= 1;
  }

  #visitEntry(key: string, inside: unknown): void {
    if (isObject(inside)) {
      if (key.startsWith('PLpgSQL_stmt_')) this.#statement(key, inside);
      else if (key === 'PLpgSQL_expr') this.#expression(inside);
      else if (key === 'PLpgSQL_rec') this.hasRecords = true;
      else if (key === 'PLpgSQL_type') this.#type(inside);
    }
    this.visit(inside);
  }

  #statement(kind: string, fields: Readonly<Record<string, unknown>>): void {
    if (!STATEMENTS.has(kind)) this.problem = `the statement ${kind} is not understood`;
    if (kind === 'PLpgSQL_stmt_commit') this.pieces.push({ kind: 'transaction', action: 'commit' });
    if (kind === 'PLpgSQL_stmt_rollback') {
      this.pieces.push({ kind: 'transaction', action: 'rollback' });
    }
    const field = DYNAMIC_FIELDS[kind];
    const built = field === undefined ? undefined : fields[field];
    const text = isObject(built) && isObject(built['PLpgSQL_expr']) ? built['PLpgSQL_expr'] : null;
    if (text !== null) this.pieces.push({ kind: 'dynamic', text: textOf(text['query']) });
  }

  #expression(fields: Readonly<Record<string, unknown>>): void {
    const text = textOf(fields['query']);
    const mode = typeof fields['parseMode'] === 'number' ? fields['parseMode'] : 0;
    switch (mode) {
      case 0:
        this.pieces.push({ kind: 'statement', text });
        return;
      case 2:
        this.pieces.push({ kind: 'expression', text });
        return;
      case 3:
      case 4:
      case 5:
        this.#assignment(text);
        return;
      default:
        this.problem = 'an expression is not understood';
        return;
    }
  }

  /** `target := value`, where the target may have subscripts with expressions of their own. */
  #assignment(text: string): void {
    const tokens = this.#parser.scan(text);
    const cut = tokens.ok ? assignmentSign(tokens.tree) : undefined;
    if (cut === undefined) {
      this.problem = 'an assignment is not understood';
      return;
    }
    const bytes = Buffer.from(text, 'utf8');
    this.pieces.push({ kind: 'expression', text: bytes.toString('utf8', 0, cut.start) });
    this.pieces.push({ kind: 'expression', text: bytes.toString('utf8', cut.end) });
  }

  #type(fields: Readonly<Record<string, unknown>>): void {
    const text = textOf(fields['typname']);
    if (text !== '') this.pieces.push({ kind: 'type', text });
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The first `:=` or `=` outside of brackets. */
function assignmentSign(tokens: readonly SqlToken[]): SqlToken | undefined {
  let depth = 0;
  for (const token of tokens) {
    if (token.text === '[' || token.text === '(') depth += 1;
    if (token.text === ']' || token.text === ')') depth -= 1;
    if (depth === 0 && (token.text === ':=' || token.text === '=')) return token;
  }
  return undefined;
}
