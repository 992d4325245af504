/**
 * Reading function bodies: SQL text as statements, PL/pgSQL as the pieces of SQL it runs.
 * Each gives the reason when the body could not be read, which makes the function unknown.
 */

import type { RawStmt } from '@pgsql/types';

import type { CatalogFunction, Oid } from '../catalog.ts';
import { quoteIdentifier } from '../search-path-text.ts';
import { readPlPgSql } from '../plpgsql.ts';
import type { BodyPiece, BodyReading } from '../plpgsql.ts';
import { emit, emitUnknown, through } from '../scope.ts';
import type { Scope } from '../scope.ts';
import { as, literalText } from '../syntax.ts';
import { HIDDEN_DEFINITIONS } from './hidden.ts';
import { castOnAnyAssignment, useTypeText } from './types.ts';

/** Types of the server that decide the header around a body. */
const TRIGGER: Oid = '2279';
const EVENT_TRIGGER: Oid = '3838';
const VOID: Oid = '2278';

/** Reads the body of a function in SQL. */
export function readSqlFunction(target: CatalogFunction, scope: Scope): string | null {
  if (!target.standardBody) {
    scope.reader.text(target.source, scope);
    return null;
  }
  // A body in the standard's syntax is part of CREATE FUNCTION and not a statement of its own.
  const wrapped = `CREATE FUNCTION f() RETURNS void LANGUAGE sql ${target.source}`;
  scope.reader.standardBody(wrapped, scope);
  return null;
}

/** Reads the body of a function in PL/pgSQL. */
export function readPlPgSqlFunction(target: CatalogFunction, scope: Scope): string | null {
  const key = `plpgsql ${target.oid}`;
  const kept = scope.index.derived.get(key);
  const reading = isReading(kept) ? kept : parseFunction(target, scope);
  scope.index.derived.set(key, reading);
  if (!reading.ok) {
    return `the body of ${target.schema}.${target.name} could not be read`;
  }
  readPieces(reading.pieces, scope);
  return null;
}

function isReading(value: unknown): value is BodyReading {
  return typeof value === 'object' && value !== null && 'ok' in value;
}

/** Reads the body of a DO block. */
export function readDoBody(body: string, scope: Scope): void {
  // Variables may be of types, and calls of functions, that only this connection knows.
  if (scope.context.hiddenDefinitions) emitUnknown(scope, HIDDEN_DEFINITIONS);
  const reading = readPlPgSql(`DO ${dollarQuote(body)}`, body, scope.parser);
  castOnAnyAssignment(scope);
  if (reading.ok) readPieces(reading.pieces, scope);
  else emitUnknown(scope, 'the body of the DO block could not be read');
}

/** Variables that a header may have to declare before the grammar accepts the body. */
const MAX_ASSUMED_ARGUMENTS = 64;

const NOT_A_VARIABLE = /^"(?<name>.+)" is not a known variable$/u;

const NOT_A_CURSOR = /^variable "(?<name>.+)" must be of type cursor or refcursor$/u;

/**
 * The catalog does not keep the header. It is guessed until the grammar accepts the body; what is guessed
 * (kind of result, names of arguments) decides whether there is an error and never how the body reads.
 */
function parseFunction(target: CatalogFunction, scope: Scope): BodyReading {
  let problem = '';
  for (const header of headersFor(target)) {
    const reading = parseUnder(header, target.source, scope);
    if (reading.ok) return reading;
    problem = reading.problem;
  }
  return { ok: false, problem };
}

/** What stands before LANGUAGE, with variables declared that the body needs. */
type Header = (assumed: readonly string[]) => string;

const TO_PROCEDURE: Header = (assumed) => `PROCEDURE f(${assumed.join(', ')})`;

function toFunction(result: string): Header {
  return (assumed) => `FUNCTION f(${assumed.join(', ')}) RETURNS ${result}`;
}

/** RETURN NEXT alone gives the row that stands in the output columns, and needs some. */
const TO_TABLE: Header = (assumed) =>
  `FUNCTION f() RETURNS TABLE (${['"assumed column" text', ...assumed].join(', ')})`;

function headersFor(target: CatalogFunction): readonly Header[] {
  if (target.kind === 'procedure') return [TO_PROCEDURE];
  if (target.returnType === TRIGGER) return [toFunction('trigger')];
  if (target.returnType === EVENT_TRIGGER) return [toFunction('event_trigger')];
  const results = ['text', 'SETOF record', 'void', 'SETOF void'];
  const headers = [...results.map(toFunction), TO_TABLE];
  return target.returnType === VOID ? [toFunction('void'), ...headers] : headers;
}

function parseUnder(header: Header, body: string, scope: Scope): BodyReading {
  const assumed = new Map<string, string>();
  for (;;) {
    const list = [...assumed].map(([name, type]) => `${quoteIdentifier(name)} ${type}`);
    const statement = `CREATE ${header(list)} LANGUAGE plpgsql AS ${dollarQuote(body)}`;
    const reading = readPlPgSql(statement, body, scope.parser);
    if (reading.ok || !assumeMore(reading.problem, assumed)) return reading;
  }
}

/** Declares what a problem asks for: `x` as a text, or as something else when a text will not do. False when nothing is left. */
function assumeMore(problem: string, assumed: Map<string, string>): boolean {
  const cursor = NOT_A_CURSOR.exec(problem)?.groups?.['name'];
  const missing = NOT_A_VARIABLE.exec(problem)?.groups?.['name'];
  const [name, field] = (cursor ?? missing ?? '').split('.');
  if (name === undefined || name === '' || assumed.size >= MAX_ASSUMED_ARGUMENTS) return false;
  const other = field === undefined ? 'text' : 'assumed.row';
  const type = cursor === undefined ? other : 'refcursor';
  const held = assumed.get(name);
  if (held !== undefined && (held !== 'text' || type === 'text')) return false;
  assumed.set(name, type);
  return true;
}

/** A body between dollar quotes that do not occur in it. */
function dollarQuote(body: string): string {
  let tag = '$body$';
  for (let attempt = 0; body.includes(tag) || body.endsWith(tag.slice(0, -1)); attempt += 1) {
    tag = `$body${attempt}$`;
  }
  return `${tag}${body}${tag}`;
}

function readPieces(pieces: readonly BodyPiece[], scope: Scope): void {
  for (const piece of pieces) readPiece(piece, scope);
}

function readPiece(piece: BodyPiece, scope: Scope): void {
  switch (piece.kind) {
    case 'statement':
      scope.reader.text(piece.text, scope);
      return;
    case 'expression':
      scope.reader.text(`SELECT ${piece.text}`, scope);
      return;
    case 'dynamic':
      runDynamic(piece.text, scope);
      return;
    case 'type':
      useTypeText(piece.text, scope);
      return;
    case 'transaction':
      emit(scope, { kind: 'transaction', action: piece.action });
      return;
  }
}

/** EXECUTE of a text that stands there as a literal is read; anything that is built is not. */
function runDynamic(expression: string, scope: Scope): void {
  const parsed = scope.parser.parse(`SELECT ${expression}`);
  const text = parsed.ok ? onlyLiteral(parsed.tree.stmts) : undefined;
  const inside = through(scope, 'EXECUTE');
  if (text === undefined) emitUnknown(inside, 'it runs SQL that is built at run time');
  else inside.reader.text(text, inside);
}

/** The text when a SELECT gives one literal string and does nothing else. */
function onlyLiteral(stmts: readonly RawStmt[]): string | undefined {
  const select = stmts.length === 1 ? as(stmts[0]?.stmt, 'SelectStmt') : undefined;
  const targets = select?.targetList ?? [];
  const bare = select?.fromClause === undefined && select?.intoClause === undefined;
  const target = targets.length === 1 && bare ? as(targets[0], 'ResTarget') : undefined;
  return literalText(target?.val);
}
