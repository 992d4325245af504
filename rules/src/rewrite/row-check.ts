/**
 * Rows that are written stay within reach of the filter. A value for a column that a filter looks at is checked where it
 * is given, as it is given: `CASE WHEN (filter on the value) THEN value END`, which fails in place of giving a row
 * that is out of reach. INVARIANT: the value that is checked is the value that is stored.
 */

import type { InsertStmt, MergeWhenClause, Node, ResTarget, SelectStmt } from '@pgsql/types';
import { isUserOid } from '../sql/catalog-index.ts';
import type { CatalogColumn } from '../sql/catalog.ts';
import { allOf, as, stringsOf, toPart, unsafePart } from '../sql/syntax.ts';
import type { Target } from './target.ts';
import {
  allOfNodes,
  booleanNode,
  caseNode,
  castNode,
  columnNode,
  copyOf,
  selectNode,
  stringNode,
  systemCall,
  targetNode,
  textLiteral,
  typeNode,
} from './nodes.ts';
import { isFiltered } from './protection.ts';
import type { Protection } from './protection.ts';
import { nameOf } from './work.ts';

/** Stands in the server's message when a row would be out of reach; the protocol room puts our words in its place. */
export const ROW_OUT_OF_REACH = 'agentguard: a row would be outside the filter of ';

/** A condition that fails when it is evaluated, and not before: the server does not compute it beforehand. */
export function failure(protection: Protection): Node {
  const text = `${ROW_OUT_OF_REACH}${nameOf(protection.relation)}`;
  const typeName = { names: ['pg_catalog', 'bool'].map(stringNode), typemod: -1 };
  return castNode(systemCall('concat', [textLiteral(text)]), typeName);
}

/** Values for columns by name. A column that is not among them keeps what it has. */
type Values = ReadonlyMap<string, Node>;

/** A place that holds the value for a column. */
interface Slot {
  readonly column: string;
  readonly value: Node;
  readonly put: (value: Node) => void;
}

/** Checks the values of a SET list. */
export function checkSet(targets: readonly Node[] | undefined, target: Target): void {
  const { protection, place } = target;
  const looked = allOf(targets, 'ResTarget').filter(({ name }) =>
    protection.filterColumns.has(name ?? ''),
  );
  if (looked.length === 0 || !isFiltered(protection)) return;
  refuseTriggers('update', target);
  place.work.touch(protection.relation);
  const slots = looked.flatMap((set): Slot[] => {
    const { name, val, indirection } = set;
    const plain = indirection === undefined && as(val, 'MultiAssignRef') === undefined;
    if (plain && name !== undefined && val !== undefined) return [toSlot(set, name, val)];
    place.work.refuse(`\`${name ?? ''}\` is looked at by a filter, so it is set by itself only`);
    return [];
  });
  const kept = [...protection.filterColumns].filter(
    (column) => !slots.some((slot) => slot.column === column),
  );
  checkSlots(
    slots,
    new Map(kept.map((column) => [column, columnNode(target.name, column)])),
    target,
  );
}

function toSlot(holder: ResTarget, column: string, value: Node): Slot {
  return {
    column,
    value,
    put: (checkedValue) => {
      holder.val = checkedValue;
    },
  };
}

/** Checks the rows of an INSERT. */
export function checkInsert(insert: InsertStmt, target: Target): void {
  const { protection, place } = target;
  if (!isFiltered(protection)) {
    if (insert.cols === undefined) mayFillAll(target);
    return;
  }
  refuseTriggers('insert', target);
  place.work.touch(protection.relation);
  const query = as(insert.selectStmt, 'SelectStmt');
  if (query === undefined) {
    place.work.refuse(`a row of \`${nameOf(protection.relation)}\` needs values: name them`);
    return;
  }
  const columns = columnsOf(insert.cols, target);
  if (columns !== null) checkRows(query, columns, target);
}

/** The columns that values are for, in their order; null when the role may not fill them all. */
function columnsOf(targets: readonly Node[] | undefined, target: Target): readonly string[] | null {
  if (targets !== undefined) return allOf(targets, 'ResTarget').map(({ name }) => name ?? '');
  return mayFillAll(target) ? target.protection.relation.columns.map(({ name }) => name) : null;
}

/** Without a list of columns a row may fill every one of them. */
function mayFillAll({ protection, place }: Target): boolean {
  const held = protection.relation.columns.find(({ name }) => !protection.insertable.has(name));
  if (held === undefined) return true;
  place.work.refuse(`this role may not insert \`${held.name}\`: name the columns`);
  return false;
}

/** Checks the one row of an INSERT in a MERGE. */
export function checkMergeInsert(when: MergeWhenClause, target: Target): void {
  const { protection, place } = target;
  if (!isFiltered(protection)) {
    if (when.targetList === undefined) mayFillAll(target);
    return;
  }
  refuseTriggers('insert', target);
  const columns = columnsOf(when.targetList, target);
  if (when.values === undefined) {
    place.work.refuse(`a row of \`${nameOf(protection.relation)}\` needs values: name them`);
  } else if (columns !== null) checkRow(when.values, columns, target);
}

/** Every branch of a query that gives rows. */
function checkRows(query: SelectStmt, columns: readonly string[], target: Target): void {
  if (query.larg !== undefined || query.rarg !== undefined) {
    for (const side of [query.larg, query.rarg]) {
      if (side !== undefined) checkRows(side, columns, target);
    }
    return;
  }
  if (query.valuesLists !== undefined) {
    for (const row of allOf(query.valuesLists, 'List')) {
      if (row.items !== undefined) checkRow(row.items, columns, target);
    }
    return;
  }
  const results = allOf(query.targetList, 'ResTarget');
  if (results.some(({ val }) => isStar(val))) {
    target.place.work.refuse(
      `rows for \`${nameOf(target.protection.relation)}\` are checked column by column: name the columns in place of \`*\``,
    );
    return;
  }
  const slots = results.flatMap((result, index): Slot[] => {
    const column = columns[index];
    if (column === undefined || result.val === undefined) return [];
    // ORDER BY may go by the name that the result has by itself.
    const name = stringsOf(as(result.val, 'ColumnRef')?.fields).at(-1);
    if (result.name === undefined && name !== undefined) result.name = name;
    return [toSlot(result, column, result.val)];
  });
  checkSlots(slots, new Map(), target);
}

function checkRow(row: Node[], columns: readonly string[], target: Target): void {
  const slots = row.flatMap((value, index): Slot[] => {
    const column = columns[index];
    if (column === undefined) return [];
    const put = (checkedValue: Node): void => {
      row[index] = checkedValue;
    };
    return [{ column, value, put }];
  });
  checkSlots(slots, new Map(), target);
}

function isStar(node: Node | undefined): boolean {
  return as(node, 'ColumnRef')?.fields?.some((field) => 'A_Star' in field) === true;
}

/**
 * Puts the check of one row into one of its values. What a filter looks at and the statement does not give is `kept`, or what
 * the column gets by itself.
 */
function checkSlots(slots: readonly Slot[], kept: Values, target: Target): void {
  const { protection, place } = target;
  const given = slots.filter(({ value }) => as(value, 'SetToDefault') === undefined);
  const values = new Map([
    ...kept,
    ...given.map(({ column, value }): [string, Node] => [column, value]),
  ]);
  for (const column of protection.filterColumns) {
    if (values.has(column)) continue;
    const value = defaultOf(column, target);
    if (value === null) return;
    values.set(column, value);
  }
  const looked = given.filter(({ column }) => protection.filterColumns.has(column));
  const computed = looked.filter(({ value }) => !isRepeatable(value));
  if (computed.length > 1) {
    place.work.refuse('columns that a filter looks at together are given as plain values');
  }
  const carrier = computed[0] ?? looked[0] ?? given[0];
  const column = protection.relation.columns.find(({ name }) => name === carrier?.column);
  if (carrier === undefined || column === undefined) {
    place.work.refuse(`a row of \`${nameOf(protection.relation)}\` needs values: name them`);
    return;
  }
  carrier.put(checked(column, carrier.value, { values, target }));
}

/** What a column gets by itself, where that is plain to see. */
function defaultOf(name: string, { protection, place }: Target): Node | null {
  const column = protection.relation.columns.find((one) => one.name === name);
  const text = column?.defaultText ?? null;
  if (column !== undefined && !column.generated) {
    if (text === null) return { A_Const: { isnull: true } };
    const parsed = place.work.parser.parse(`SELECT (${text})`);
    const select = parsed.ok ? as(parsed.tree.stmts[0]?.stmt, 'SelectStmt') : undefined;
    const value = allOf(select?.targetList, 'ResTarget')[0]?.val;
    if (value !== undefined && (isRepeatable(value) || isSetting(value))) return value;
  }
  place.work.refuse(
    `\`${name}\` of \`${nameOf(protection.relation)}\` is looked at by a filter: give it a value`,
  );
  return null;
}

/** `current_setting('app.tenant')`, which is one value for the whole statement. */
function isSetting(value: Node): boolean {
  const cast = as(value, 'TypeCast');
  if (cast?.arg !== undefined) return isSetting(cast.arg);
  const call = as(value, 'FuncCall');
  return (
    stringsOf(call?.funcname).at(-1) === 'current_setting' && (call?.args ?? []).every(isRepeatable)
  );
}

/** A value that is looked at twice gives the same twice. */
function isRepeatable(value: Node): boolean {
  const cast = as(value, 'TypeCast');
  if (cast !== undefined) return cast.arg !== undefined && isRepeatable(cast.arg);
  return 'A_Const' in value || 'ParamRef' in value || 'ColumnRef' in value;
}

function checked(
  column: CatalogColumn,
  value: Node,
  { values, target }: { readonly values: Values; readonly target: Target },
): Node {
  const typed = withType(value, column, target);
  const looked = target.protection.filterColumns.has(column.name);
  if (!looked || isRepeatable(value)) return toCheck(typed, column, { values, target });
  // The value is computed once, behind a fence, and then looked at.
  const inner = selectNode({ targets: [targetNode(typed, 'agentguard_value')], fence: true });
  const once = columnNode('agentguard_row', 'agentguard_value');
  const check = toCheck(once, column, { values, target });
  const query = selectNode({
    targets: [targetNode(check)],
    from: [
      {
        RangeSubselect: {
          subquery: { SelectStmt: inner },
          alias: { aliasname: 'agentguard_row' },
        },
      },
    ],
  });
  return { SubLink: { subLinkType: 'EXPR_SUBLINK', subselect: { SelectStmt: query } } };
}

/** `CASE WHEN (CASE WHEN filter THEN true ELSE fail END) THEN value END`. */
function toCheck(
  value: Node,
  column: CatalogColumn,
  { values, target }: { readonly values: Values; readonly target: Target },
): Node {
  const { protection } = target;
  const conditions = protection.conditions
    .map((condition) => copyOf(condition))
    .map((condition) => substituted(condition, { values, column, value, target }));
  const holds = caseNode(allOfNodes(conditions), booleanNode(true), failure(protection));
  return caseNode(holds, copyOf(value));
}

/** Text and parameters without a type take that of the column, as they would by themselves. */
function withType(value: Node, column: CatalogColumn, { place }: Target): Node {
  const constant = as(value, 'A_Const');
  const untyped = constant?.sval !== undefined || constant?.isnull === true || 'ParamRef' in value;
  if (!untyped) return value;
  const typeName = typeNode(column.type, place.work.index);
  if (typeName === null) {
    place.work.refuse(`the type of \`${column.name}\` is not known: cast the value to it`);
    return value;
  }
  return castNode(value, typeName);
}

/** The filter with the values of a row in place of its columns. What is put in is not looked into. */
function substituted(
  condition: Node,
  parts: {
    readonly values: Values;
    readonly column: CatalogColumn;
    readonly value: Node;
    readonly target: Target;
  },
): Node {
  const { values, column, value, target } = parts;
  const valueOf = (name: string): Node | null => {
    if (name === column.name) return copyOf(value);
    const other = values.get(name);
    const known = target.protection.relation.columns.find((one) => one.name === name);
    return other === undefined || known === undefined
      ? null
      : copyOf(withType(other, known, target));
  };
  return unsafeNode(replaceColumns(condition, valueOf));
}

/** A copy of a tree with its columns replaced. */
function replaceColumns(value: unknown, valueOf: (name: string) => Node | null): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => replaceColumns(item, valueOf));
  const part = toPart(value);
  if (part?.kind === 'ColumnRef') {
    const names = stringsOf(unsafePart(part.fields, 'ColumnRef').fields);
    return valueOf(names.at(-1) ?? '') ?? value;
  }
  const entries: readonly [string, unknown][] = Object.entries(value);
  return Object.fromEntries(entries.map(([name, field]) => [name, replaceColumns(field, valueOf)]));
}

/** What `replaceColumns` makes of a node is a node. */
function unsafeNode(value: unknown): Node {
  return value as Node;
}

/**
 * A trigger that runs before the row is stored may change what a filter looks at, behind the check. One that could is
 * refused: whether it does is in its code, and only what is plain to see counts.
 */
function refuseTriggers(event: 'insert' | 'update', { protection, place }: Target): void {
  const { relation, filterColumns } = protection;
  for (const trigger of relation.triggers) {
    if (!trigger.enabled || !trigger.events.includes(event)) continue;
    // Those of the server itself change no columns but the one of text search.
    if (!isUserOid(trigger.function)) continue;
    const code = place.work.index.function(trigger.function);
    const source = code?.language === 'plpgsql' ? code.source : '';
    const words = new Set(source.toLowerCase().match(/[a-z_][a-z0-9_$]*/gu) ?? []);
    const sets = [...filterColumns].some((column) => words.has(column.toLowerCase()));
    const whole = /\bnew\s*(:=|=)|\binto\s+(strict\s+)?new\b|\bexecute\b|\bhstore\b/iu.test(source);
    if (sets || whole || source === '') {
      place.work.refuse(
        `the trigger \`${trigger.name}\` on \`${nameOf(relation)}\` may change columns that a filter looks at`,
      );
    }
  }
}
