/**
 * Statements that define what other statements will run: functions, triggers, rules, types, operators, casts, extensions.
 * The definition itself runs nothing; what it does is followed when something reaches it.
 */

import type {
  AlterCollationStmt,
  AlterEventTrigStmt,
  AlterExtensionContentsStmt,
  AlterExtensionStmt,
  AlterFunctionStmt,
  AlterOpFamilyStmt,
  AlterOperatorStmt,
  AlterStatsStmt,
  AlterTSConfigurationStmt,
  AlterTSDictionaryStmt,
  AlterTypeStmt,
  CompositeTypeStmt,
  CreateAmStmt,
  CreateCastStmt,
  CreateConversionStmt,
  CreateDomainStmt,
  CreateEnumStmt,
  CreateEventTrigStmt,
  CreateExtensionStmt,
  CreateFunctionStmt,
  CreateOpClassStmt,
  CreateOpFamilyStmt,
  CreatePLangStmt,
  CreateRangeStmt,
  CreateSchemaStmt,
  CreateStatsStmt,
  CreateTransformStmt,
  CreateTrigStmt,
  DefineStmt,
  Node,
  RuleStmt,
} from '@pgsql/types';

import type { Loss, ObjectName } from '../../facts/effect.ts';
import { followFunction } from '../closure/functions.ts';
import { functionCandidates, toWrittenName } from '../names.ts';
import { emit, emitUnknown, readNode, readNodes, readParts } from '../scope.ts';
import type { Scope } from '../scope.ts';
import { allOf, stringOf, stringsOf } from '../syntax.ts';
import { bareObject, namedObject, namePartsOf, relationObjects, wordsFor } from './objects.ts';

function create(object: ObjectName, scope: Scope): void {
  emit(scope, { kind: 'create', object });
}

function alter(object: ObjectName, action: string, loss: Loss, scope: Scope): void {
  emit(scope, { kind: 'alter', object, action, loss });
}

/** Code in C or its equal: whoever defines it decides what the server does. */
function createCode(name: string, what: string, scope: Scope): void {
  create(bareObject('other', name), scope);
  emitUnknown(scope, `${what} brings code into the server that cannot be seen through`);
}

const READABLE_LANGUAGES: ReadonlySet<string> = new Set(['sql', 'plpgsql']);

/** Reads CREATE FUNCTION and CREATE PROCEDURE. */
export function readCreateFunction(statement: CreateFunctionStmt, scope: Scope): void {
  create(namedObject('function', stringsOf(statement.funcname), scope), scope);
  const option = allOf(statement.options, 'DefElem').find(({ defname }) => defname === 'language');
  const language = stringOf(option?.arg) ?? 'sql';
  if (!READABLE_LANGUAGES.has(language.toLowerCase())) {
    emitUnknown(scope, `a function in ${language} cannot be seen through`);
  }
}

/** Reads ALTER FUNCTION: options may raise what it is allowed to do. */
export function readAlterFunction(statement: AlterFunctionStmt, scope: Scope): void {
  const object = namedObject('function', stringsOf(statement.func?.objname), scope);
  const options = allOf(statement.actions, 'DefElem').map(({ defname }) => defname ?? '');
  const raises = options.some((option) => ['security', 'leakproof', 'support'].includes(option));
  const action = `set ${options.join(', ')}`;
  if (raises) emit(scope, { kind: 'privilege', object, action });
  alter(object, action, 'none', scope);
}

/** Reads CREATE TRIGGER. */
export function readCreateTrigger(statement: CreateTrigStmt, scope: Scope): void {
  for (const table of relationObjects(statement.relation, 'table', scope)) {
    const name = `${statement.trigname ?? ''} on ${table.name}`;
    create({ kind: 'trigger', schema: table.schema, name }, scope);
  }
}

/** Reads CREATE RULE. A rule with INSTEAD takes the place of what others meant to do. */
export function readCreateRule(statement: RuleStmt, scope: Scope): void {
  for (const table of relationObjects(statement.relation, 'table', scope)) {
    const name = `${statement.rulename ?? ''} on ${table.name}`;
    create({ kind: 'rule', schema: table.schema, name }, scope);
    if (statement.instead === true)
      alter(table, `create rule ${statement.rulename ?? ''}`, 'access', scope);
  }
}

/** Reads CREATE EVENT TRIGGER. */
export function readCreateEventTrigger(statement: CreateEventTrigStmt, scope: Scope): void {
  create(bareObject('event trigger', statement.trigname), scope);
}

/** Reads ALTER EVENT TRIGGER: enabling and disabling. */
export function readAlterEventTrigger(statement: AlterEventTrigStmt, scope: Scope): void {
  const disables = statement.tgenabled === 'D';
  const action = disables ? 'disable' : 'enable';
  alter(bareObject('event trigger', statement.trigname), action, 'access', scope);
}

/** Reads CREATE EXTENSION: a script that runs as whoever may. */
export function readCreateExtension(statement: CreateExtensionStmt, scope: Scope): void {
  create(bareObject('extension', statement.extname), scope);
}

/** Reads ALTER EXTENSION ... UPDATE. */
export function readAlterExtension(statement: AlterExtensionStmt, scope: Scope): void {
  alter(bareObject('extension', statement.extname), 'update', 'none', scope);
  emitUnknown(scope, 'the script of an extension cannot be seen through');
}

/** Reads ALTER EXTENSION ... ADD and DROP. */
export function readExtensionContents(statement: AlterExtensionContentsStmt, scope: Scope): void {
  alter(bareObject('extension', statement.extname), 'change what belongs to it', 'access', scope);
}

/** Reads CREATE SCHEMA with the objects made along with it. */
export function readCreateSchema(statement: CreateSchemaStmt, scope: Scope): void {
  const name = statement.schemaname ?? statement.authrole?.rolename;
  create(bareObject('schema', name), scope);
  readNodes(statement.schemaElts, scope);
}

/** Reads CREATE AGGREGATE, OPERATOR, TYPE, COLLATION and the parts of text search. */
export function readDefine(statement: DefineStmt, scope: Scope): void {
  const { kind, tag } = wordsFor(statement.kind);
  create(namedObject(kind, stringsOf(statement.defnames), scope), scope);
  const inCode = ['OBJECT_TSPARSER', 'OBJECT_TSTEMPLATE'].includes(statement.kind ?? '');
  const base = statement.kind === 'OBJECT_TYPE' && statement.definition !== undefined;
  if (inCode || base) emitUnknown(scope, `${tag} brings functions that run unseen`);
}

/** Reads CREATE TYPE ... AS (...). */
export function readCompositeType(statement: CompositeTypeStmt, scope: Scope): void {
  const parts = [statement.typevar?.schemaname, statement.typevar?.relname];
  create(
    namedObject(
      'type',
      parts.filter((part) => part !== undefined),
      scope,
    ),
    scope,
  );
  readNodes(statement.coldeflist, scope);
}

const RANGE_FUNCTIONS: ReadonlySet<string> = new Set(['canonical', 'subtype_diff']);

/** Follows every function that a name in a definition may mean. */
function followNamed(name: Node | undefined, scope: Scope): void {
  const written = toWrittenName(namePartsOf(name));
  for (const target of functionCandidates(written, scope)) followFunction(target, scope);
}

/** Reads CREATE TYPE ... AS ENUM. */
export function readCreateEnum(statement: CreateEnumStmt, scope: Scope): void {
  create(namedObject('type', stringsOf(statement.typeName), scope), scope);
}

/** Reads CREATE TYPE ... AS RANGE: with the type of its bounds and its functions, which are written like types. */
export function readCreateRange(statement: CreateRangeStmt, scope: Scope): void {
  create(namedObject('type', stringsOf(statement.typeName), scope), scope);
  for (const { defname, arg } of allOf(statement.params, 'DefElem')) {
    if (defname === 'subtype') readNode(arg, scope);
    else if (RANGE_FUNCTIONS.has(defname ?? '')) followNamed(arg, scope);
  }
}

/** Reads CREATE DOMAIN. Its checks run wherever it is used, before the catalog may show it: what they call counts here. */
export function readCreateDomain(statement: CreateDomainStmt, scope: Scope): void {
  create(namedObject('type', stringsOf(statement.domainname), scope), scope);
  readParts({ kind: 'CreateDomainStmt', fields: statement }, scope, ['domainname']);
}

/** Reads ALTER TYPE ... SET, which exchanges functions of a base type. */
export function readAlterType(statement: AlterTypeStmt, scope: Scope): void {
  alter(namedObject('type', stringsOf(statement.typeName), scope), 'set', 'none', scope);
  emitUnknown(scope, 'functions of a type run unseen');
}

/** Reads CREATE CAST. */
export function readCreateCast(statement: CreateCastStmt, scope: Scope): void {
  const from = stringsOf(statement.sourcetype?.names).join('.');
  const to = stringsOf(statement.targettype?.names).join('.');
  create(bareObject('cast', `${from} as ${to}`), scope);
}

/** Reads CREATE TRANSFORM. */
export function readCreateTransform(statement: CreateTransformStmt, scope: Scope): void {
  createCode(
    `transform for ${stringsOf(statement.type_name?.names).join('.')}`,
    'a transform',
    scope,
  );
}

/** Reads CREATE CONVERSION. */
export function readCreateConversion(statement: CreateConversionStmt, scope: Scope): void {
  createCode(stringsOf(statement.conversion_name).join('.'), 'a conversion', scope);
}

/** Reads CREATE ACCESS METHOD. */
export function readCreateAccessMethod(statement: CreateAmStmt, scope: Scope): void {
  createCode(statement.amname ?? '', 'an access method', scope);
}

/** Reads CREATE LANGUAGE. */
export function readCreateLanguage(statement: CreatePLangStmt, scope: Scope): void {
  createCode(statement.plname ?? '', 'a language', scope);
}

/** Reads CREATE OPERATOR CLASS: its functions run in sorting, grouping and indexes. */
export function readCreateOperatorClass(statement: CreateOpClassStmt, scope: Scope): void {
  createCode(stringsOf(statement.opclassname).join('.'), 'an operator class', scope);
}

/** Reads CREATE OPERATOR FAMILY. */
export function readCreateOperatorFamily(statement: CreateOpFamilyStmt, scope: Scope): void {
  create(bareObject('other', stringsOf(statement.opfamilyname).join('.')), scope);
}

/** Reads ALTER OPERATOR FAMILY. */
export function readAlterOperatorFamily(statement: AlterOpFamilyStmt, scope: Scope): void {
  alter(
    bareObject('other', stringsOf(statement.opfamilyname).join('.')),
    'change members',
    'none',
    scope,
  );
  emitUnknown(scope, 'functions of an operator family run unseen');
}

/** Reads ALTER OPERATOR ... SET. */
export function readAlterOperator(statement: AlterOperatorStmt, scope: Scope): void {
  alter(
    namedObject('operator', stringsOf(statement.opername?.objname), scope),
    'set',
    'none',
    scope,
  );
  emitUnknown(scope, 'functions that estimate for an operator run unseen');
}

/** Reads CREATE STATISTICS: its expressions run whenever the table is analysed. */
export function readCreateStatistics(statement: CreateStatsStmt, scope: Scope): void {
  create(bareObject('other', stringsOf(statement.defnames).join('.')), scope);
  readNodes(statement.exprs, scope);
}

/** Reads ALTER STATISTICS. */
export function readAlterStatistics(statement: AlterStatsStmt, scope: Scope): void {
  alter(
    bareObject('other', stringsOf(statement.defnames).join('.')),
    'set statistics',
    'none',
    scope,
  );
}

/** Reads ALTER COLLATION ... REFRESH VERSION. */
export function readAlterCollation(statement: AlterCollationStmt, scope: Scope): void {
  alter(
    bareObject('other', stringsOf(statement.collname).join('.')),
    'refresh version',
    'none',
    scope,
  );
}

/** Reads ALTER TEXT SEARCH DICTIONARY. */
export function readAlterDictionary(statement: AlterTSDictionaryStmt, scope: Scope): void {
  alter(bareObject('other', stringsOf(statement.dictname).join('.')), 'set', 'none', scope);
}

/** Reads ALTER TEXT SEARCH CONFIGURATION. */
export function readAlterConfiguration(statement: AlterTSConfigurationStmt, scope: Scope): void {
  alter(bareObject('other', stringsOf(statement.cfgname).join('.')), 'set', 'none', scope);
}
