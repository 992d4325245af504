/**
 * Every kind of statement of the grammar and who reads it. The table is checked by the compiler against the grammar's own
 * list, so a kind that a new version adds does not compile until somebody has decided what it does; one that only exists
 * at run time is an unknown effect.
 */

import { fireEventTriggers } from '../closure/event-triggers.ts';
import { settingRowOf } from '../closure/setting-row.ts';
import { castImplicitly } from '../closure/types.ts';
import { emitUnknown, readParts } from '../scope.ts';
import type { Scope } from '../scope.ts';
import type { FieldsOf, NodeKind, Part } from '../syntax.ts';
import * as objects from './alter-object.ts';
import { readAlterTable } from './alter-table.ts';
import * as changes from './changes.ts';
import * as tables from './create-table.ts';
import * as definitions from './definitions.ts';
import * as privileges from './privileges.ts';
import { readSelect } from './query.ts';
import * as running from './running.ts';
import * as server from './server.ts';
import * as session from './session.ts';
import { commandOf, firesEventTriggers } from './tags.ts';

/** Names of the grammar's statements. */
export type StatementKind = Extract<NodeKind, `${string}Stmt`>;

/** Kinds that never stand at the top of a message: parts of others, or of PL/pgSQL, or of the planner. */
export type InnerKind =
  'PLAssignStmt' | 'RawStmt' | 'ReplicaIdentityStmt' | 'ReturnStmt' | 'SetOperationStmt';

type Readers = {
  readonly [Kind in Exclude<StatementKind, InnerKind>]: (
    statement: FieldsOf<Kind>,
    scope: Scope,
  ) => void;
};

const READERS: Readers = {
  AlterCollationStmt: definitions.readAlterCollation,
  AlterDatabaseRefreshCollStmt: server.readRefreshCollation,
  AlterDatabaseSetStmt: privileges.readAlterDatabaseSet,
  AlterDatabaseStmt: server.readAlterDatabase,
  AlterDefaultPrivilegesStmt: privileges.readDefaultPrivileges,
  AlterDomainStmt: objects.readAlterDomain,
  AlterEnumStmt: objects.readAlterEnum,
  AlterEventTrigStmt: definitions.readAlterEventTrigger,
  AlterExtensionContentsStmt: definitions.readExtensionContents,
  AlterExtensionStmt: definitions.readAlterExtension,
  AlterFdwStmt: server.readAlterWrapper,
  AlterForeignServerStmt: server.readAlterServer,
  AlterFunctionStmt: definitions.readAlterFunction,
  AlterObjectDependsStmt: objects.readDepends,
  AlterObjectSchemaStmt: objects.readSetSchema,
  AlterOpFamilyStmt: definitions.readAlterOperatorFamily,
  AlterOperatorStmt: definitions.readAlterOperator,
  AlterOwnerStmt: objects.readOwner,
  AlterPolicyStmt: privileges.readAlterPolicy,
  AlterPublicationStmt: server.readAlterPublication,
  AlterRoleSetStmt: privileges.readAlterRoleSet,
  AlterRoleStmt: privileges.readAlterRole,
  AlterSeqStmt: objects.readAlterSequence,
  AlterStatsStmt: definitions.readAlterStatistics,
  AlterSubscriptionStmt: server.readAlterSubscription,
  AlterSystemStmt: server.readAlterSystem,
  AlterTSConfigurationStmt: definitions.readAlterConfiguration,
  AlterTSDictionaryStmt: definitions.readAlterDictionary,
  AlterTableMoveAllStmt: objects.readMoveAll,
  AlterTableSpaceOptionsStmt: server.readAlterTablespace,
  AlterTableStmt: readAlterTable,
  AlterTypeStmt: definitions.readAlterType,
  AlterUserMappingStmt: server.readAlterMapping,
  CallStmt: running.readCall,
  CheckPointStmt: server.readCheckpoint,
  ClosePortalStmt: session.readClose,
  ClusterStmt: server.readCluster,
  CommentStmt: objects.readComment,
  CompositeTypeStmt: definitions.readCompositeType,
  ConstraintsSetStmt: session.readSetConstraints,
  CopyStmt: running.readCopy,
  CreateAmStmt: definitions.readCreateAccessMethod,
  CreateCastStmt: definitions.readCreateCast,
  CreateConversionStmt: definitions.readCreateConversion,
  CreateDomainStmt: definitions.readCreateDomain,
  CreateEnumStmt: definitions.readCreateEnum,
  CreateEventTrigStmt: definitions.readCreateEventTrigger,
  CreateExtensionStmt: definitions.readCreateExtension,
  CreateFdwStmt: server.readCreateWrapper,
  CreateForeignServerStmt: server.readCreateServer,
  CreateForeignTableStmt: tables.readCreateForeignTable,
  CreateFunctionStmt: definitions.readCreateFunction,
  CreateOpClassStmt: definitions.readCreateOperatorClass,
  CreateOpFamilyStmt: definitions.readCreateOperatorFamily,
  CreatePLangStmt: definitions.readCreateLanguage,
  CreatePolicyStmt: privileges.readCreatePolicy,
  CreatePublicationStmt: server.readCreatePublication,
  CreateRangeStmt: definitions.readCreateRange,
  CreateRoleStmt: privileges.readCreateRole,
  CreateSchemaStmt: definitions.readCreateSchema,
  CreateSeqStmt: tables.readCreateSequence,
  CreateStatsStmt: definitions.readCreateStatistics,
  CreateStmt: tables.readCreateTable,
  CreateSubscriptionStmt: server.readCreateSubscription,
  CreateTableAsStmt: running.readCreateTableAs,
  CreateTableSpaceStmt: server.readCreateTablespace,
  CreateTransformStmt: definitions.readCreateTransform,
  CreateTrigStmt: definitions.readCreateTrigger,
  CreateUserMappingStmt: server.readCreateMapping,
  CreatedbStmt: server.readCreateDatabase,
  DeallocateStmt: session.readDeallocate,
  DeclareCursorStmt: session.readDeclareCursor,
  DefineStmt: definitions.readDefine,
  DeleteStmt: changes.readDelete,
  DiscardStmt: session.readDiscard,
  DoStmt: running.readDo,
  DropOwnedStmt: privileges.readDropOwned,
  DropRoleStmt: privileges.readDropRole,
  DropStmt: objects.readDrop,
  DropSubscriptionStmt: server.readDropSubscription,
  DropTableSpaceStmt: server.readDropTablespace,
  DropUserMappingStmt: server.readDropMapping,
  DropdbStmt: server.readDropDatabase,
  ExecuteStmt: session.readExecute,
  ExplainStmt: running.readExplain,
  FetchStmt: session.readFetch,
  GrantRoleStmt: privileges.readGrantRole,
  GrantStmt: privileges.readGrant,
  ImportForeignSchemaStmt: server.readImportSchema,
  IndexStmt: tables.readCreateIndex,
  InsertStmt: changes.readInsert,
  ListenStmt: running.readListen,
  LoadStmt: server.readLoad,
  LockStmt: session.readLock,
  MergeStmt: changes.readMerge,
  NotifyStmt: running.readNotify,
  PrepareStmt: session.readPrepare,
  ReassignOwnedStmt: privileges.readReassignOwned,
  RefreshMatViewStmt: running.readRefresh,
  ReindexStmt: server.readReindex,
  RenameStmt: objects.readRename,
  RuleStmt: definitions.readCreateRule,
  SecLabelStmt: objects.readSecurityLabel,
  SelectStmt: readSelect,
  TransactionStmt: session.readTransaction,
  TruncateStmt: objects.readTruncate,
  UnlistenStmt: running.readUnlisten,
  UpdateStmt: changes.readUpdate,
  VacuumStmt: server.readVacuum,
  VariableSetStmt: session.readSet,
  VariableShowStmt: session.readShow,
  ViewStmt: tables.readCreateView,
};

/** Kinds that have a reader, for the test that compares them with the grammar. */
export function statementKinds(): readonly string[] {
  return Object.keys(READERS);
}

/** Reads a statement of any kind, at the top or inside another. */
export function readStatement(part: Part, scope: Scope): void {
  if (part.kind === 'ReturnStmt') {
    readParts(part, scope);
    return;
  }
  if (!isKnown(part.kind)) {
    emitUnknown(scope, `the statement ${part.kind} is not understood`);
    return;
  }
  castImplicitly(scope);
  dispatch(part.kind, part.fields, { ...scope, settingRow: settingRowOf(part, scope) });
  const command = commandOf(part);
  if (firesEventTriggers(part.kind)) fireEventTriggers(command, scope);
}

function isKnown(kind: string): kind is keyof Readers {
  return Object.hasOwn(READERS, kind);
}

function dispatch(kind: keyof Readers, fields: object, scope: Scope): void {
  READERS[kind](fields, scope);
}
