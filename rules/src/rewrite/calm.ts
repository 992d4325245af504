/**
 * Whether a statement can see rows before a filter has held them back. The server may evaluate the conditions of a
 * statement in any order; a condition that can fail (a division, a cast) tells of a value by failing. A calm statement
 * has no condition that could: its filters may then stand beside the conditions, where indexes serve them.
 * INVARIANT: what is not known here to be harmless is not calm.
 */

import type { Node, TypeName } from '@pgsql/types';
import { isUserOid } from '../sql/catalog-index.ts';
import type { CatalogIndex } from '../sql/catalog-index.ts';
import type { CatalogRelation } from '../sql/catalog.ts';
import { isBuiltinType } from '../sql/closure/builtin-types.ts';
import { classifyBuiltinFunction } from '../sql/builtin-functions.ts';
import { toWrittenName } from '../sql/names.ts';
import { as, stringsOf, toPart, unsafePart, visitChildren } from '../sql/syntax.ts';
import type { Part } from '../sql/syntax.ts';
import { builtinTypeName } from './nodes.ts';

/** Comparisons of the server's own types never fail, whatever the values. */
const COMPARISONS: ReadonlySet<string> = new Set(['=', '<>', '<', '>', '<=', '>=']);

const COMPARING_KINDS: ReadonlySet<string> = new Set([
  'AEXPR_OP',
  'AEXPR_IN',
  'AEXPR_BETWEEN',
  'AEXPR_NOT_BETWEEN',
  'AEXPR_DISTINCT',
  'AEXPR_NOT_DISTINCT',
  'AEXPR_OP_ANY',
  'AEXPR_OP_ALL',
]);

/** Types whose comparison is one of those. Others may compare by code of their own, or be compared across types by a cast. */
const PLAIN_TYPES: ReadonlySet<string> = new Set(
  'bool int2 int4 int8 oid float4 float8 numeric text varchar bpchar name uuid date timestamp timestamptz time bytea inet'.split(
    ' ',
  ),
);

/** Nodes of a condition that do nothing by themselves. */
const QUIET: ReadonlySet<string> = new Set([
  'BoolExpr',
  'NullTest',
  'BooleanTest',
  'ColumnRef',
  'ParamRef',
  'A_Const',
  'List',
  'String',
  'A_ArrayExpr',
  'ResTarget',
  'A_Star',
  'CoalesceExpr',
]);

/** Nodes of which a constant can be made up. */
const ROWLESS: ReadonlySet<string> = new Set([
  'A_Const',
  'ParamRef',
  'TypeCast',
  'TypeName',
  'A_Expr',
  'FuncCall',
  'SQLValueFunction',
  'String',
  'Integer',
]);

/** Functions of text that no text makes fail. */
const TOTAL_FUNCTIONS: ReadonlySet<string> = new Set(
  'length char_length lower upper btrim ltrim rtrim'.split(' '),
);

/** Aggregates of the server's own. */
const AGGREGATES: ReadonlySet<string> = new Set(
  'count sum avg min max bool_and bool_or array_agg string_agg json_agg jsonb_agg'.split(' '),
);

/** What is known of the tables in a statement. */
export interface CalmParts {
  readonly index: CatalogIndex;
  /** Every relation of the catalog that the statement names. */
  readonly relations: readonly CatalogRelation[];
}

/** Whether all conditions of a statement are harmless. */
export function isCalm(statement: Part, parts: CalmParts): boolean {
  return new CalmReading(parts).statement(statement, true);
}

/** Whether one condition is harmless. */
export function isQuiet(condition: Node, parts: CalmParts): boolean {
  return new CalmReading(parts).condition(condition);
}

/** Where conditions stand, beside those of a SELECT. */
class CalmReading {
  readonly #parts: CalmParts;
  readonly #types: ReadonlyMap<string, boolean>;

  constructor(parts: CalmParts) {
    this.#parts = parts;
    const types = new Map<string, boolean>();
    for (const { columns } of parts.relations) {
      for (const { name, type } of columns) {
        const plain = PLAIN_TYPES.has(builtinTypeName(type) ?? '');
        types.set(name, plain && (types.get(name) ?? true));
      }
    }
    this.#types = types;
  }

  condition(node: Node): boolean {
    return this.#quiet(node);
  }

  /** @param top whether what it selects goes to the client, so that nothing can be made a condition of it */
  statement(part: Part, top: boolean): boolean {
    switch (part.kind) {
      case 'SelectStmt':
        return this.#select(part, top);
      case 'UpdateStmt':
      case 'DeleteStmt':
        return this.#change(part.fields);
      case 'InsertStmt':
        return this.#everyInside(part, (child) => this.#anywhere(child));
      case 'ExplainStmt':
      case 'PrepareStmt':
      case 'DeclareCursorStmt':
      case 'CopyStmt':
      case 'CreateTableAsStmt':
        return this.#everyInside(part, (child) =>
          child.kind.endsWith('Stmt') ? this.statement(child, true) : true,
        );
      default:
        return false;
    }
  }

  #select(part: Part, top: boolean): boolean {
    const select = unsafePart(part.fields, 'SelectStmt');
    const conditions = [select.whereClause, select.havingClause];
    if (!conditions.every((node) => this.#quiet(node))) return false;
    if (!top && !(select.targetList ?? []).every((node) => this.#quiet(node))) return false;
    if (!(select.fromClause ?? []).every((node) => this.#from(node))) return false;
    return this.#everyInside(part, (child) => this.#anywhere(child), CONDITIONS);
  }

  #change(fields: object): boolean {
    const { whereClause } = fields as { whereClause?: Node };
    const from = unsafeFrom(fields);
    if (!this.#quiet(whereClause) || !from.every((node) => this.#from(node))) return false;
    return this.#everyInside({ kind: 'UpdateStmt', fields }, (child) => this.#anywhere(child), [
      ...CONDITIONS,
      'usingClause',
    ]);
  }

  /** A place that is no condition: queries in it have conditions of their own. */
  #anywhere(part: Part): boolean {
    if (part.kind === 'MergeStmt') return false;
    if (part.kind.endsWith('Stmt')) return this.statement(part, false);
    return this.#everyInside(part, (child) => this.#anywhere(child));
  }

  #from(node: Node | undefined): boolean {
    if (as(node, 'RangeVar') !== undefined) return true;
    const join = as(node, 'JoinExpr');
    if (join !== undefined) {
      const joinsQuietly = (join.usingClause ?? []).every((column) =>
        this.#isPlain(stringsOf([column])),
      );
      const sides = this.#from(join.larg) && this.#from(join.rarg);
      return sides && joinsQuietly && join.isNatural !== true && this.#quiet(join.quals);
    }
    const query = toPart(as(node, 'RangeSubselect')?.subquery);
    return query !== null && this.statement(query, false);
  }

  /** A condition that cannot fail and runs nobody's code. */
  #quiet(node: Node | undefined): boolean {
    const part = node === undefined ? null : toPart(node);
    return part === null || this.#quietPart(part);
  }

  #quietPart(part: Part): boolean {
    const { kind, fields } = part;
    // What looks at no row fails for every row or for none.
    if (this.#isRowless(part)) return true;
    switch (kind) {
      case 'A_Const':
        return true;
      case 'ColumnRef':
        return this.#isPlain(stringsOf(unsafePart(fields, kind).fields));
      case 'TypeCast':
        return isPlainConstant(unsafePart(fields, kind));
      case 'SubLink':
        return this.#everyInside(part, (child) =>
          child.kind === 'SelectStmt' ? this.statement(child, false) : this.#quietPart(child),
        );
      case 'FuncCall':
        if (this.#isTotal(unsafePart(fields, kind))) {
          return this.#everyInside(part, (child) => this.#quietPart(child));
        }
        return this.#aggregates(unsafePart(fields, kind)) && this.#anywhere(part);
      case 'A_Expr':
        if (!this.#compares(unsafePart(fields, kind)) && !isPlainLike(unsafePart(fields, kind))) {
          return false;
        }
        return this.#everyInside(part, (child) => this.#quietPart(child));
      default:
        return QUIET.has(kind) && this.#everyInside(part, (child) => this.#quietPart(child));
    }
  }

  /** A constant, however it is written: `now() - interval '7 days'`. */
  #isRowless(part: Part): boolean {
    const { kind, fields } = part;
    if (!ROWLESS.has(kind)) return false;
    if (kind === 'FuncCall') {
      const names = stringsOf(unsafePart(fields, kind).funcname);
      if (!this.#isServersOwn(names)) return false;
      if (classifyBuiltinFunction(names.at(-1) ?? '').kind !== 'harmless') return false;
    }
    if (kind === 'A_Expr') {
      const operator = stringsOf(unsafePart(fields, kind).name).at(-1) ?? '';
      if (this.#parts.index.operatorsNamed(operator).length > 0) return false;
    }
    if (kind === 'TypeName') {
      return isBuiltinType(toWrittenName(stringsOf(unsafePart(fields, kind).names)));
    }
    return this.#everyInside(part, (child) => this.#isRowless(child));
  }

  /** A function that gives something for every value. */
  #isTotal(call: { readonly funcname?: Node[]; readonly args?: Node[] }): boolean {
    const names = stringsOf(call.funcname);
    // With a second argument `length` reads bytes in an encoding, which fails on some.
    const single = call.args?.length === 1;
    return single && this.#isServersOwn(names) && TOTAL_FUNCTIONS.has(names.at(-1) ?? '');
  }

  #isServersOwn(names: readonly string[]): boolean {
    const own = names.length === 1 || (names.length === 2 && names[0] === 'pg_catalog');
    return own && this.#parts.index.functionsNamed(names.at(-1) ?? '').length === 0;
  }

  /** What an aggregate gives is known only once the rows are, so no condition on it comes before a filter. */
  #aggregates(call: { readonly funcname?: Node[]; readonly over?: object }): boolean {
    const names = stringsOf(call.funcname);
    const free = this.#isServersOwn(names) && call.over === undefined;
    return free && AGGREGATES.has(names.at(-1) ?? '');
  }

  #compares(expression: { readonly name?: Node[]; readonly kind?: string }): boolean {
    const names = stringsOf(expression.name);
    const operator = names.at(-1) ?? '';
    if (!COMPARING_KINDS.has(expression.kind ?? '')) return false;
    const between = /^(NOT )?BETWEEN( SYMMETRIC)?$/u.test(operator);
    const used = between ? ['<=', '>=', '<', '>'] : [operator];
    return used.every((name) => COMPARISONS.has(name) && !this.#isTakenOver(name));
  }

  /** Somebody has made an operator of this name for types of the server's own. */
  #isTakenOver(name: string): boolean {
    return this.#parts.index
      .operatorsNamed(name)
      .some(({ leftType, rightType }) => !isUserOid(leftType ?? '0') && !isUserOid(rightType));
  }

  /** A column of a type that is compared without failing. A name that no table has stands for something quiet further inside. */
  #isPlain(names: readonly string[]): boolean {
    return this.#types.get(names.at(-1) ?? '') ?? true;
  }

  #everyInside(
    part: Part,
    test: (child: Part) => boolean,
    except: readonly string[] = [],
  ): boolean {
    const fields = Object.fromEntries(
      Object.entries(part.fields).filter(([name]) => !except.includes(name)),
    );
    const children: Part[] = [];
    const complete = visitChildren({ kind: part.kind, fields }, (child) => children.push(child));
    return complete && children.every(test);
  }
}

const CONDITIONS = ['whereClause', 'havingClause', 'fromClause'] as const;

function unsafeFrom(fields: object): readonly Node[] {
  const { fromClause, usingClause } = fields as { fromClause?: Node[]; usingClause?: Node[] };
  return fromClause ?? usingClause ?? [];
}

/** LIKE with a pattern in the statement. One that ends in its escape fails, and only on what matches it so far. */
function isPlainLike(expression: { readonly kind?: string; readonly rexpr?: Node }): boolean {
  if (expression.kind !== 'AEXPR_LIKE' && expression.kind !== 'AEXPR_ILIKE') return false;
  const pattern = as(expression.rexpr, 'A_Const')?.sval?.sval;
  return pattern?.includes('\\') === false;
}

/** A constant of a type of the server's own is read once, whatever rows there are. */
function isPlainConstant(cast: { readonly arg?: Node; readonly typeName?: TypeName }): boolean {
  const constant = as(cast.arg, 'A_Const') ?? as(cast.arg, 'ParamRef');
  return constant !== undefined && isBuiltinType(toWrittenName(stringsOf(cast.typeName?.names)));
}
