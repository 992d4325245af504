/**
 * ALTER TABLE and its kin, subcommand by subcommand: what each takes away and which expressions it runs.
 */

import type { AlterTableCmd, AlterTableStmt, AlterTableType, ColumnDef, Node } from '@pgsql/types';

import type { Loss, ObjectName } from '../../facts/effect.ts';
import type { CatalogRelation } from '../catalog.ts';
import { resolveToDefine } from '../closure/read.ts';
import { storeValues } from '../closure/write.ts';
import type { ResolvedRelation } from '../names.ts';
import { emit, emitUnknown, readNode } from '../scope.ts';
import type { Scope } from '../scope.ts';
import { allOf, as, stringsOf } from '../syntax.ts';
import { useForeignOptions, wordsFor } from './objects.ts';

interface Change {
  /** In words; the column or constraint is added behind it. */
  readonly action: string;
  readonly loss: Loss;
  /** It changes who may do what. */
  readonly privilege?: true;
  /** Rows are checked or rewritten with the expressions that the table has already. */
  readonly rewrites?: true;
}

function change(action: string, loss: Loss = 'none'): Change {
  return { action, loss };
}

function rewrite(action: string, loss: Loss = 'none'): Change {
  return { action, loss, rewrites: true };
}

function privilege(action: string): Change {
  return { action, loss: 'none', privilege: true };
}

/** Every subcommand that the grammar knows. Those that only the server makes for itself are not understood. */
const CHANGES: Readonly<Record<AlterTableType, Change | null>> = {
  AT_AddColumn: change('add column'),
  AT_AddColumnToView: null,
  AT_ColumnDefault: change('set default'),
  AT_CookedColumnDefault: null,
  AT_DropNotNull: change('drop not null'),
  AT_SetNotNull: change('set not null'),
  AT_SetExpression: rewrite('set expression', 'data'),
  AT_DropExpression: change('drop expression'),
  AT_SetStatistics: change('set statistics'),
  AT_SetOptions: change('set column options'),
  AT_ResetOptions: change('reset column options'),
  AT_SetStorage: change('set storage'),
  AT_SetCompression: change('set compression'),
  AT_DropColumn: change('drop column', 'data'),
  AT_AddIndex: null,
  AT_ReAddIndex: null,
  AT_AddConstraint: change('add constraint'),
  AT_ReAddConstraint: null,
  AT_ReAddDomainConstraint: null,
  AT_AlterConstraint: change('alter constraint'),
  AT_ValidateConstraint: rewrite('validate constraint'),
  AT_AddIndexConstraint: null,
  AT_DropConstraint: change('drop constraint'),
  AT_ReAddComment: null,
  AT_AlterColumnType: rewrite('change the type of column', 'data'),
  AT_AlterColumnGenericOptions: change('set foreign options of column', 'access'),
  AT_ChangeOwner: privilege('change the owner'),
  AT_ClusterOn: change('cluster on'),
  AT_DropCluster: change('set without cluster'),
  AT_SetLogged: rewrite('set logged'),
  // What is not logged is gone after a crash.
  AT_SetUnLogged: rewrite('set unlogged', 'data'),
  AT_DropOids: change('set without oids'),
  AT_SetAccessMethod: rewrite('set access method'),
  AT_SetTableSpace: change('set tablespace'),
  AT_SetRelOptions: change('set options'),
  AT_ResetRelOptions: change('reset options'),
  AT_ReplaceRelOptions: null,
  AT_EnableTrig: change('enable trigger'),
  AT_EnableAlwaysTrig: change('enable always trigger'),
  AT_EnableReplicaTrig: change('enable replica trigger', 'access'),
  AT_DisableTrig: change('disable trigger', 'access'),
  AT_EnableTrigAll: change('enable trigger all'),
  AT_DisableTrigAll: change('disable trigger all', 'access'),
  AT_EnableTrigUser: change('enable trigger user'),
  AT_DisableTrigUser: change('disable trigger user', 'access'),
  AT_EnableRule: change('enable rule'),
  AT_EnableAlwaysRule: change('enable always rule'),
  AT_EnableReplicaRule: change('enable replica rule', 'access'),
  AT_DisableRule: change('disable rule', 'access'),
  AT_AddInherit: change('inherit'),
  AT_DropInherit: change('no inherit', 'access'),
  AT_AddOf: change('of type'),
  AT_DropOf: change('not of type'),
  AT_ReplicaIdentity: change('replica identity'),
  AT_EnableRowSecurity: change('enable row level security', 'access'),
  AT_DisableRowSecurity: privilege('disable row level security'),
  AT_ForceRowSecurity: change('force row level security', 'access'),
  AT_NoForceRowSecurity: privilege('no force row level security'),
  AT_GenericOptions: change('set foreign options', 'access'),
  AT_AttachPartition: rewrite('attach partition'),
  AT_DetachPartition: change('detach partition', 'access'),
  AT_DetachPartitionFinalize: change('detach partition', 'access'),
  AT_AddIdentity: change('add identity'),
  AT_SetIdentity: change('set identity'),
  AT_DropIdentity: change('drop identity'),
  AT_ReAddStatistics: null,
};

/** Reads ALTER TABLE, ALTER INDEX, ALTER VIEW, ALTER SEQUENCE, ALTER FOREIGN TABLE, ALTER TYPE of a composite type. */
export function readAlterTable(statement: AlterTableStmt, scope: Scope): void {
  if (statement.relation === undefined) return;
  const { kind } = wordsFor(statement.objtype);
  for (const target of resolveToDefine(statement.relation, scope)) {
    const object = target.kind === 'catalog' ? target.object : { ...target.object, kind };
    if (target.kind === 'system') emit(scope, { kind: 'catalog write', object });
    for (const node of statement.cmds ?? []) {
      const command = as(node, 'AlterTableCmd');
      if (command !== undefined) alter(command, { target, object }, scope);
    }
  }
  for (const node of statement.cmds ?? []) {
    const command = as(node, 'AlterTableCmd');
    readNode(command?.def, scope);
    if (command?.subtype === 'AT_GenericOptions') {
      useForeignOptions(as(command.def, 'List')?.items, scope);
    }
  }
}

interface Altered {
  readonly target: ResolvedRelation;
  readonly object: ObjectName;
}

function alter(command: AlterTableCmd, { target, object }: Altered, scope: Scope): void {
  const known = command.subtype === undefined ? null : CHANGES[command.subtype];
  if (known === null) {
    emitUnknown(scope, `the change ${command.subtype ?? ''} of ${object.name} is not understood`);
    return;
  }
  const relation = target.kind === 'catalog' ? target.relation : undefined;
  const action = describe(command, known, target.kind === 'own');
  if (known.privilege === true) emit(scope, { kind: 'privilege', object, action });
  else emit(scope, { kind: 'alter', object, action, loss: lossOf(command, known, relation) });
  if (known.rewrites === true && relation !== undefined) storeValues(relation, scope, 'none');
}

function describe(command: AlterTableCmd, known: Change, own: boolean): string {
  const column = as(command.def, 'ColumnDef');
  const constraint = as(command.def, 'Constraint');
  const partition = as(command.def, 'PartitionCmd');
  const name = command.name ?? column?.colname ?? constraint?.conname ?? partition?.name?.relname;
  if (command.subtype === 'AT_ColumnDefault' && command.def === undefined) {
    return `drop default ${name ?? ''}`;
  }
  // On a table that others use a cascade changes what deleting elsewhere does; a table made a moment ago is empty.
  const action =
    !own && addsCascade(command.def) ? known.action.replace('add', 'add cascading') : known.action;
  return name === undefined ? action : `${action} ${name}`;
}

/** Actions of a foreign key that do nothing to other rows: NO ACTION and RESTRICT. */
const QUIET_ACTIONS: ReadonlySet<string> = new Set(['a', 'r']);

/** Whether a definition brings a foreign key that changes rows of this table when others are deleted or change. */
function addsCascade(definition: Node | undefined): boolean {
  const column = as(definition, 'ColumnDef')?.constraints ?? [];
  const constraints = allOf(
    definition === undefined ? column : [definition, ...column],
    'Constraint',
  );
  return constraints.some(
    ({ contype, fk_del_action = 'a', fk_upd_action = 'a' }) =>
      contype === 'CONSTR_FOREIGN' &&
      !(QUIET_ACTIONS.has(fk_del_action) && QUIET_ACTIONS.has(fk_upd_action)),
  );
}

function lossOf(
  command: AlterTableCmd,
  known: Change,
  relation: CatalogRelation | undefined,
): Loss {
  if (command.subtype === 'AT_AlterColumnType' && isWidening(command, relation)) return 'none';
  // Options of a view decide as whom and past which checks it reads.
  const options =
    command.subtype === 'AT_SetRelOptions' || command.subtype === 'AT_ResetRelOptions';
  return options && relation?.kind === 'view' ? 'access' : known.loss;
}

/** Types of the server by number, and the types that hold each of their values unchanged. */
const WIDER: ReadonlyMap<string, readonly string[]> = new Map([
  ['21', ['int2', 'int4', 'int8', 'numeric']],
  ['23', ['int4', 'int8', 'numeric']],
  ['20', ['int8', 'numeric']],
  ['700', ['float4', 'float8']],
  ['1043', ['text']],
  ['25', ['text']],
]);

/** Whether a change of type keeps every value as it is: no USING, no length, and a type that holds more. */
function isWidening(command: AlterTableCmd, relation: CatalogRelation | undefined): boolean {
  const definition: ColumnDef | undefined = as(command.def, 'ColumnDef');
  const type = definition?.typeName;
  if (definition === undefined || definition.raw_default !== undefined || type === undefined) {
    return false;
  }
  const before = relation?.columns.find(({ name }) => name === command.name)?.type;
  const after = stringsOf(type.names).at(-1) ?? '';
  const plain = type.typmods === undefined && type.arrayBounds === undefined;
  return plain && before !== undefined && (WIDER.get(before)?.includes(after) ?? false);
}
