/**
 * Makes the few kinds of nodes that rewriting puts into a tree, exactly as the grammar would give them: what comes out
 * is written as text, parsed again and compared, so a node that is shaped otherwise refuses the statement.
 */

import type { Node, RangeVar, SelectStmt, TypeName } from '@pgsql/types';
import { BUILTIN_TYPES } from '../sql/closure/builtin-types.ts';
import type { CatalogIndex } from '../sql/catalog-index.ts';
import type { Oid } from '../sql/catalog.ts';

/** A copy that may be changed. */
export function copyOf<Value extends object>(value: Value): Value {
  return structuredClone(value);
}

export function stringNode(text: string): Node {
  return { String: { sval: text } };
}

/** A column by its name, qualified or not. */
export function columnNode(...names: readonly string[]): Node {
  return { ColumnRef: { fields: names.map(stringNode) } };
}

export function targetNode(val: Node, name?: string): Node {
  return { ResTarget: name === undefined ? { val } : { name, val } };
}

export function textLiteral(text: string): Node {
  return { A_Const: { sval: { sval: text } } };
}

export function castNode(arg: Node, typeName: TypeName): Node {
  return { TypeCast: { arg, typeName } };
}

/** All of them; the only one as it is. */
export function allOfNodes(nodes: readonly Node[]): Node {
  const [only] = nodes;
  if (nodes.length === 1 && only !== undefined) return only;
  const args = nodes.flatMap((node) => andArguments(node));
  return { BoolExpr: { boolop: 'AND_EXPR', args } };
}

/** The grammar keeps one list for a chain of ANDs. */
function andArguments(node: Node): Node[] {
  if ('BoolExpr' in node && node.BoolExpr.boolop === 'AND_EXPR') return node.BoolExpr.args ?? [];
  return [node];
}

/** `CASE WHEN condition THEN result ELSE otherwise END`. */
export function caseNode(condition: Node, result: Node, otherwise?: Node): Node {
  const args: Node[] = [{ CaseWhen: { expr: condition, result } }];
  return { CaseExpr: otherwise === undefined ? { args } : { args, defresult: otherwise } };
}

export function booleanNode(value: boolean): Node {
  return { A_Const: { boolval: value ? { boolval: true } : {} } };
}

/** A call of a function that came with the server. */
export function systemCall(name: string, args: Node[]): Node {
  const funcname = ['pg_catalog', name].map(stringNode);
  return { FuncCall: { funcname, args, funcformat: 'COERCE_EXPLICIT_CALL' } };
}

/** `SELECT targets [FROM from] [WHERE condition] [OFFSET 0]`. */
export function selectNode(parts: {
  readonly targets: Node[];
  readonly from?: Node[];
  readonly where?: Node | null;
  readonly fence?: boolean;
}): SelectStmt {
  return {
    targetList: parts.targets,
    ...(parts.from === undefined ? {} : { fromClause: parts.from }),
    ...(parts.where == null ? {} : { whereClause: parts.where }),
    ...(parts.fence === true
      ? { limitOffset: { A_Const: { ival: {} } }, limitOption: 'LIMIT_OPTION_COUNT' as const }
      : { limitOption: 'LIMIT_OPTION_DEFAULT' as const }),
    op: 'SETOP_NONE',
  };
}

/** A relation by its schema and name, without an alias. */
export function relationNode(schema: string, name: string, inherits: boolean): RangeVar {
  const range: RangeVar = { schemaname: schema, relname: name, relpersistence: 'p' };
  return inherits ? { ...range, inh: true } : range;
}

/** Types that the grammar has words for, which it turns into names in pg_catalog. */
const KEYWORD_TYPES: ReadonlySet<string> = new Set(
  'int2 int4 int8 float4 float8 numeric bool varchar bpchar timestamp timestamptz time timetz interval'.split(
    ' ',
  ),
);

const BUILTIN_NAMES: ReadonlyMap<Oid, string> = new Map(
  [...BUILTIN_TYPES].map(([name, oid]): [Oid, string] => [oid, name]),
);

/** The name of a type that came with the server; undefined for any other. */
export function builtinTypeName(oid: Oid): string | undefined {
  return BUILTIN_NAMES.get(oid);
}

/** A type by its number, without length or precision; null when it is not known. */
export function typeNode(oid: Oid, index: CatalogIndex): TypeName | null {
  const builtin = BUILTIN_NAMES.get(oid);
  if (builtin !== undefined) {
    const names = KEYWORD_TYPES.has(builtin) ? ['pg_catalog', builtin] : [builtin];
    return { names: names.map(stringNode), typemod: -1 };
  }
  const type = index.type(oid);
  if (type === undefined || type.array) return null;
  return { names: [type.schema, type.name].map(stringNode), typemod: -1 };
}
