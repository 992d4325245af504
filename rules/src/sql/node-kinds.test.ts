/**
 * The tables of node kinds against the grammar's own list, so that a new version of the grammar is noticed here.
 */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { bareFieldKind, bareFields, INNER_STATEMENTS, PART_NODES } from './node-kinds.ts';
import { statementKinds } from './statements/dispatch.ts';

const TYPES = readFileSync(
  join(dirname(createRequire(import.meta.url).resolve('@pgsql/types')), 'types.d.ts'),
  'utf8',
);

/** Fields of every struct, as `name: type`. */
const STRUCTS = new Map(
  [...TYPES.matchAll(/export interface (\w+) \{([^}]*)\}/gu)].map(([, name = '', body = '']) => [
    name,
    [...body.matchAll(/(\w+)\?: ([^;]+);/gu)].map(([, field = '', type = '']) => ({ field, type })),
  ]),
);

const KINDS = [...(TYPES.split('export interface')[0] ?? '').matchAll(/^\s+(\w+): \w+;/gmu)].map(
  ([, kind = '']) => kind,
);

/** Kinds that the planner, the executor or other tools make, and never the parser. */
const NEVER_PARSED = new Set(
  `AlternativeSubPlan Aggref ArrayCoerceExpr ArrayExpr CallContext CaseTestExpr CoerceToDomain CoerceToDomainValue
  CoerceViaIO ConvertRowtypeExpr DistinctExpr FieldSelect FieldStore FilterColumn FromExpr FuncExpr Function
  InferenceElem InlineCodeBlock IntList JsonConstructorExpr JsonExpr JsonTablePath JsonTablePathScan
  JsonTableSiblingJoin MergeAction NextValueExpr NullIfExpr OidList OnConflictExpr OpExpr Param ParseResult Query
  RTEPermissionInfo RangeTblEntry RangeTblFunction RangeTblRef RelabelType ReturningExpr RowCompareExpr RowMarkClause
  ScalarArrayOpExpr ScanResult ScanToken SortGroupClause SubPlan SubscriptingRef SummaryResult Table TableFunc
  TableSampleClause TargetEntry Var WindowClause WindowFunc WindowFuncRunCondition WithCheckOption`.split(
    /\s+/u,
  ),
);

describe('node kinds', () => {
  it('the list of the grammar was found', () => {
    expect(KINDS.length).toBeGreaterThan(250);
    expect(KINDS).toContain('SelectStmt');
  });

  it('every statement of the grammar has a reader, or stands only inside others', () => {
    const statements = KINDS.filter((kind) => kind.endsWith('Stmt')).sort();
    expect([...statementKinds(), ...INNER_STATEMENTS].sort()).toEqual(statements);
  });

  it('every other kind is known as a part, or never parsed', () => {
    const others = KINDS.filter((kind) => !kind.endsWith('Stmt')).sort();
    expect([...PART_NODES, ...NEVER_PARSED].sort()).toEqual(others);
  });

  it('every field that holds a bare node of the parser is in the table, with its kind', () => {
    const isParsed = (kind: string): boolean =>
      STRUCTS.has(kind) && !NEVER_PARSED.has(kind) && !['SetOperationStmt'].includes(kind);
    const expected = [...STRUCTS].flatMap(([struct, fields]) =>
      isParsed(struct)
        ? fields
            .filter(({ type }) => isParsed(type))
            .map(({ field, type }) => `${struct}.${field} ${type}`)
        : [],
    );
    expect([...bareFields()].sort()).toEqual(expected.sort());
  });

  it('a field that the table does not know has no kind, whatever its name', () => {
    expect(bareFieldKind('SelectStmt', 'larg')).toBe('SelectStmt');
    expect(bareFieldKind('SelectStmt', 'constructor')).toBeUndefined();
    expect(bareFieldKind('__proto__', 'larg')).toBeUndefined();
  });
});
