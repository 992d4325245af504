/**
 * Statements that run something else: EXPLAIN, COPY, DO, CALL, CREATE TABLE AS, REFRESH, and channels.
 */

import type {
  CallStmt,
  CopyStmt,
  CreateTableAsStmt,
  DefElem,
  DoStmt,
  ExplainStmt,
  ListenStmt,
  NotifyStmt,
  RefreshMatViewStmt,
  UnlistenStmt,
} from '@pgsql/types';

import { readDoBody } from '../closure/bodies.ts';
import { callProcedure } from '../closure/calls.ts';
import { expandRead, readDefinition, readWritten, resolve } from '../closure/read.ts';
import { writeTo } from '../closure/write.ts';
import { emit, emitUnknown, readNode, readParts, through } from '../scope.ts';
import type { Scope } from '../scope.ts';
import { allOf, as, literalText, stringOf } from '../syntax.ts';
import { createdRelation } from './objects.ts';

/** Reads EXPLAIN. With ANALYZE the statement runs; without, the planner may still call functions. */
export function readExplain(statement: ExplainStmt, scope: Scope): void {
  const runs = allOf(statement.options, 'DefElem').some(
    (option) => option.defname === 'analyze' && !isOff(option),
  );
  scope.findings.literalDecides();
  readNode(statement.query, { ...scope, planOnly: !runs });
}

const OFF = /^(false|off|0)$/iu;

/** Options are off only when they say so; a value that the server would refuse counts as on. */
function isOff(option: DefElem): boolean {
  const number = as(option.arg, 'Integer');
  if (number !== undefined) return (number.ival ?? 0) === 0;
  const boolean = as(option.arg, 'Boolean');
  if (boolean !== undefined) return boolean.boolval !== true;
  const text = stringOf(option.arg) ?? literalText(option.arg);
  return text !== undefined && OFF.test(text);
}

/** Reads COPY in both directions, with or without a file or a program at the other end. */
export function readCopy(statement: CopyStmt, scope: Scope): void {
  const { filename, relation } = statement;
  if (filename !== undefined) {
    scope.findings.literalDecides();
    const target = statement.is_program === true ? 'program' : 'server file';
    emit(scope, { kind: 'outside', target, name: filename });
  }
  readNode(statement.query, scope);
  readNode(statement.whereClause, scope);
  if (relation === undefined) return;
  if (statement.is_from !== true) {
    readWritten(relation, scope);
    return;
  }
  const write = {
    event: 'insert',
    columns: [],
    named: (statement.attlist ?? []).flatMap((column) => stringOf(column) ?? []),
    rows: 'bounded',
    inherit: true,
    defaults: true,
  } as const;
  for (const target of resolve(relation, scope)) writeTo(target, write, scope);
}

/** Reads a DO block. Only PL/pgSQL can be seen through. */
export function readDo(statement: DoStmt, scope: Scope): void {
  scope.findings.literalDecides();
  const options = allOf(statement.args, 'DefElem');
  const language = stringOf(options.findLast(({ defname }) => defname === 'language')?.arg);
  const body = stringOf(options.findLast(({ defname }) => defname === 'as')?.arg);
  const inside = through(scope, 'DO block');
  if (body === undefined || (language ?? 'plpgsql') !== 'plpgsql') {
    emitUnknown(inside, `a block in ${language ?? 'no language'} cannot be seen through`);
    return;
  }
  readDoBody(body, { ...inside, paths: scope.session, commonTables: null, planOnly: false });
}

/** Reads CALL. */
export function readCall(statement: CallStmt, scope: Scope): void {
  const call = statement.funccall;
  if (call === undefined) {
    emitUnknown(scope, 'the procedure is not named');
    return;
  }
  callProcedure(call, scope);
  readParts({ kind: 'FuncCall', fields: call }, scope);
}

/** Reads CREATE TABLE AS and CREATE MATERIALIZED VIEW: the query runs now. */
export function readCreateTableAs(statement: CreateTableAsStmt, scope: Scope): void {
  const relation = statement.into?.rel;
  const kind = statement.objtype === 'OBJECT_MATVIEW' ? 'materialized view' : 'table';
  if (relation !== undefined && !scope.planOnly) {
    emit(scope, { kind: 'create', object: createdRelation(relation, kind, scope) });
  }
  readNode(statement.query, scope);
}

/** Reads REFRESH MATERIALIZED VIEW: its query runs again. */
export function readRefresh(statement: RefreshMatViewStmt, scope: Scope): void {
  if (statement.relation === undefined) return;
  for (const target of resolve(statement.relation, scope)) {
    const action = 'refresh materialized view';
    emit(scope, { kind: 'maintenance', action, object: target.object });
    if (target.kind !== 'catalog') continue;
    readDefinition(target.relation, scope);
    expandRead(target.relation, scope);
  }
}

/** Reads NOTIFY. */
export function readNotify(statement: NotifyStmt, scope: Scope): void {
  emit(scope, { kind: 'notify', channel: statement.conditionname ?? '' });
}

/** Reads LISTEN. */
export function readListen(statement: ListenStmt, scope: Scope): void {
  emit(scope, { kind: 'listen', channel: statement.conditionname ?? '' });
}

/** Reads UNLISTEN. */
export function readUnlisten(statement: UnlistenStmt, scope: Scope): void {
  emit(scope, { kind: 'listen', channel: `no longer ${statement.conditionname ?? 'any'}` });
}
