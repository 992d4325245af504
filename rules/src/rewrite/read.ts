/**
 * SELECT: every table in FROM that rules hold for becomes a query of the rows and columns within reach, or, where nothing
 * in the statement could tell the difference and an index might, gets its conditions beside those of the statement.
 */

import type { JoinExpr, LockingClause, Node, RangeVar, SelectStmt } from '@pgsql/types';
import { BOUND_PATHS } from '../sql/names.ts';
import { allOf, as, toPart, unsafePart } from '../sql/syntax.ts';
import type { Part } from '../sql/syntax.ts';
import {
  allOfNodes,
  columnNode,
  copyOf,
  relationNode,
  selectNode,
  stringNode,
  targetNode,
} from './nodes.ts';
import { isFiltered } from './protection.ts';
import type { Protection } from './protection.ts';
import { qualified } from './qualified.ts';
import { concernOf, MAX_VIEW_DEPTH, nameOf, viewQuery } from './work.ts';
import type { Concerned, Place, WithNames } from './work.ts';

/** Rewrites everything inside a node. */
export type Walk = (part: Part, place: Place) => void;

/** Takes a condition to where it holds for a table: beside WHERE or ON. Null where there is no such place. */
export type Attach = ((condition: Node) => void) | null;

/** The names of a WITH clause added to the place, its queries rewritten. */
export function withClauseOf(
  clause: { readonly ctes?: Node[]; readonly recursive?: boolean } | undefined,
  place: Place,
  walk: Walk,
): Place {
  if (clause === undefined) return place;
  const tables = allOf(clause.ctes, 'CommonTableExpr');
  const add = (outer: WithNames | null, name: string): WithNames => ({ name, outer });
  const all = tables.reduce((names, { ctename }) => add(names, ctename ?? ''), place.withNames);
  let inside = clause.recursive === true ? { ...place, withNames: all } : place;
  for (const table of tables) {
    walk({ kind: 'CommonTableExpr', fields: table }, inside);
    if (clause.recursive !== true) {
      inside = { ...inside, withNames: add(inside.withNames, table.ctename ?? '') };
    }
  }
  return inside;
}

const READ_APART = ['withClause', 'larg', 'rarg', 'fromClause', 'lockingClause', 'intoClause'];

/** Rewrites one SELECT, VALUES or TABLE. */
export function rewriteSelect(select: SelectStmt, place: Place, walk: Walk): void {
  const inside = withClauseOf(select.withClause, place, walk);
  if (select.larg !== undefined) rewriteSelect(select.larg, inside, walk);
  if (select.rarg !== undefined) rewriteSelect(select.rarg, inside, walk);
  const rest = Object.fromEntries(
    Object.entries(select).filter(([name]) => !READ_APART.includes(name)),
  );
  // What stands in them is rewritten before the conditions are added, which are not the client's.
  walk({ kind: 'clauses', fields: rest }, inside);
  if (select.fromClause === undefined) return;
  const conditions: Node[] = [];
  const from = new FromClause(inside, walk, allOf(select.lockingClause, 'LockingClause'));
  select.fromClause = select.fromClause.map((item) =>
    from.item(item, (condition) => conditions.push(condition)),
  );
  if (conditions.length > 0) select.whereClause = joined(select.whereClause, conditions);
}

/** The client's condition and ours. */
export function joined(condition: Node | undefined, ours: readonly Node[]): Node {
  return allOfNodes(condition === undefined ? ours : [condition, ...ours]);
}

/** The items of one FROM or USING. */
export class FromClause {
  readonly #place: Place;
  readonly #walk: Walk;
  readonly #locks: readonly LockingClause[];

  constructor(place: Place, walk: Walk, locks: readonly LockingClause[] = []) {
    this.#place = place;
    this.#walk = walk;
    this.#locks = locks;
  }

  /** Rewrites one item and gives what stands in its place. */
  item(node: Node, attach: Attach): Node {
    const range = as(node, 'RangeVar');
    if (range !== undefined) return this.#relation(range, node, attach);
    const join = as(node, 'JoinExpr');
    if (join !== undefined) {
      this.#join(join, attach);
      return node;
    }
    const sampled = as(as(node, 'RangeTableSample')?.relation, 'RangeVar');
    if (sampled !== undefined) return this.#relation(sampled, node, null);
    const part = toPart(node);
    if (part !== null) this.#walk(part, this.#place);
    return node;
  }

  #join(join: JoinExpr, outer: Attach): void {
    const quals: Node[] = [];
    const named = join.isNatural === true || join.usingClause !== undefined;
    const here: Attach = named ? null : (condition) => quals.push(condition);
    // Behind an alias of the join the names inside it are not seen.
    const above = join.alias === undefined ? outer : null;
    const [left, right] = sidesOf(join, above, here);
    const natural = join.isNatural === true ? this.#place.work : null;
    if (join.larg !== undefined) join.larg = this.item(join.larg, left);
    if (join.rarg !== undefined) join.rarg = this.item(join.rarg, right);
    if (natural !== null && [join.larg, join.rarg].some((side) => this.#withholds(side))) {
      natural.refuse('a NATURAL JOIN would join on columns that this role may not read: write ON');
    }
    if (join.quals !== undefined) this.#walk({ kind: 'quals', fields: [join.quals] }, this.#place);
    if (quals.length > 0) join.quals = joined(join.quals, quals);
  }

  /** Whether an item was replaced by a part of its columns. */
  #withholds(node: Node | undefined): boolean {
    return node !== undefined && this.#narrowed.has(node);
  }

  readonly #narrowed = new Set<Node>();

  #relation(range: RangeVar, node: Node, attach: Attach): Node {
    const concerned = concernOf(range, this.#place);
    if (concerned === null) {
      const sample = as(node, 'RangeTableSample');
      if (sample !== undefined) {
        this.#walk({ kind: 'sample', fields: { ...sample, relation: {} } }, this.#place);
      }
      return node;
    }
    const { protection, relation, through } = concerned;
    const { work } = this.#place;
    const strict = range.inh === true ? work.protections.strictChild(relation) : null;
    if (strict !== null) {
      work.refuse(
        `\`${nameOf(relation)}\` holds the rows of \`${nameOf(strict)}\`, which has rules of its own`,
      );
    }
    if (!through && protection !== null && this.#staysPlain(range, node, protection, attach)) {
      this.#pin(range, concerned);
      return node;
    }
    const replaced = this.#replace(range, node, concerned);
    if (protection !== null && protection.hidden.size > 0) this.#narrowed.add(replaced);
    return replaced;
  }

  /** Whether the table can stay what it is, with its conditions beside those of the statement. */
  #staysPlain(range: RangeVar, node: Node, protection: Protection, attach: Attach): boolean {
    if (protection.hidden.size > 0) return false;
    if (!isFiltered(protection)) return true;
    const { work } = this.#place;
    const suits = work.calm && !protection.nested && attach !== null;
    if (!suits || as(node, 'RangeVar') === undefined) return false;
    if (range.alias?.colnames !== undefined) return false;
    const name = range.alias?.aliasname ?? range.relname ?? '';
    for (const condition of protection.conditions) {
      attach(qualified(copyOf(condition), name));
    }
    return true;
  }

  /** The name is looked up here and not again. */
  #pin(range: RangeVar, { relation, protection }: Concerned): void {
    if (protection === null || !isFiltered(protection)) return;
    range.schemaname = relation.schema;
    this.#place.work.touch(relation);
  }

  /** A query in the table's place, under the name that the statement knows it by. */
  #replace(range: RangeVar, node: Node, concerned: Concerned): Node {
    const { relation, protection, through } = concerned;
    const { work } = this.#place;
    work.touch(relation);
    if (range.alias === undefined) work.replaced.add(nameOf(relation));
    this.#checkNames(range, protection);
    const fence = !work.calm;
    if (fence) this.#checkLocks(range);
    const source = through ? this.#view(relation) : this.#table(range, node, relation);
    const readable = protection?.readable ?? relation.columns.map(({ name }) => name);
    if (readable.length === 0) work.refuse(`this role may not read \`${nameOf(relation)}\``);
    const query = selectNode({
      targets: readable.map((column) => targetNode(columnNode(column))),
      from: [source],
      where:
        protection === null || !isFiltered(protection)
          ? null
          : allOfNodes(protection.conditions.map((condition) => copyOf(condition))),
      fence,
    });
    const alias = range.alias ?? { aliasname: range.relname ?? relation.name };
    return { RangeSubselect: { subquery: { SelectStmt: query }, alias } };
  }

  #table(range: RangeVar, node: Node, { schema, name }: Concerned['relation']): Node {
    const plain: Node = { RangeVar: relationNode(schema, name, range.inh === true) };
    const sample = as(node, 'RangeTableSample');
    if (sample === undefined) return plain;
    this.#walk({ kind: 'sample', fields: { ...sample, relation: {} } }, this.#place);
    return { RangeTableSample: { ...sample, relation: plain } };
  }

  /** The query of a view, itself rewritten, under the names of the view's columns. */
  #view(view: Concerned['relation']): Node {
    const { work, depth } = this.#place;
    const query = viewQuery(view, work);
    if (query === null || depth > MAX_VIEW_DEPTH) {
      work.refuse(`what the view \`${nameOf(view)}\` reads is not known`);
      return { RangeVar: relationNode(view.schema, view.name, true) };
    }
    const lookup = { ...this.#place.lookup, paths: BOUND_PATHS };
    this.#walk(query, { work, lookup, withNames: null, depth: depth + 1 });
    return {
      RangeSubselect: {
        subquery: { SelectStmt: unsafePart(query.fields, 'SelectStmt') },
        alias: {
          aliasname: view.name,
          colnames: view.columns.map(({ name }) => stringNode(name)),
        },
      },
    };
  }

  /** New names for columns go by their places, which move when some of them are held back. */
  #checkNames(range: RangeVar, protection: Protection | null): void {
    if (range.alias?.colnames === undefined || (protection?.hidden.size ?? 0) === 0) return;
    this.#place.work.refuse(
      `some columns of \`${range.relname ?? ''}\` are held back, so its columns cannot be renamed by their places`,
    );
  }

  /** Behind a fence more rows are locked than the statement's own conditions let through. */
  #checkLocks(range: RangeVar): void {
    if (this.#locks.every(({ waitPolicy }) => waitPolicy === 'LockWaitBlock')) return;
    this.#place.work.refuse(
      `rows of \`${range.relname ?? ''}\` cannot be locked with SKIP LOCKED or NOWAIT under these conditions: compare columns with values only`,
    );
  }
}

/** Where conditions of the two sides of a join hold: above it for a side of which every row comes through. */
function sidesOf(join: JoinExpr, above: Attach, here: Attach): readonly [Attach, Attach] {
  switch (join.jointype) {
    case 'JOIN_INNER':
      return [above ?? here, above ?? here];
    case 'JOIN_LEFT':
      return [above, here];
    case 'JOIN_RIGHT':
      return [here, above];
    default:
      return [null, null];
  }
}
