/**
 * What the grammar's output looks like where the output itself does not say: which node kinds exist, and which fields
 * hold a node without its name around it. Generated once from `@pgsql/types` and held against it by a test.
 * A kind that is not listed here is never treated as harmless.
 */

/** Kinds that a raw syntax tree may hold beside statements. Everything else is the planner's and never parsed. */
export const PART_NODES: ReadonlySet<string> = new Set(
  `
  Integer Float Boolean String BitString List A_Const Alias RangeVar IntoClause GroupingFunc
  MergeSupportFunc NamedArgExpr BoolExpr SubLink CollateExpr CaseExpr CaseWhen RowExpr
  CoalesceExpr MinMaxExpr SQLValueFunction XmlExpr JsonFormat JsonReturning JsonValueExpr
  JsonIsPredicate JsonBehavior NullTest BooleanTest SetToDefault CurrentOfExpr JoinExpr TypeName
  ColumnRef ParamRef A_Expr TypeCast CollateClause RoleSpec FuncCall A_Star A_Indices
  A_Indirection A_ArrayExpr ResTarget MultiAssignRef SortBy WindowDef RangeSubselect
  RangeFunction RangeTableFunc RangeTableFuncCol RangeTableSample ColumnDef TableLikeClause
  IndexElem DefElem LockingClause XmlSerialize PartitionElem PartitionSpec PartitionBoundSpec
  PartitionRangeDatum PartitionCmd GroupingSet WithClause InferClause OnConflictClause
  CTESearchClause CTECycleClause CommonTableExpr MergeWhenClause ReturningOption ReturningClause
  TriggerTransition JsonOutput JsonArgument JsonFuncExpr JsonTablePathSpec JsonTable
  JsonTableColumn JsonKeyValue JsonParseExpr JsonScalarExpr JsonSerializeExpr
  JsonObjectConstructor JsonArrayConstructor JsonArrayQueryConstructor JsonAggConstructor
  JsonObjectAgg JsonArrayAgg AlterTableCmd ATAlterConstraint ObjectWithArgs AccessPriv
  Constraint CreateOpClassItem StatsElem FunctionParameter VacuumRelation PublicationTable
  PublicationObjSpec
  `
    .trim()
    .split(/\s+/u),
);

/** Statement kinds that appear inside others or not at all, never at the top of a message. */
export const INNER_STATEMENTS: ReadonlySet<string> = new Set([
  'PLAssignStmt',
  'RawStmt',
  'ReplicaIdentityStmt',
  'ReturnStmt',
  'SetOperationStmt',
]);

/** `Struct.field kind`, one line each: fields whose value is the bare node of that kind. */
const BARE_FIELDS = `
  A_Const.boolval Boolean
  A_Const.bsval BitString
  A_Const.fval Float
  A_Const.ival Integer
  A_Const.sval String
  AlterDatabaseSetStmt.setstmt VariableSetStmt
  AlterDefaultPrivilegesStmt.action GrantStmt
  AlterFunctionStmt.func ObjectWithArgs
  AlterObjectDependsStmt.extname String
  AlterObjectDependsStmt.relation RangeVar
  AlterObjectSchemaStmt.relation RangeVar
  AlterOperatorStmt.opername ObjectWithArgs
  AlterOwnerStmt.newowner RoleSpec
  AlterOwnerStmt.relation RangeVar
  AlterPolicyStmt.table RangeVar
  AlterRoleSetStmt.role RoleSpec
  AlterRoleSetStmt.setstmt VariableSetStmt
  AlterRoleStmt.role RoleSpec
  AlterSeqStmt.sequence RangeVar
  AlterSystemStmt.setstmt VariableSetStmt
  AlterTableCmd.newowner RoleSpec
  AlterTableStmt.relation RangeVar
  AlterUserMappingStmt.user RoleSpec
  CallStmt.funccall FuncCall
  ClusterStmt.relation RangeVar
  ColumnDef.collClause CollateClause
  ColumnDef.identitySequence RangeVar
  ColumnDef.typeName TypeName
  CommonTableExpr.cycle_clause CTECycleClause
  CommonTableExpr.search_clause CTESearchClause
  CompositeTypeStmt.typevar RangeVar
  Constraint.pktable RangeVar
  CopyStmt.relation RangeVar
  CreateCastStmt.func ObjectWithArgs
  CreateCastStmt.sourcetype TypeName
  CreateCastStmt.targettype TypeName
  CreateDomainStmt.collClause CollateClause
  CreateDomainStmt.typeName TypeName
  CreateForeignTableStmt.base CreateStmt
  CreateFunctionStmt.returnType TypeName
  CreateOpClassItem.name ObjectWithArgs
  CreateOpClassItem.storedtype TypeName
  CreateOpClassStmt.datatype TypeName
  CreatePolicyStmt.table RangeVar
  CreateSchemaStmt.authrole RoleSpec
  CreateSeqStmt.sequence RangeVar
  CreateStmt.ofTypename TypeName
  CreateStmt.partbound PartitionBoundSpec
  CreateStmt.partspec PartitionSpec
  CreateStmt.relation RangeVar
  CreateTableAsStmt.into IntoClause
  CreateTableSpaceStmt.owner RoleSpec
  CreateTransformStmt.fromsql ObjectWithArgs
  CreateTransformStmt.tosql ObjectWithArgs
  CreateTransformStmt.type_name TypeName
  CreateTrigStmt.constrrel RangeVar
  CreateTrigStmt.relation RangeVar
  CreateUserMappingStmt.user RoleSpec
  DeleteStmt.relation RangeVar
  DeleteStmt.returningClause ReturningClause
  DeleteStmt.withClause WithClause
  DropUserMappingStmt.user RoleSpec
  FuncCall.over WindowDef
  FunctionParameter.argType TypeName
  GrantRoleStmt.grantor RoleSpec
  GrantStmt.grantor RoleSpec
  IndexStmt.relation RangeVar
  InsertStmt.onConflictClause OnConflictClause
  InsertStmt.relation RangeVar
  InsertStmt.returningClause ReturningClause
  InsertStmt.withClause WithClause
  IntoClause.rel RangeVar
  JoinExpr.alias Alias
  JoinExpr.join_using_alias Alias
  JsonAggConstructor.output JsonOutput
  JsonAggConstructor.over WindowDef
  JsonArgument.val JsonValueExpr
  JsonArrayAgg.arg JsonValueExpr
  JsonArrayAgg.constructor JsonAggConstructor
  JsonArrayConstructor.output JsonOutput
  JsonArrayQueryConstructor.format JsonFormat
  JsonArrayQueryConstructor.output JsonOutput
  JsonFuncExpr.context_item JsonValueExpr
  JsonFuncExpr.on_empty JsonBehavior
  JsonFuncExpr.on_error JsonBehavior
  JsonFuncExpr.output JsonOutput
  JsonIsPredicate.format JsonFormat
  JsonKeyValue.value JsonValueExpr
  JsonObjectAgg.arg JsonKeyValue
  JsonObjectAgg.constructor JsonAggConstructor
  JsonObjectConstructor.output JsonOutput
  JsonOutput.returning JsonReturning
  JsonOutput.typeName TypeName
  JsonParseExpr.expr JsonValueExpr
  JsonParseExpr.output JsonOutput
  JsonReturning.format JsonFormat
  JsonScalarExpr.output JsonOutput
  JsonSerializeExpr.expr JsonValueExpr
  JsonSerializeExpr.output JsonOutput
  JsonTable.alias Alias
  JsonTable.context_item JsonValueExpr
  JsonTable.on_error JsonBehavior
  JsonTable.pathspec JsonTablePathSpec
  JsonTableColumn.format JsonFormat
  JsonTableColumn.on_empty JsonBehavior
  JsonTableColumn.on_error JsonBehavior
  JsonTableColumn.pathspec JsonTablePathSpec
  JsonTableColumn.typeName TypeName
  JsonValueExpr.format JsonFormat
  MergeStmt.relation RangeVar
  MergeStmt.returningClause ReturningClause
  MergeStmt.withClause WithClause
  OnConflictClause.infer InferClause
  PLAssignStmt.val SelectStmt
  PartitionCmd.bound PartitionBoundSpec
  PartitionCmd.name RangeVar
  PublicationObjSpec.pubtable PublicationTable
  PublicationTable.relation RangeVar
  RangeFunction.alias Alias
  RangeSubselect.alias Alias
  RangeTableFunc.alias Alias
  RangeTableFuncCol.typeName TypeName
  RangeVar.alias Alias
  ReassignOwnedStmt.newrole RoleSpec
  RefreshMatViewStmt.relation RangeVar
  ReindexStmt.relation RangeVar
  RenameStmt.relation RangeVar
  RuleStmt.relation RangeVar
  SelectStmt.intoClause IntoClause
  SelectStmt.larg SelectStmt
  SelectStmt.rarg SelectStmt
  SelectStmt.withClause WithClause
  TableLikeClause.relation RangeVar
  TypeCast.typeName TypeName
  UpdateStmt.relation RangeVar
  UpdateStmt.returningClause ReturningClause
  UpdateStmt.withClause WithClause
  VacuumRelation.relation RangeVar
  ViewStmt.view RangeVar
  XmlSerialize.typeName TypeName
`;

const BY_STRUCT = new Map<string, Map<string, string>>();
for (const line of BARE_FIELDS.trim().split('\n')) {
  const [path = '', kind = ''] = line.trim().split(' ');
  const [struct = '', field = ''] = path.split('.');
  const fields = BY_STRUCT.get(struct) ?? new Map<string, string>();
  fields.set(field, kind);
  BY_STRUCT.set(struct, fields);
}

/** Kind of the bare node in that field; undefined when the table does not know the field. */
export function bareFieldKind(struct: string, field: string): string | undefined {
  return BY_STRUCT.get(struct)?.get(field);
}

/** Every entry as `Struct.field kind`, for the test that holds the table against the types. */
export function bareFields(): readonly string[] {
  return BARE_FIELDS.trim()
    .split('\n')
    .map((line) => line.trim());
}
