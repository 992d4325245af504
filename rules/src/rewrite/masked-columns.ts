/**
 * Whether every value of a masked column that a statement gives can be masked on its way to the client. The server names the
 * column that a result comes from only where it comes through unchanged. A statement that could carry a value in any other
 * way (in an expression, a row as a whole, a union, another table) is refused by the name of the column.
 *
 * Reads the rewritten tree, in which views are their queries. Goes by names: a name that a masked value has anywhere counts as
 * masked everywhere. INVARIANT: what is not known to be harmless is refused. Conditions and orders carry nothing.
 */

import type { Node, SelectStmt } from '@pgsql/types';
import { allOf, as, stringsOf, toPart, unsafePart, visitChildren } from '../sql/syntax.ts';
import type { Part } from '../sql/syntax.ts';
import type { Reading } from './hidden-columns.ts';

/** Refuses a statement whose masked values could reach the client unmasked. */
export function refuseUnmaskable(statement: Part, reading: Reading): void {
  const names = maskedNames(statement, reading);
  if (names.columns.size === 0) return;
  new MaskedReading(names, reading).visit(statement, 'top');
}

interface MaskedNames {
  /** Columns that are masked, or hold what is. */
  readonly columns: Set<string>;
  /** What rows as a whole are called. */
  readonly rows: Set<string>;
}

/** Follows new names that masked columns get on their way. */
function maskedNames(statement: Part, { concerned }: Reading): MaskedNames {
  const masks = concerned.flatMap(({ protection }) => [...(protection?.masks.keys() ?? [])]);
  const columns = new Set(masks);
  const rows = new Set<string>();
  const known = new Set(
    concerned.flatMap(({ relation }) => relation.columns.map((one) => one.name)),
  );
  visitAll(statement, (part) => {
    const { kind, fields } = part;
    if (kind === 'RangeVar') {
      const { alias, relname } = unsafePart(fields, kind);
      rows.add(alias?.aliasname ?? relname ?? '');
    } else if (kind === 'RangeSubselect') {
      rows.add(unsafePart(fields, kind).alias?.aliasname ?? '');
    }
  });
  for (const name of known) rows.delete(name);
  if (columns.size === 0) return { columns, rows };
  for (let size = -1; size !== columns.size;) {
    size = columns.size;
    visitAll(statement, (part) => followNames(part, columns));
  }
  return { columns, rows };
}

function followNames({ kind, fields }: Part, columns: Set<string>): void {
  if (kind === 'ResTarget') {
    const { name, val } = unsafePart(fields, kind);
    const from = stringsOf(as(val, 'ColumnRef')?.fields).at(-1);
    if (name !== undefined && from !== undefined && columns.has(from)) columns.add(name);
  } else if (kind === 'RangeSubselect') {
    const { subquery, alias } = unsafePart(fields, kind);
    rename(as(subquery, 'SelectStmt'), stringsOf(alias?.colnames), columns);
  } else if (kind === 'CommonTableExpr') {
    const { ctequery, aliascolnames } = unsafePart(fields, kind);
    rename(as(ctequery, 'SelectStmt'), stringsOf(aliascolnames), columns);
    if (as(ctequery, 'SelectStmt') === undefined && aliascolnames !== undefined) {
      for (const name of stringsOf(aliascolnames)) columns.add(name);
    }
  } else if (kind === 'RangeVar') {
    // Renamed by place: which of them is masked is not worth telling apart.
    for (const name of stringsOf(unsafePart(fields, kind).alias?.colnames)) columns.add(name);
  }
}

/** New names by place. Behind a `*` every one of them may be it. */
function rename(
  query: SelectStmt | undefined,
  names: readonly string[],
  columns: Set<string>,
): void {
  if (query === undefined || names.length === 0) return;
  const results = allOf(query.targetList, 'ResTarget');
  const plain = results.length >= names.length && !results.some(({ val }) => isStar(val));
  names.forEach((name, index) => {
    const val = results[index]?.val;
    const from = results[index]?.name ?? stringsOf(as(val, 'ColumnRef')?.fields).at(-1);
    if (!plain || (from !== undefined && columns.has(from))) columns.add(name);
  });
}

function isStar(node: Node | undefined): boolean {
  return as(node, 'ColumnRef')?.fields?.some((field) => 'A_Star' in field) === true;
}

/**
 * What a query's results are for: `top`: the client, or a query whose results are; `lost`: a place behind which the server
 * does not know where they came from, or another table.
 */
type Use = 'top' | 'lost';

class MaskedReading {
  readonly #names: MaskedNames;
  readonly #reading: Reading;

  constructor(names: MaskedNames, reading: Reading) {
    this.#names = names;
    this.#reading = reading;
  }

  visit(part: Part, use: Use): void {
    const { kind, fields } = part;
    switch (kind) {
      case 'SelectStmt':
        this.#select(unsafePart(fields, kind), use);
        return;
      case 'InsertStmt':
        this.#changes(part, { query: unsafePart(fields, kind).selectStmt });
        return;
      case 'UpdateStmt':
      case 'DeleteStmt':
      case 'MergeStmt':
        this.#changes(part, {});
        return;
      case 'CopyStmt':
      case 'CreateTableAsStmt':
        this.#inside(part, 'lost');
        return;
      case 'ReturningClause':
        for (const { val } of allOf(unsafePart(fields, kind).exprs, 'ResTarget')) {
          this.#result(val, 'top');
        }
        return;
      case 'SubLink': {
        const link = unsafePart(fields, kind);
        const gives = !['EXISTS_SUBLINK', 'ANY_SUBLINK', 'ALL_SUBLINK'].includes(
          link.subLinkType ?? '',
        );
        const query = toPart(link.subselect);
        if (query !== null) this.visit(query, gives ? 'lost' : 'top');
        return;
      }
      case 'RangeFunction':
      case 'RangeTableFunc':
      case 'JsonTable':
        this.#refuseMentions(part);
        return;
      case 'JoinExpr':
        this.#join(part, use);
        return;
      default:
        this.#inside(part, 'top');
    }
  }

  #inside(part: Part, use: Use, except: readonly string[] = []): void {
    const fields = Object.fromEntries(
      Object.entries(part.fields).filter(([name]) => !except.includes(name)),
    );
    visitChildren({ kind: part.kind, fields }, (child) => this.visit(child, use));
  }

  #select(select: SelectStmt, use: Use): void {
    const joined = select.op !== undefined && select.op !== 'SETOP_NONE';
    const goes = joined || select.intoClause !== undefined ? 'lost' : use;
    for (const side of [select.larg, select.rarg]) {
      if (side !== undefined) this.#select(side, 'lost');
    }
    for (const { val } of allOf(select.targetList, 'ResTarget')) this.#result(val, goes);
    for (const row of select.valuesLists ?? []) this.#refuseMentionsIn(row);
    this.#inside({ kind: 'SelectStmt', fields: select }, 'top', [
      'larg',
      'rarg',
      'targetList',
      'valuesLists',
      'intoClause',
    ]);
  }

  #join(part: Part, use: Use): void {
    const { jointype, usingClause } = unsafePart(part.fields, 'JoinExpr');
    for (const name of stringsOf(usingClause)) {
      if (jointype === 'JOIN_FULL' && this.#names.columns.has(name)) this.#refuse(name);
    }
    this.#inside(part, use);
  }

  /** What is written to a table is read from it again without a mask, unless it came from the client. */
  #changes(part: Part, { query }: { readonly query?: Node | undefined }): void {
    const source = query === undefined ? null : toPart(query);
    if (source !== null) this.visit(source, 'lost');
    visitAllBut(part, ['selectStmt'], (child) => {
      if (child.kind !== 'ResTarget' && child.kind !== 'MergeWhenClause') return;
      if (child.kind === 'MergeWhenClause') {
        for (const value of unsafePart(child.fields, child.kind).values ?? []) {
          this.#refuseMentionsIn(value);
        }
        return;
      }
      this.#refuseMentionsIn(unsafePart(child.fields, 'ResTarget').val);
    });
    this.#inside(part, 'top', ['selectStmt', 'targetList']);
  }

  /** One result of a query. */
  #result(val: Node | undefined, use: Use): void {
    if (val === undefined) return;
    const column = as(val, 'ColumnRef');
    if (column === undefined) {
      this.#refuseMentionsIn(val);
      return;
    }
    if (isStar(val)) {
      if (use === 'lost') this.#refuse([...this.#names.columns][0] ?? '*');
      return;
    }
    const names = stringsOf(column.fields);
    const name = names.at(-1) ?? '';
    const row = names.length === 1 && this.#names.rows.has(name);
    if (row || (use === 'lost' && this.#names.columns.has(name))) this.#refuse(name);
  }

  #refuseMentionsIn(node: Node | undefined): void {
    const part = node === undefined ? null : toPart(node);
    if (part !== null) this.#refuseMentions(part);
  }

  /** An expression that names a masked column, or a row that holds one. Counting gives nothing of a value. */
  #refuseMentions(part: Part): void {
    const { kind, fields } = part;
    if (kind === 'ColumnRef') {
      const column = unsafePart(fields, kind);
      const names = stringsOf(column.fields);
      const name = names.at(-1) ?? '';
      const star = names.length < (column.fields?.length ?? 0);
      const row = names.length === 1 && this.#names.rows.has(name);
      const own = names.at(-2) === 'excluded';
      if (star || row || (this.#names.columns.has(name) && !own)) this.#refuse(name);
      return;
    }
    if (kind === 'SubLink') {
      this.visit(part, 'lost');
      return;
    }
    if (kind === 'FuncCall' && isPlainCount(unsafePart(fields, kind))) return;
    visitChildren(part, (child) => {
      if (child.kind === 'SelectStmt') this.visit(child, 'lost');
      else this.#refuseMentions(child);
    });
  }

  #refuse(name: string): void {
    this.#reading.work.refuse(
      `\`${name}\` is masked for this role, and here it could be given without its mask: select the column by itself`,
    );
  }
}

/** `count(email)`, `count(DISTINCT email)`, and nothing more. */
function isPlainCount(call: { funcname?: Node[]; args?: Node[]; agg_order?: Node[] }): boolean {
  const names = stringsOf(call.funcname);
  const plain = call.args?.every((argument) => {
    const fields = as(argument, 'ColumnRef')?.fields;
    return fields !== undefined && stringsOf(fields).length === fields.length;
  });
  return names.at(-1) === 'count' && plain === true && call.agg_order === undefined;
}

function visitAll(part: Part, told: (part: Part) => void): void {
  told(part);
  visitChildren(part, (child) => visitAll(child, told));
}

/** Everything inside but queries of its own and RETURNING. */
function visitAllBut(part: Part, except: readonly string[], told: (part: Part) => void): void {
  const fields = Object.fromEntries(
    Object.entries(part.fields).filter(([name]) => !except.includes(name)),
  );
  visitChildren({ kind: part.kind, fields }, (child) => {
    if (child.kind === 'ReturningClause' || child.kind.endsWith('Stmt')) return;
    told(child);
    visitAllBut(child, [], told);
  });
}
