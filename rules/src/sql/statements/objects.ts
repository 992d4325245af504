/**
 * Names of objects in definitions, as effects show them.
 */

import type { Node, ObjectType, RangeVar } from '@pgsql/types';

import type { ObjectKind, ObjectName, OutsideTarget } from '../../facts/effect.ts';
import { resolveToDefine } from '../closure/read.ts';
import { isSystemSchema, toWrittenName } from '../names.ts';
import { emit } from '../scope.ts';
import type { Scope } from '../scope.ts';
import { allOf, as, stringOf, stringsOf } from '../syntax.ts';

/** An object without a schema. */
export function bareObject(kind: ObjectKind, name: string | undefined): ObjectName {
  return { kind, schema: null, name: name ?? '' };
}

/** A relation that is about to be made. A temporary one lives in `pg_temp`. */
export function createdRelation(relation: RangeVar, kind: ObjectKind, scope: Scope): ObjectName {
  const name = relation.relname ?? '';
  if (relation.relpersistence === 't') return { kind, schema: 'pg_temp', name };
  return { kind, schema: relation.schemaname ?? creationSchema(scope), name };
}

/** The schema in which unqualified new objects are put; null when that is not certain. */
export function creationSchema(scope: Scope): string | null {
  const { paths, any } = scope.paths;
  if (any) return null;
  const firsts = new Set(
    paths.map(
      (path) =>
        path.find((schema) => scope.index.schemas.has(schema) || isSystemSchema(schema)) ?? null,
    ),
  );
  const [first] = firsts;
  return firsts.size === 1 ? (first ?? null) : null;
}

/** Every relation that a name in a definition may mean; of the given kind where the catalog does not tell. */
export function relationObjects(
  relation: RangeVar | undefined,
  kind: ObjectKind,
  scope: Scope,
): ObjectName[] {
  if (relation === undefined) return [];
  return resolveToDefine(relation, scope).map(({ kind: how, object }) =>
    how === 'catalog' ? object : { ...object, kind },
  );
}

/** Options of a foreign table that make reading it run a program or read a file of the server (file_fdw). */
const REACHING_OPTIONS: ReadonlyMap<string, OutsideTarget> = new Map([
  ['program', 'program'],
  ['filename', 'server file'],
]);

/** Notes what a foreign table with these options reaches whenever it is read. */
export function useForeignOptions(options: readonly Node[] | undefined, scope: Scope): void {
  for (const { defname, arg } of allOf(options, 'DefElem')) {
    const target = REACHING_OPTIONS.get(defname ?? '');
    if (target !== undefined) emit(scope, { kind: 'outside', target, name: stringOf(arg) ?? '' });
  }
}

/** A qualified name in parts as a relation, for the statements that give it so. */
export function toRangeVar(parts: readonly string[]): RangeVar {
  const { schema, name } = toWrittenName(parts);
  return schema === null ? { relname: name } : { relname: name, schemaname: schema };
}

/** A qualified name in parts as an object. */
export function namedObject(kind: ObjectKind, parts: readonly string[], scope: Scope): ObjectName {
  const { schema, name } = toWrittenName(parts);
  return { kind, schema: schema ?? creationSchema(scope), name };
}

/** The parts of a name in any of the shapes that the grammar gives. */
export function namePartsOf(node: Node | undefined): string[] {
  const string = stringOf(node);
  if (string !== undefined) return [string];
  const list = as(node, 'List');
  if (list !== undefined) return (list.items ?? []).flatMap(namePartsOf);
  const withArgs = as(node, 'ObjectWithArgs');
  if (withArgs !== undefined) return stringsOf(withArgs.objname);
  const type = as(node, 'TypeName');
  if (type !== undefined) return stringsOf(type.names);
  const relation = as(node, 'RangeVar');
  if (relation === undefined) return [];
  return [relation.schemaname, relation.relname].filter((part) => part !== undefined);
}

interface ObjectWords {
  /** As effects name it. */
  readonly kind: ObjectKind;
  /** As command tags name it. */
  readonly tag: string;
  /** How many last parts of the name do not belong to the relation in front: `schema.table.trigger`. */
  readonly inRelation?: true;
  readonly relation?: true;
}

function words(kind: ObjectKind, tag: string): ObjectWords {
  return { kind, tag };
}

/** Every kind of object that definitions name. */
export const OBJECT_WORDS: Readonly<Record<ObjectType, ObjectWords>> = {
  OBJECT_ACCESS_METHOD: words('other', 'ACCESS METHOD'),
  OBJECT_AGGREGATE: words('function', 'AGGREGATE'),
  OBJECT_AMOP: words('other', 'OPERATOR'),
  OBJECT_AMPROC: words('other', 'FUNCTION'),
  OBJECT_ATTRIBUTE: words('type', 'TYPE'),
  OBJECT_CAST: words('cast', 'CAST'),
  OBJECT_COLUMN: words('table', 'TABLE'),
  OBJECT_COLLATION: words('other', 'COLLATION'),
  OBJECT_CONVERSION: words('other', 'CONVERSION'),
  OBJECT_DATABASE: words('database', 'DATABASE'),
  OBJECT_DEFAULT: words('table', 'TABLE'),
  OBJECT_DEFACL: words('role', 'DEFAULT PRIVILEGES'),
  OBJECT_DOMAIN: words('type', 'DOMAIN'),
  OBJECT_DOMCONSTRAINT: words('type', 'DOMAIN'),
  OBJECT_EVENT_TRIGGER: words('event trigger', 'EVENT TRIGGER'),
  OBJECT_EXTENSION: words('extension', 'EXTENSION'),
  OBJECT_FDW: words('other', 'FOREIGN DATA WRAPPER'),
  OBJECT_FOREIGN_SERVER: words('server', 'SERVER'),
  OBJECT_FOREIGN_TABLE: { kind: 'foreign table', tag: 'FOREIGN TABLE', relation: true },
  OBJECT_FUNCTION: words('function', 'FUNCTION'),
  OBJECT_INDEX: { kind: 'index', tag: 'INDEX', relation: true },
  OBJECT_LANGUAGE: words('other', 'LANGUAGE'),
  OBJECT_LARGEOBJECT: words('large object', 'LARGE OBJECT'),
  OBJECT_MATVIEW: { kind: 'materialized view', tag: 'MATERIALIZED VIEW', relation: true },
  OBJECT_OPCLASS: words('other', 'OPERATOR CLASS'),
  OBJECT_OPERATOR: words('operator', 'OPERATOR'),
  OBJECT_OPFAMILY: words('other', 'OPERATOR FAMILY'),
  OBJECT_PARAMETER_ACL: words('other', 'PARAMETER'),
  OBJECT_POLICY: { kind: 'policy', tag: 'POLICY', inRelation: true },
  OBJECT_PROCEDURE: words('function', 'PROCEDURE'),
  OBJECT_PUBLICATION: words('publication', 'PUBLICATION'),
  OBJECT_PUBLICATION_NAMESPACE: words('publication', 'PUBLICATION'),
  OBJECT_PUBLICATION_REL: words('publication', 'PUBLICATION'),
  OBJECT_ROLE: words('role', 'ROLE'),
  OBJECT_ROUTINE: words('function', 'ROUTINE'),
  OBJECT_RULE: { kind: 'rule', tag: 'RULE', inRelation: true },
  OBJECT_SCHEMA: words('schema', 'SCHEMA'),
  OBJECT_SEQUENCE: { kind: 'sequence', tag: 'SEQUENCE', relation: true },
  OBJECT_SUBSCRIPTION: words('subscription', 'SUBSCRIPTION'),
  OBJECT_STATISTIC_EXT: words('other', 'STATISTICS'),
  OBJECT_TABCONSTRAINT: words('table', 'TABLE'),
  OBJECT_TABLE: { kind: 'table', tag: 'TABLE', relation: true },
  OBJECT_TABLESPACE: words('tablespace', 'TABLESPACE'),
  OBJECT_TRANSFORM: words('other', 'TRANSFORM'),
  OBJECT_TRIGGER: { kind: 'trigger', tag: 'TRIGGER', inRelation: true },
  OBJECT_TSCONFIGURATION: words('other', 'TEXT SEARCH CONFIGURATION'),
  OBJECT_TSDICTIONARY: words('other', 'TEXT SEARCH DICTIONARY'),
  OBJECT_TSPARSER: words('other', 'TEXT SEARCH PARSER'),
  OBJECT_TSTEMPLATE: words('other', 'TEXT SEARCH TEMPLATE'),
  OBJECT_TYPE: words('type', 'TYPE'),
  OBJECT_USER_MAPPING: words('server', 'USER MAPPING'),
  OBJECT_VIEW: { kind: 'view', tag: 'VIEW', relation: true },
};

/** What an object type of the grammar is called. */
export function wordsFor(type: ObjectType | undefined): ObjectWords {
  return type === undefined ? words('other', 'OBJECT') : OBJECT_WORDS[type];
}

/** Everything that a name of that type of object may mean. */
export function objectsOf(
  type: ObjectType | undefined,
  node: Node | undefined,
  scope: Scope,
): ObjectName[] {
  const { kind, relation, inRelation } = wordsFor(type);
  const parts = namePartsOf(node);
  if (relation === true) return relationObjects(toRangeVar(parts), kind, scope);
  if (inRelation === true) {
    const table = toRangeVar(parts.slice(0, -1));
    const name = `${parts.at(-1) ?? ''} on ${table.relname ?? ''}`;
    return relationObjects(table, 'table', scope).map(({ schema }) => ({ kind, schema, name }));
  }
  if (kind === 'function' || kind === 'type' || kind === 'operator') {
    return [namedObject(kind, parts, scope)];
  }
  return [{ kind, schema: parts.at(-2) ?? null, name: parts.at(-1) ?? '' }];
}
