/**
 * Statements that drop, rename, move or annotate an object of any kind.
 */

import type {
  AlterDomainStmt,
  AlterEnumStmt,
  AlterObjectDependsStmt,
  AlterObjectSchemaStmt,
  AlterOwnerStmt,
  AlterSeqStmt,
  AlterTableMoveAllStmt,
  CommentStmt,
  DropStmt,
  Node,
  ObjectType,
  RenameStmt,
  SecLabelStmt,
  TruncateStmt,
} from '@pgsql/types';

import type { Loss, ObjectName } from '../../facts/effect.ts';
import { truncate } from '../closure/cascades.ts';
import { resolve } from '../closure/read.ts';
import { emit, readNode } from '../scope.ts';
import type { Scope } from '../scope.ts';
import { allOf, as, stringsOf } from '../syntax.ts';
import { bareObject, namedObject, objectsOf, relationObjects, wordsFor } from './objects.ts';

/** Reads DROP of everything that is dropped by name. */
export function readDrop(statement: DropStmt, scope: Scope): void {
  const cascade = statement.behavior === 'DROP_CASCADE';
  for (const node of statement.objects ?? []) {
    for (const object of objectsOf(statement.removeType, node, scope)) {
      emit(scope, { kind: 'drop', object, cascade });
    }
  }
}

/** Reads TRUNCATE with what goes along. */
export function readTruncate(statement: TruncateStmt, scope: Scope): void {
  const cascade = statement.behavior === 'DROP_CASCADE';
  for (const relation of allOf(statement.relations, 'RangeVar')) {
    for (const target of resolve(relation, scope)) {
      if (target.kind === 'system') emit(scope, { kind: 'catalog write', object: target.object });
      else emit(scope, { kind: 'truncate', object: target.object });
      if (target.object.kind === 'foreign table') {
        emit(scope, { kind: 'outside', target: 'other server', name: target.object.name });
      }
      if (target.kind === 'catalog') {
        truncate(target.relation, { cascade, inherit: relation.inh === true }, scope);
      }
    }
  }
}

/** Kinds whose new name takes nothing out of reach. */
const RENAMED_HARMLESSLY: ReadonlySet<ObjectType> = new Set<ObjectType>([
  'OBJECT_INDEX',
  'OBJECT_TABCONSTRAINT',
  'OBJECT_DOMCONSTRAINT',
  'OBJECT_TRIGGER',
  'OBJECT_RULE',
  'OBJECT_POLICY',
  'OBJECT_STATISTIC_EXT',
]);

/** Reads ALTER ... RENAME. */
export function readRename(statement: RenameStmt, scope: Scope): void {
  const type = statement.renameType;
  const from = statement.subname === undefined ? '' : ` ${statement.subname}`;
  const action = `rename${from} to ${statement.newname ?? ''}`;
  if (type === 'OBJECT_ROLE') {
    emit(scope, { kind: 'privilege', object: bareObject('role', statement.subname), action });
    return;
  }
  const harmless = type !== undefined && RENAMED_HARMLESSLY.has(type);
  const what =
    type === 'OBJECT_TABCONSTRAINT' ? action.replace('rename', 'rename constraint') : action;
  alterAll(targetsOf(statement, type, scope), what, harmless ? 'none' : 'access', scope);
}

interface Targeted {
  readonly relation?: RenameStmt['relation'];
  readonly object?: Node;
  readonly subname?: string;
}

/** The object of a statement that names a relation in one field and everything else in another. */
function targetsOf(statement: Targeted, type: ObjectType | undefined, scope: Scope): ObjectName[] {
  if (statement.relation !== undefined) {
    const { kind } = wordsFor(type);
    return relationObjects(statement.relation, kind, scope);
  }
  if (statement.object !== undefined) return objectsOf(type, statement.object, scope);
  return [bareObject(wordsFor(type).kind, statement.subname)];
}

function alterAll(objects: readonly ObjectName[], action: string, loss: Loss, scope: Scope): void {
  for (const object of objects) emit(scope, { kind: 'alter', object, action, loss });
}

/** Reads ALTER ... SET SCHEMA. */
export function readSetSchema(statement: AlterObjectSchemaStmt, scope: Scope): void {
  const action = `set schema ${statement.newschema ?? ''}`;
  alterAll(targetsOf(statement, statement.objectType, scope), action, 'access', scope);
}

/** Reads ALTER ... OWNER TO. */
export function readOwner(statement: AlterOwnerStmt, scope: Scope): void {
  for (const object of targetsOf(statement, statement.objectType, scope)) {
    emit(scope, { kind: 'privilege', object, action: 'change the owner' });
  }
}

/** Reads ALTER ... DEPENDS ON EXTENSION. */
export function readDepends(statement: AlterObjectDependsStmt, scope: Scope): void {
  alterAll(
    targetsOf(statement, statement.objectType, scope),
    'depend on an extension',
    'none',
    scope,
  );
}

/** Reads COMMENT ON. */
export function readComment(statement: CommentStmt, scope: Scope): void {
  alterAll(objectsOf(statement.objtype, statement.object, scope), 'comment', 'none', scope);
}

/** Reads SECURITY LABEL. */
export function readSecurityLabel(statement: SecLabelStmt, scope: Scope): void {
  for (const object of objectsOf(statement.objtype, statement.object, scope)) {
    emit(scope, { kind: 'privilege', object, action: 'set a security label' });
  }
}

/** Reads ALTER SEQUENCE. RESTART is setval. */
export function readAlterSequence(statement: AlterSeqStmt, scope: Scope): void {
  const options = allOf(statement.options, 'DefElem').map(({ defname }) => defname ?? '');
  const action = `set ${options.join(', ')}`;
  for (const object of relationObjects(statement.sequence, 'sequence', scope)) {
    emit(scope, { kind: 'alter', object, action, loss: 'none' });
    if (options.includes('restart')) emit(scope, { kind: 'sequence', object, action: 'set' });
  }
}

/** Reads ALTER TYPE ... ADD VALUE and RENAME VALUE. */
export function readAlterEnum(statement: AlterEnumStmt, scope: Scope): void {
  const object = namedObject('type', stringsOf(statement.typeName), scope);
  const renames = statement.oldVal !== undefined;
  const action = renames ? 'rename value' : 'add value';
  emit(scope, { kind: 'alter', object, action, loss: renames ? 'access' : 'none' });
}

/** Reads ALTER DOMAIN: a new constraint is checked against every value in the database. */
export function readAlterDomain(statement: AlterDomainStmt, scope: Scope): void {
  const object = namedObject('type', stringsOf(statement.typeName), scope);
  emit(scope, { kind: 'alter', object, action: 'change the domain', loss: 'none' });
  readNode(statement.def, scope);
  const constraint = as(statement.def, 'Constraint');
  if (constraint !== undefined) readNode(constraint.raw_expr, scope);
}

/** Reads ALTER TABLE ALL IN TABLESPACE. */
export function readMoveAll(statement: AlterTableMoveAllStmt, scope: Scope): void {
  const object = bareObject('tablespace', statement.orig_tablespacename);
  emit(scope, { kind: 'alter', object, action: 'move everything in it', loss: 'none' });
}
