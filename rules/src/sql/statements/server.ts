/**
 * Statements about the server, its databases and other servers, and upkeep that locks or rewrites.
 */

import type {
  AlterDatabaseRefreshCollStmt,
  AlterDatabaseStmt,
  AlterFdwStmt,
  AlterForeignServerStmt,
  AlterPublicationStmt,
  AlterSubscriptionStmt,
  AlterSystemStmt,
  AlterTableSpaceOptionsStmt,
  AlterUserMappingStmt,
  CheckPointStmt,
  ClusterStmt,
  CreateFdwStmt,
  CreateForeignServerStmt,
  CreatePublicationStmt,
  CreateSubscriptionStmt,
  CreateTableSpaceStmt,
  CreateUserMappingStmt,
  CreatedbStmt,
  DefElem,
  DropSubscriptionStmt,
  DropTableSpaceStmt,
  DropUserMappingStmt,
  DropdbStmt,
  ImportForeignSchemaStmt,
  LoadStmt,
  Node,
  RangeVar,
  ReindexStmt,
  VacuumStmt,
} from '@pgsql/types';

import type { ObjectKind, OutsideTarget } from '../../facts/effect.ts';
import { resolve } from '../closure/read.ts';
import { storeValues } from '../closure/write.ts';
import { emit, emitUnknown, readNodes } from '../scope.ts';
import type { Scope } from '../scope.ts';
import { allOf, as, literalText, stringOf } from '../syntax.ts';
import { bareObject } from './objects.ts';

function outside(target: OutsideTarget, name: string, scope: Scope): void {
  emit(scope, { kind: 'outside', target, name });
}

function create(kind: ObjectKind, name: string | undefined, scope: Scope): void {
  emit(scope, { kind: 'create', object: bareObject(kind, name) });
}

function drop(kind: ObjectKind, name: string | undefined, scope: Scope): void {
  emit(scope, { kind: 'drop', object: bareObject(kind, name), cascade: false });
}

/** Reads ALTER SYSTEM: the server's own configuration file. */
export function readAlterSystem(statement: AlterSystemStmt, scope: Scope): void {
  outside('server control', `ALTER SYSTEM SET ${statement.setstmt?.name ?? 'ALL'}`, scope);
}

/** Reads LOAD: a library from the server's files. */
export function readLoad(statement: LoadStmt, scope: Scope): void {
  scope.findings.literalDecides();
  outside('server file', statement.filename ?? '', scope);
}

/** Reads CREATE DATABASE. */
export function readCreateDatabase(statement: CreatedbStmt, scope: Scope): void {
  create('database', statement.dbname, scope);
}

/** Reads DROP DATABASE. */
export function readDropDatabase(statement: DropdbStmt, scope: Scope): void {
  drop('database', statement.dbname, scope);
}

/** Reads ALTER DATABASE: connection limits, tablespace, who may connect. */
export function readAlterDatabase(statement: AlterDatabaseStmt, scope: Scope): void {
  const options = allOf(statement.options, 'DefElem').map(({ defname }) => defname ?? '');
  const object = bareObject('database', statement.dbname);
  emit(scope, { kind: 'alter', object, action: `set ${options.join(', ')}`, loss: 'access' });
}

/** Reads ALTER DATABASE ... REFRESH COLLATION VERSION. */
export function readRefreshCollation(statement: AlterDatabaseRefreshCollStmt, scope: Scope): void {
  const object = bareObject('database', statement.dbname);
  emit(scope, { kind: 'alter', object, action: 'refresh collation version', loss: 'none' });
}

/** Reads CREATE TABLESPACE: a directory of the server. */
export function readCreateTablespace(statement: CreateTableSpaceStmt, scope: Scope): void {
  create('tablespace', statement.tablespacename, scope);
  outside('server file', statement.location ?? '', scope);
}

/** Reads DROP TABLESPACE. */
export function readDropTablespace(statement: DropTableSpaceStmt, scope: Scope): void {
  drop('tablespace', statement.tablespacename, scope);
}

/** Reads ALTER TABLESPACE ... SET. */
export function readAlterTablespace(statement: AlterTableSpaceOptionsStmt, scope: Scope): void {
  const object = bareObject('tablespace', statement.tablespacename);
  emit(scope, { kind: 'alter', object, action: 'set', loss: 'none' });
}

/** Reads CREATE FOREIGN DATA WRAPPER. */
export function readCreateWrapper(statement: CreateFdwStmt, scope: Scope): void {
  create('other', statement.fdwname, scope);
  emitUnknown(
    scope,
    'a foreign data wrapper brings code into the server that cannot be seen through',
  );
}

/** Reads ALTER FOREIGN DATA WRAPPER. */
export function readAlterWrapper(statement: AlterFdwStmt, scope: Scope): void {
  const object = bareObject('other', statement.fdwname);
  emit(scope, { kind: 'alter', object, action: 'set', loss: 'access' });
  emitUnknown(scope, 'a foreign data wrapper cannot be seen through');
}

/** Reads CREATE SERVER. */
export function readCreateServer(statement: CreateForeignServerStmt, scope: Scope): void {
  create('server', statement.servername, scope);
}

/** Reads ALTER SERVER: its foreign tables may lie elsewhere from now on. */
export function readAlterServer(statement: AlterForeignServerStmt, scope: Scope): void {
  const object = bareObject('server', statement.servername);
  emit(scope, { kind: 'alter', object, action: 'set options', loss: 'access' });
}

interface UserMapping {
  readonly servername?: string;
}

function userMapping(statement: UserMapping, action: string, scope: Scope): void {
  emit(scope, { kind: 'privilege', object: bareObject('server', statement.servername), action });
}

/** Reads CREATE USER MAPPING: credentials for another server. */
export function readCreateMapping(statement: CreateUserMappingStmt, scope: Scope): void {
  userMapping(statement, 'CREATE USER MAPPING', scope);
}

/** Reads ALTER USER MAPPING. */
export function readAlterMapping(statement: AlterUserMappingStmt, scope: Scope): void {
  userMapping(statement, 'ALTER USER MAPPING', scope);
}

/** Reads DROP USER MAPPING. */
export function readDropMapping(statement: DropUserMappingStmt, scope: Scope): void {
  userMapping(statement, 'DROP USER MAPPING', scope);
}

/** Reads IMPORT FOREIGN SCHEMA: it asks the other server. */
export function readImportSchema(statement: ImportForeignSchemaStmt, scope: Scope): void {
  outside('other server', statement.server_name ?? '', scope);
  create('foreign table', `every table of ${statement.remote_schema ?? ''}`, scope);
}

/** Reads CREATE PUBLICATION. */
export function readCreatePublication(statement: CreatePublicationStmt, scope: Scope): void {
  create('publication', statement.pubname, scope);
}

/** Reads ALTER PUBLICATION. */
export function readAlterPublication(statement: AlterPublicationStmt, scope: Scope): void {
  const object = bareObject('publication', statement.pubname);
  emit(scope, { kind: 'alter', object, action: 'change what is published', loss: 'access' });
}

/** Reads CREATE SUBSCRIPTION: it connects to the other server. */
export function readCreateSubscription(statement: CreateSubscriptionStmt, scope: Scope): void {
  create('subscription', statement.subname, scope);
  outside('other server', statement.subname ?? '', scope);
}

/** Reads ALTER SUBSCRIPTION. */
export function readAlterSubscription(statement: AlterSubscriptionStmt, scope: Scope): void {
  const object = bareObject('subscription', statement.subname);
  emit(scope, { kind: 'alter', object, action: 'change the subscription', loss: 'access' });
  outside('other server', statement.subname ?? '', scope);
}

/** Reads DROP SUBSCRIPTION: the slot at the other server goes as well. */
export function readDropSubscription(statement: DropSubscriptionStmt, scope: Scope): void {
  drop('subscription', statement.subname, scope);
  outside('other server', statement.subname ?? '', scope);
}

/** Reads CHECKPOINT. */
export function readCheckpoint(_statement: CheckPointStmt, scope: Scope): void {
  emit(scope, { kind: 'maintenance', action: 'checkpoint', object: null });
}

/** Upkeep of tables, or of everything when none is named. Expressions of indexes run along. */
function maintain(relations: readonly RangeVar[], action: string, scope: Scope): void {
  if (relations.length === 0) emit(scope, { kind: 'maintenance', action, object: null });
  for (const relation of relations) {
    for (const target of resolve(relation, scope)) {
      emit(scope, { kind: 'maintenance', action, object: target.object });
      if (target.kind === 'catalog') storeValues(target.relation, scope, 'none');
    }
  }
}

const OFF = /^(false|off|0)$/iu;

function isOn(option: DefElem): boolean {
  const text = stringOf(option.arg) ?? literalText(option.arg);
  return text === undefined ? as(option.arg, 'Integer')?.ival !== 0 : !OFF.test(text);
}

function hasOption(options: readonly Node[] | undefined, name: string): boolean {
  return allOf(options, 'DefElem').some((option) => option.defname === name && isOn(option));
}

/** Reads VACUUM and ANALYZE. */
export function readVacuum(statement: VacuumStmt, scope: Scope): void {
  const full = hasOption(statement.options, 'full') ? ' full' : '';
  const action = statement.is_vacuumcmd === true ? `vacuum${full}` : 'analyze';
  const named = allOf(statement.rels, 'VacuumRelation');
  maintain(
    named.flatMap(({ relation }) => relation ?? []),
    action,
    scope,
  );
}

/** Reads CLUSTER. */
export function readCluster(statement: ClusterStmt, scope: Scope): void {
  maintain(statement.relation === undefined ? [] : [statement.relation], 'cluster', scope);
}

/** Reads REINDEX. */
export function readReindex(statement: ReindexStmt, scope: Scope): void {
  const concurrently = hasOption(statement.params, 'concurrently') ? ' concurrently' : '';
  const relations = statement.relation === undefined ? [] : [statement.relation];
  maintain(relations, `reindex${concurrently}`, scope);
  readNodes(statement.params, scope);
}
