/**
 * The rooms of the analysis put together: the one `Reader` through which they reach each other, and the parsing of texts
 * that the catalog holds, each once per snapshot.
 */

import type { Node, RawStmt } from '@pgsql/types';

import { followForeignKeys } from './closure/cascades.ts';
import { followFunctionByOid } from './closure/functions.ts';
import { isUserOid } from './catalog-index.ts';
import type { Oid } from './catalog.ts';
import { emitUnknown, readNode, readNodes } from './scope.ts';
import type { CommonTable, Reader, Scope } from './scope.ts';
import { readStatement } from './statements/dispatch.ts';
import { as, toPart } from './syntax.ts';
import { walk } from './walk.ts';

/** The reader of everything. It keeps no state of its own. */
export const READER: Reader = {
  part: walk,
  statement: readStatement,
  text: readText,
  expression: readExpression,
  standardBody: readStandardBody,
  ruleActions: readRuleActions,
  functionByOid: followFunctionByOid,
  triggerFunction: followTriggerFunction,
  cascade: followForeignKeys,
};

/** Functions that came with the server and that a trigger can call do nothing beyond the row at hand. */
function followTriggerFunction(oid: Oid, scope: Scope): void {
  if (isUserOid(oid) || scope.index.function(oid) !== undefined) followFunctionByOid(oid, scope);
}

function readText(text: string, scope: Scope): void {
  const statements = parse(text, scope);
  if (statements === null) {
    emitUnknown(scope, 'a definition or a text in it could not be read');
    return;
  }
  for (const { stmt } of statements) readNode(stmt, scope);
}

/** Parses a text; definitions of the catalog are kept parsed. */
function parse(text: string, scope: Scope): readonly RawStmt[] | null {
  if (scope.fromMessage) return parseAnew(text, scope);
  const key = `sql ${text}`;
  const kept = scope.index.derived.get(key);
  if (isStatements(kept)) return kept;
  const parsed = parseAnew(text, scope);
  if (parsed !== null) scope.index.derived.set(key, parsed);
  return parsed;
}

function isStatements(value: unknown): value is readonly RawStmt[] {
  return Array.isArray(value);
}

function parseAnew(text: string, scope: Scope): readonly RawStmt[] | null {
  const parsed = scope.parser.parse(text);
  return parsed.ok ? parsed.tree.stmts : null;
}

/** An expression is read as the target of a SELECT; some are only parts of a constraint. */
function readExpression(text: string, scope: Scope): void {
  const target = parse(`SELECT (${text})`, scope) ?? parse(`ALTER TABLE t ADD ${text}`, scope);
  const node = target?.length === 1 ? target[0]?.stmt : undefined;
  const alter = as(node, 'AlterTableStmt');
  if (node === undefined) emitUnknown(scope, 'an expression of the catalog could not be read');
  else if (alter === undefined) readNode(node, scope);
  else for (const command of alter.cmds ?? []) readNode(as(command, 'AlterTableCmd')?.def, scope);
}

function readStandardBody(text: string, scope: Scope): void {
  const body = as(parse(text, scope)?.[0]?.stmt, 'CreateFunctionStmt')?.sql_body;
  if (body === undefined) emitUnknown(scope, 'the body of a function could not be read');
  else readStatementsIn(body, scope);
}

/** A body in the standard's syntax is a RETURN or a list of lists of statements. */
function readStatementsIn(body: Node, scope: Scope): void {
  const list = as(body, 'List');
  if (list === undefined) readNode(body, scope);
  else for (const item of list.items ?? []) readStatementsIn(item, scope);
}

/** In the actions of a rule `old` and `new` stand for the rows at hand. */
function readRuleActions(text: string, scope: Scope): void {
  const rule = as(parse(text, scope)?.[0]?.stmt, 'RuleStmt');
  if (rule === undefined) {
    emitUnknown(scope, 'the definition of a rule could not be read');
    return;
  }
  const rows = ['old', 'new'].reduce<CommonTable | null>(
    (outer, name) => ({ name, query: undefined, outer }),
    null,
  );
  const inside = { ...scope, commonTables: rows };
  readNodes(rule.actions, inside);
  readNode(rule.whereClause, inside);
}

/** Reads the statement at the top of a message. */
export function readTop(stmt: Node | undefined, scope: Scope): void {
  const part = toPart(stmt);
  if (part === null || part.kind === '') emitUnknown(scope, 'the statement is not understood');
  else walk(part, scope);
}
