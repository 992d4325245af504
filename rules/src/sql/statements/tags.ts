/**
 * Command tags: what a statement is called in facts and what event triggers wait for.
 */

import type { ObjectType } from '@pgsql/types';

import { unsafePart } from '../syntax.ts';
import type { Part } from '../syntax.ts';
import { wordsFor } from './objects.ts';

/** Kinds whose tag does not depend on what is inside. */
const FIXED: Readonly<Record<string, string>> = {
  AlterCollationStmt: 'ALTER COLLATION',
  AlterDatabaseRefreshCollStmt: 'ALTER DATABASE',
  AlterDatabaseSetStmt: 'ALTER DATABASE',
  AlterDatabaseStmt: 'ALTER DATABASE',
  AlterDefaultPrivilegesStmt: 'ALTER DEFAULT PRIVILEGES',
  AlterDomainStmt: 'ALTER DOMAIN',
  AlterEnumStmt: 'ALTER TYPE',
  AlterEventTrigStmt: 'ALTER EVENT TRIGGER',
  AlterExtensionContentsStmt: 'ALTER EXTENSION',
  AlterExtensionStmt: 'ALTER EXTENSION',
  AlterFdwStmt: 'ALTER FOREIGN DATA WRAPPER',
  AlterForeignServerStmt: 'ALTER SERVER',
  AlterOpFamilyStmt: 'ALTER OPERATOR FAMILY',
  AlterOperatorStmt: 'ALTER OPERATOR',
  AlterPolicyStmt: 'ALTER POLICY',
  AlterPublicationStmt: 'ALTER PUBLICATION',
  AlterRoleSetStmt: 'ALTER ROLE',
  AlterRoleStmt: 'ALTER ROLE',
  AlterSeqStmt: 'ALTER SEQUENCE',
  AlterStatsStmt: 'ALTER STATISTICS',
  AlterSubscriptionStmt: 'ALTER SUBSCRIPTION',
  AlterSystemStmt: 'ALTER SYSTEM',
  AlterTSConfigurationStmt: 'ALTER TEXT SEARCH CONFIGURATION',
  AlterTSDictionaryStmt: 'ALTER TEXT SEARCH DICTIONARY',
  AlterTableMoveAllStmt: 'ALTER TABLE',
  AlterTableSpaceOptionsStmt: 'ALTER TABLESPACE',
  AlterTypeStmt: 'ALTER TYPE',
  AlterUserMappingStmt: 'ALTER USER MAPPING',
  CallStmt: 'CALL',
  CheckPointStmt: 'CHECKPOINT',
  ClosePortalStmt: 'CLOSE CURSOR',
  ClusterStmt: 'CLUSTER',
  CommentStmt: 'COMMENT',
  CompositeTypeStmt: 'CREATE TYPE',
  ConstraintsSetStmt: 'SET CONSTRAINTS',
  CopyStmt: 'COPY',
  CreateAmStmt: 'CREATE ACCESS METHOD',
  CreateCastStmt: 'CREATE CAST',
  CreateConversionStmt: 'CREATE CONVERSION',
  CreateDomainStmt: 'CREATE DOMAIN',
  CreateEnumStmt: 'CREATE TYPE',
  CreateEventTrigStmt: 'CREATE EVENT TRIGGER',
  CreateExtensionStmt: 'CREATE EXTENSION',
  CreateFdwStmt: 'CREATE FOREIGN DATA WRAPPER',
  CreateForeignServerStmt: 'CREATE SERVER',
  CreateForeignTableStmt: 'CREATE FOREIGN TABLE',
  CreateOpClassStmt: 'CREATE OPERATOR CLASS',
  CreateOpFamilyStmt: 'CREATE OPERATOR FAMILY',
  CreatePLangStmt: 'CREATE LANGUAGE',
  CreatePolicyStmt: 'CREATE POLICY',
  CreatePublicationStmt: 'CREATE PUBLICATION',
  CreateRangeStmt: 'CREATE TYPE',
  CreateRoleStmt: 'CREATE ROLE',
  CreateSchemaStmt: 'CREATE SCHEMA',
  CreateSeqStmt: 'CREATE SEQUENCE',
  CreateStatsStmt: 'CREATE STATISTICS',
  CreateStmt: 'CREATE TABLE',
  CreateSubscriptionStmt: 'CREATE SUBSCRIPTION',
  CreateTableSpaceStmt: 'CREATE TABLESPACE',
  CreateTransformStmt: 'CREATE TRANSFORM',
  CreateTrigStmt: 'CREATE TRIGGER',
  CreateUserMappingStmt: 'CREATE USER MAPPING',
  CreatedbStmt: 'CREATE DATABASE',
  DeallocateStmt: 'DEALLOCATE',
  DeclareCursorStmt: 'DECLARE CURSOR',
  DeleteStmt: 'DELETE',
  DiscardStmt: 'DISCARD',
  DoStmt: 'DO',
  DropOwnedStmt: 'DROP OWNED',
  DropRoleStmt: 'DROP ROLE',
  DropSubscriptionStmt: 'DROP SUBSCRIPTION',
  DropTableSpaceStmt: 'DROP TABLESPACE',
  DropUserMappingStmt: 'DROP USER MAPPING',
  DropdbStmt: 'DROP DATABASE',
  ExecuteStmt: 'EXECUTE',
  ExplainStmt: 'EXPLAIN',
  FetchStmt: 'FETCH',
  ImportForeignSchemaStmt: 'IMPORT FOREIGN SCHEMA',
  IndexStmt: 'CREATE INDEX',
  InsertStmt: 'INSERT',
  ListenStmt: 'LISTEN',
  LoadStmt: 'LOAD',
  LockStmt: 'LOCK TABLE',
  MergeStmt: 'MERGE',
  NotifyStmt: 'NOTIFY',
  PrepareStmt: 'PREPARE',
  ReassignOwnedStmt: 'REASSIGN OWNED',
  RefreshMatViewStmt: 'REFRESH MATERIALIZED VIEW',
  ReindexStmt: 'REINDEX',
  RuleStmt: 'CREATE RULE',
  SecLabelStmt: 'SECURITY LABEL',
  TruncateStmt: 'TRUNCATE TABLE',
  UnlistenStmt: 'UNLISTEN',
  UpdateStmt: 'UPDATE',
  VariableShowStmt: 'SHOW',
  ViewStmt: 'CREATE VIEW',
};

const TRANSACTION_TAGS: Readonly<Record<string, string>> = {
  TRANS_STMT_BEGIN: 'BEGIN',
  TRANS_STMT_START: 'START TRANSACTION',
  TRANS_STMT_COMMIT: 'COMMIT',
  TRANS_STMT_ROLLBACK: 'ROLLBACK',
  TRANS_STMT_SAVEPOINT: 'SAVEPOINT',
  TRANS_STMT_RELEASE: 'RELEASE',
  TRANS_STMT_ROLLBACK_TO: 'ROLLBACK',
  TRANS_STMT_PREPARE: 'PREPARE TRANSACTION',
  TRANS_STMT_COMMIT_PREPARED: 'COMMIT PREPARED',
  TRANS_STMT_ROLLBACK_PREPARED: 'ROLLBACK PREPARED',
};

/** The command of a statement as its tag reads. */
export function commandOf(part: Part): string {
  return FIXED[part.kind] ?? variable(part) ?? part.kind.replace(/Stmt$/u, '').toUpperCase();
}

function variable({ kind, fields }: Part): string | undefined {
  switch (kind) {
    case 'SelectStmt':
      return unsafePart(fields, kind).intoClause === undefined ? 'SELECT' : 'SELECT INTO';
    case 'TransactionStmt':
      return TRANSACTION_TAGS[unsafePart(fields, kind).kind ?? 'TRANS_STMT_BEGIN'];
    case 'VariableSetStmt':
      return (unsafePart(fields, kind).kind ?? '').startsWith('VAR_RESET') ? 'RESET' : 'SET';
    case 'VacuumStmt':
      return unsafePart(fields, kind).is_vacuumcmd === true ? 'VACUUM' : 'ANALYZE';
    case 'GrantStmt':
      return unsafePart(fields, kind).is_grant === true ? 'GRANT' : 'REVOKE';
    case 'GrantRoleStmt':
      return unsafePart(fields, kind).is_grant === true ? 'GRANT ROLE' : 'REVOKE ROLE';
    case 'CreateTableAsStmt':
      return unsafePart(fields, kind).objtype === 'OBJECT_MATVIEW'
        ? 'CREATE MATERIALIZED VIEW'
        : 'CREATE TABLE AS';
    default:
      return byObject({ kind, fields });
  }
}

/** What is renamed inside another object, whose kind the tag names. */
const RENAMED_INSIDE: ReadonlySet<ObjectType | undefined> = new Set<ObjectType | undefined>([
  'OBJECT_ATTRIBUTE',
  'OBJECT_COLUMN',
  'OBJECT_TABCONSTRAINT',
]);

function byObject({ kind, fields }: Part): string | undefined {
  switch (kind) {
    case 'DropStmt':
      return withTag('DROP', unsafePart(fields, kind).removeType);
    case 'DefineStmt':
      return withTag('CREATE', unsafePart(fields, kind).kind);
    case 'AlterTableStmt':
      return withTag('ALTER', unsafePart(fields, kind).objtype);
    case 'RenameStmt': {
      const { renameType, relationType } = unsafePart(fields, kind);
      return withTag('ALTER', RENAMED_INSIDE.has(renameType) ? relationType : renameType);
    }
    case 'AlterObjectSchemaStmt':
    case 'AlterOwnerStmt':
    case 'AlterObjectDependsStmt':
      return withTag('ALTER', unsafePart(fields, kind).objectType);
    case 'AlterFunctionStmt':
      return withTag('ALTER', unsafePart(fields, kind).objtype);
    case 'CreateFunctionStmt':
      return unsafePart(fields, kind).is_procedure === true
        ? 'CREATE PROCEDURE'
        : 'CREATE FUNCTION';
    default:
      return undefined;
  }
}

function withTag(verb: string, type: ObjectType | undefined): string {
  return `${verb} ${wordsFor(type).tag}`;
}

/** Statements about things that all databases share, or about the session: no event trigger sees them. */
const NO_EVENT_TRIGGERS =
  /^(Alter(Database|Role|System|EventTrig|TableSpace)|Create(Role|TableSpace|EventTrig|db)|Drop(Role|TableSpace|db)|GrantRole|Reassign|Checkpoint)/iu;

const DEFINING =
  /^(Alter|Create|Define|Drop|Grant|Comment|SecLabel|Index|Rename|Rule|View|RefreshMatView|ImportForeign|Composite|Reindex|Cluster)/u;

/** Whether event triggers may act on a kind of statement. Their tags narrow it further. */
export function firesEventTriggers(kind: string): boolean {
  return DEFINING.test(kind) && !NO_EVENT_TRIGGERS.test(kind);
}
