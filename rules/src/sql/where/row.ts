/**
 * The row that a WHERE clause is asked about, and whether an expression says anything about it.
 */

import type { Node, RangeVar, SelectStmt } from '@pgsql/types';

import type { CatalogColumn, CatalogRelation } from '../catalog.ts';
import { resolveRelation } from '../names.ts';
import { isCommonTable } from '../closure/read.ts';
import type { Scope } from '../scope.ts';
import { as, stringOf, toPart, unsafePart, visitChildren } from '../syntax.ts';
import type { Part } from '../syntax.ts';

/** Something in FROM, USING or the target itself, under the name that columns are qualified with. */
export interface Source {
  readonly name: string;
  /** Catalog relations that it may be; null when it is something else, whose columns are not known. */
  readonly relations: readonly CatalogRelation[] | null;
}

/** What a clause is read against. */
export interface Row {
  readonly scope: Scope;
  /** What is written to. */
  readonly target: Source;
  /** What stands beside it: FROM of an UPDATE, USING of a DELETE. */
  readonly siblings: readonly Source[];
  /** Sources of the subqueries that the expression stands in, innermost last. */
  readonly levels: readonly (readonly Source[])[];
  /** Other names of the same table, in FROM or in a subquery. What limits them limits the row where they are joined to it. */
  readonly twins: ReadonlySet<string>;
}

/** Columns that every table has. */
export const SYSTEM_COLUMNS: ReadonlySet<string> = new Set([
  'ctid',
  'tableoid',
  'xmin',
  'xmax',
  'cmin',
  'cmax',
]);

/** A relation in a statement as a source. */
export function toSource(relation: RangeVar, scope: Scope): Source {
  const name = relation.alias?.aliasname ?? relation.relname ?? '';
  if (isCommonTable(relation, scope)) return { name, relations: null };
  const written = { schema: relation.schemaname ?? null, name: relation.relname ?? '' };
  const resolved = resolveRelation(written, scope);
  const relations = resolved.flatMap((one) => (one.kind === 'catalog' ? [one.relation] : []));
  return { name, relations: relations.length === resolved.length ? relations : null };
}

/** Sources of one FROM clause that are told apart: ordinary queries have ten, and telling apart grows with their square. */
const MAX_SOURCES = 64;

/** Stands for a FROM clause of more sources than are told apart. */
export const CROWD: readonly Source[] = [];

/** The sources of a FROM clause, `CROWD` when there are too many. */
export function sourcesOf(from: readonly Node[] | undefined, scope: Scope): readonly Source[] {
  if (from === undefined) return [];
  if (from.length > MAX_SOURCES) return CROWD;
  const sources = from.flatMap((node) => sourceOf(node, scope));
  return sources.length > MAX_SOURCES ? CROWD : sources;
}

function sourceOf(node: Node | undefined, scope: Scope): Source[] {
  const relation = as(node, 'RangeVar');
  if (relation !== undefined) return [toSource(relation, scope)];
  const join = as(node, 'JoinExpr');
  if (join !== undefined) {
    const sides = [...sourceOf(join.larg, scope), ...sourceOf(join.rarg, scope)];
    const name = join.alias?.aliasname;
    return name === undefined ? sides : [...sides, { name, relations: null }];
  }
  const part = toPart(node);
  return part === null ? [] : [{ name: aliasOf(part), relations: null }];
}

function aliasOf(part: Part): string {
  const { fields } = part;
  if (!('alias' in fields)) return '';
  const alias: unknown = fields.alias;
  const named = typeof alias === 'object' && alias !== null && 'aliasname' in alias;
  return named && typeof alias.aliasname === 'string' ? alias.aliasname : '';
}

/** Whether something depends on the row: `unclear` when an unqualified name may be of either. */
export type Mention = 'yes' | 'no' | 'unclear';

/** A reference to a column or a whole row, in its parts. */
export interface Reference {
  readonly qualifier: string | null;
  readonly column: string;
}

/** The parts of a column reference; null for anything else. */
export function referenceOf(node: Node | undefined): Reference | null {
  const fields = as(node, 'ColumnRef')?.fields;
  return fields === undefined ? null : toReference(fields);
}

function toReference(fields: readonly Node[]): Reference {
  const column = stringOf(fields.at(-1)) ?? '*';
  return { qualifier: stringOf(fields.at(-2)) ?? null, column };
}

/** Whether a reference means the row or its columns. */
export function mentionOf(reference: Reference, row: Row): Mention {
  const { qualifier, column } = reference;
  if (row.twins.has(qualifier ?? column)) return 'yes';
  for (const level of row.levels.toReversed()) {
    if (level === CROWD) return 'unclear';
    const found = qualifier === null ? ownerOf(column, level) : isNamed(qualifier, level);
    if (found === 'no') continue;
    const twin = level.some(
      (source) => row.twins.has(source.name) && hasColumn(source, column) === 'yes',
    );
    if (qualifier === null && twin) return 'yes';
    return found === 'yes' ? 'no' : 'unclear';
  }
  if (qualifier !== null) return qualifier === row.target.name ? 'yes' : 'no';
  if (column === row.target.name) return 'yes';
  return mentionOfBare(column, row);
}

/** A name without qualifier belongs to the target, unless that is known not to have it or another is known to. */
function mentionOfBare(column: string, row: Row): Mention {
  const own = hasColumn(row.target, column);
  if (own !== 'unclear') return own;
  return row.siblings.some((sibling) => hasColumn(sibling, column) === 'yes') ? 'no' : 'yes';
}

function isNamed(qualifier: string, level: readonly Source[]): Mention {
  return level.some(({ name }) => name === qualifier) ? 'yes' : 'no';
}

function ownerOf(column: string, level: readonly Source[]): Mention {
  const answers = level.map((source) =>
    source.name === column ? 'yes' : hasColumn(source, column),
  );
  if (answers.includes('yes')) return 'yes';
  return answers.includes('unclear') ? 'unclear' : 'no';
}

function hasColumn(source: Source, column: string): Mention {
  if (source.relations === null) return 'unclear';
  if (SYSTEM_COLUMNS.has(column)) return 'yes';
  return source.relations.some(({ columns }) => columns.some(({ name }) => name === column))
    ? 'yes'
    : 'no';
}

/** The catalog's columns of that name in the row; empty when it is not known. */
export function columnsNamed(column: string, source: Source): readonly CatalogColumn[] {
  return (source.relations ?? []).flatMap(({ columns }) =>
    columns.filter(({ name }) => name === column),
  );
}

/** Nesting beyond which an expression counts as unclear. */
const MAX_SEARCHED_DEPTH = 300;

/** Whether anything in the expression depends on the row, subqueries included. */
export function mentions(node: Node | undefined, row: Row): Mention {
  const part = node === undefined ? null : toPart(node);
  return part === null ? 'no' : search(part, row, 0);
}

function search(part: Part, row: Row, depth: number): Mention {
  if (depth > MAX_SEARCHED_DEPTH) return 'unclear';
  if (part.kind === 'ColumnRef') {
    return mentionOf(toReference(unsafePart(part.fields, part.kind).fields ?? []), row);
  }
  if (part.kind === 'CurrentOfExpr') return 'yes';
  const query = part.kind === 'SelectStmt' ? unsafePart(part.fields, part.kind) : null;
  const inner = query === null ? row : enterQuery(query, row);
  let worst: Mention = 'no';
  visitChildren(part, (child) => {
    if (worst !== 'yes') worst = stronger(worst, search(child, inner, depth + 1));
  });
  return worst;
}

function stronger(left: Mention, right: Mention): Mention {
  if (left === 'yes' || right === 'yes') return 'yes';
  return left === 'unclear' || right === 'unclear' ? 'unclear' : 'no';
}

/** The row as seen from inside a subquery. */
export function enterQuery(query: SelectStmt, row: Row): Row {
  return { ...row, levels: [...row.levels, sourcesOf(query.fromClause, row.scope)] };
}

/** Names among the sources that mean the same table as the target. */
export function twinsAmong(sources: readonly Source[], target: Source): string[] {
  return sources.filter((source) => isSameTable(source, target)).map(({ name }) => name);
}

/** Whether two sources may be the same table. */
export function isSameTable(left: Source, right: Source): boolean {
  const known = right.relations ?? [];
  return (left.relations ?? []).some((relation) => known.some(({ oid }) => oid === relation.oid));
}
