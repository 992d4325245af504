/**
 * CREATE TABLE, CREATE FOREIGN TABLE, CREATE INDEX, CREATE SEQUENCE, CREATE VIEW.
 * Expressions in a new table run when rows are written later, when the catalog may not show the table yet: what they call
 * counts here.
 */

import type { ObjectName } from '../../facts/effect.ts';
import type {
  CreateForeignTableStmt,
  CreateSeqStmt,
  CreateStmt,
  IndexStmt,
  Node,
  RangeVar,
  ViewStmt,
} from '@pgsql/types';

import { resolveToDefine } from '../closure/read.ts';
import { fireTriggers, storeValues } from '../closure/write.ts';
import { emit, readNodes, readParts, through } from '../scope.ts';
import type { Scope } from '../scope.ts';
import { as } from '../syntax.ts';
import { createdRelation, relationObjects, useForeignOptions } from './objects.ts';

const NAMES_ONLY = ['relation', 'inhRelations', 'tableElts', 'constraints'];

/** Reads CREATE TABLE. */
export function readCreateTable(statement: CreateStmt, scope: Scope): void {
  createTable(statement, 'table', scope);
}

function createTable(statement: CreateStmt, kind: 'table' | 'foreign table', scope: Scope): void {
  const { relation } = statement;
  if (relation !== undefined) {
    emit(scope, { kind: 'create', object: createdRelation(relation, kind, scope) });
  }
  readParts({ kind: 'CreateStmt', fields: statement }, scope, NAMES_ONLY);
  readNodes(statement.constraints, scope);
  for (const parent of statement.inhRelations ?? []) inherit(as(parent, 'RangeVar'), scope);
  for (const element of statement.tableElts ?? []) readElement(element, scope);
}

function readElement(element: Node, scope: Scope): void {
  const like = as(element, 'TableLikeClause');
  if (like === undefined) readNodes([element], scope);
  else inherit(like.relation, scope);
}

/** A child, a partition or a copy takes over defaults and checks, and partitions take over triggers. */
function inherit(parent: RangeVar | undefined, scope: Scope): void {
  if (parent === undefined) return;
  for (const target of resolveToDefine(parent, scope)) {
    if (target.kind !== 'catalog') continue;
    const inside = through(scope, `taken over from ${parent.relname ?? ''}`);
    storeValues(target.relation, inside, { allBut: [] });
    for (const event of ['insert', 'update', 'delete'] as const) {
      fireTriggers(target.relation, event, inside);
    }
  }
}

/** Reads CREATE FOREIGN TABLE. */
export function readCreateForeignTable(statement: CreateForeignTableStmt, scope: Scope): void {
  if (statement.base !== undefined) createTable(statement.base, 'foreign table', scope);
  useForeignOptions(statement.options, scope);
}

/** Reads CREATE INDEX: its expressions run over every row now. */
export function readCreateIndex(statement: IndexStmt, scope: Scope): void {
  for (const table of relationObjects(statement.relation, 'table', scope)) {
    const name = statement.idxname ?? `an index on ${table.name}`;
    const { schema, own } = table;
    const object: ObjectName = { kind: 'index', schema, name, ...(own === true ? { own } : {}) };
    emit(scope, { kind: 'create', object });
  }
  readParts({ kind: 'IndexStmt', fields: statement }, scope, ['relation']);
}

/** Reads CREATE SEQUENCE. */
export function readCreateSequence(statement: CreateSeqStmt, scope: Scope): void {
  if (statement.sequence === undefined) return;
  emit(scope, { kind: 'create', object: createdRelation(statement.sequence, 'sequence', scope) });
}

/** Reads CREATE VIEW. Its query does not run; replacing a view changes what everybody reads under its name. */
export function readCreateView(statement: ViewStmt, scope: Scope): void {
  const { view } = statement;
  if (view === undefined) return;
  const known =
    statement.replace === true ? resolveToDefine(view, { ...scope, fromMessage: false }) : [];
  for (const target of known) {
    if (target.kind === 'unresolved') continue;
    emit(scope, { kind: 'alter', object: target.object, action: 'replace view', loss: 'access' });
  }
  emit(scope, { kind: 'create', object: createdRelation(view, 'view', scope) });
}
