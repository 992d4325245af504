/**
 * A role's filter on one table of the catalog, with the values of a token in it.
 * INVARIANT: a value enters as one constant in the tree. It is never text that is parsed.
 */

import type { Node, RangeVar } from '@pgsql/types';
import type { FilterTemplate } from '../roles/filter-template.ts';
import type { CatalogIndex } from '../sql/catalog-index.ts';
import type { CatalogRelation } from '../sql/catalog.ts';
import { as, stringsOf, toPart, unsafePart, visitChildren } from '../sql/syntax.ts';
import type { Part } from '../sql/syntax.ts';
import {
  builtinTypeName,
  castNode,
  copyOf,
  stringNode,
  systemCall,
  textLiteral,
  typeNode,
} from './nodes.ts';

/** Where values come from and types are looked up. */
export interface FillingParts {
  readonly values: Readonly<Record<string, string>>;
  readonly index: CatalogIndex;
  /** The server looks values up for itself, in settings of the session, in place of constants. */
  readonly settings?: boolean;
  /** The table that the filter was written for: the relation, or what it is a part of. */
  readonly writtenFor: string;
}

export type FilledCondition =
  | {
      readonly ok: true;
      readonly condition: Node;
      readonly columns: readonly string[];
      readonly nested: boolean;
    }
  | { readonly ok: false; readonly problem: string };

/** Operators that are the server's own wherever both sides are of its types; pinned, so that no search path moves them. */
const PINNED_OPERATORS: ReadonlySet<string> = new Set(['=', '<>', '<', '>', '<=', '>=']);

/** Puts the token's values into a filter. */
export function toFilterCondition(
  filter: FilterTemplate,
  relation: CatalogRelation,
  parts: FillingParts,
): FilledCondition {
  const holder: { items: Node[] } = { items: [copyOf(filter.condition)] };
  const filling = new Filling(filter, relation, parts);
  filling.visit({ kind: 'List', fields: holder }, false);
  const [condition] = holder.items;
  if (filling.problem !== null || condition === undefined) {
    const table = `${relation.schema}.${relation.name}`;
    return {
      ok: false,
      problem: `the filter of ${table} cannot be used: ${filling.problem ?? 'it is empty'}`,
    };
  }
  return { ok: true, condition, columns: [...filling.columns], nested: filling.nested };
}

/** One filter while it is being filled. */
class Filling {
  readonly #filter: FilterTemplate;
  readonly #relation: CatalogRelation;
  readonly #parts: FillingParts;
  readonly columns = new Set<string>();
  nested = false;
  problem: string | null = null;

  constructor(filter: FilterTemplate, relation: CatalogRelation, parts: FillingParts) {
    this.#filter = filter;
    this.#relation = relation;
    this.#parts = parts;
  }

  visit(part: Part, inQuery: boolean): void {
    if (part.kind === 'SubLink') this.nested = true;
    if (part.kind === 'A_Expr') this.#compare(unsafePart(part.fields, 'A_Expr'));
    if (part.kind === 'ColumnRef') this.#column(part, inQuery);
    if (part.kind === 'RangeVar') toDefaultSchema(unsafePart(part.fields, 'RangeVar'));
    if (part.kind === 'WithClause') this.problem ??= 'a WITH query cannot stand in it';
    this.#fill(part.fields, null);
    const complete = visitChildren(part, (child) => {
      this.visit(child, inQuery || child.kind === 'SelectStmt');
    });
    if (!complete) this.problem ??= 'a part of it is not understood';
  }

  /** Beside a column a value has the type of the column. */
  #compare(expression: { name?: Node[]; lexpr?: Node; rexpr?: Node; kind?: string }): void {
    const names = stringsOf(expression.name);
    const [operator] = names;
    if (names.length === 1 && operator !== undefined && PINNED_OPERATORS.has(operator)) {
      const plain = expression.kind === 'AEXPR_OP';
      if (plain) expression.name = ['pg_catalog', operator].map(stringNode);
    }
    const column = this.#typeOf(expression.lexpr) ?? this.#typeOf(expression.rexpr);
    if (column === null) return;
    this.#fill(expression, column);
    const list = as(expression.rexpr, 'List');
    if (list !== undefined) this.#fill(list, column);
  }

  #typeOf(node: Node | undefined): string | null {
    const name = stringsOf(as(node, 'ColumnRef')?.fields).at(-1);
    return this.#relation.columns.find((column) => column.name === name)?.type ?? null;
  }

  /** Replaces the places for values that stand directly in a node. */
  #fill(fields: object, type: string | null): void {
    const entries: readonly [string, unknown][] = Object.entries(fields);
    for (const [name, value] of entries) {
      if (Array.isArray(value)) {
        const items: readonly unknown[] = value;
        const filled = items.map((item) => this.#valueAt(item, type) ?? item);
        Object.assign(fields, { [name]: filled });
      } else {
        const filled = this.#valueAt(value, type);
        if (filled !== null) Object.assign(fields, { [name]: filled });
      }
    }
  }

  /** The constant that belongs here; null where no value is asked for. */
  #valueAt(place: unknown, type: string | null): Node | null {
    const part = toPart(place);
    if (part?.kind !== 'ParamRef') return null;
    const number = unsafePart(part.fields, 'ParamRef').number ?? 0;
    const name = this.#filter.variables[number - 1];
    if (name !== undefined && this.#parts.settings === true) return this.#settingOf(name, type);
    const value = name === undefined ? undefined : this.#parts.values[name];
    if (name === undefined || value === undefined || !Object.hasOwn(this.#parts.values, name)) {
      this.problem ??= `the token has no \`${name ?? 'value'}\``;
      return textLiteral('');
    }
    if (value.includes('\0') || !value.isWellFormed()) {
      this.problem ??= `the token's \`${name}\` is not a value of SQL`;
      return textLiteral('');
    }
    if (type === null) return textLiteral(value);
    this.#check(name, value, type);
    const typeName = typeNode(type, this.#parts.index);
    return typeName === null ? textLiteral(value) : castNode(textLiteral(value), typeName);
  }

  /** A setting that is not there is NULL, and then no row is within reach. */
  #settingOf(name: string, type: string | null): Node {
    const setting = systemCall('current_setting', [
      textLiteral(`agentguard.${name}`),
      { A_Const: { boolval: { boolval: true } } },
    ]);
    const given: Node = {
      A_Expr: {
        kind: 'AEXPR_NULLIF',
        name: [stringNode('=')],
        lexpr: setting,
        rexpr: textLiteral(''),
      },
    };
    const typeName = type === null ? null : typeNode(type, this.#parts.index);
    return typeName === null ? given : castNode(given, typeName);
  }

  /** What the server would fail on is said here, in words that name the token's value and do not hold it. */
  #check(name: string, value: string, type: string): void {
    const typeName = builtinTypeName(type) ?? '';
    const form = FORMS.get(typeName);
    if (form !== undefined && !form.test(value)) {
      this.problem ??= `the token's \`${name}\` is not a value of the type ${typeName}`;
    }
  }

  #column(part: Part, inQuery: boolean): void {
    const column = unsafePart(part.fields, 'ColumnRef');
    const names = stringsOf(column.fields);
    const name = names.at(-1);
    const known = this.#relation.columns.some((column) => column.name === name);
    const { writtenFor } = this.#parts;
    const owner = names.at(-2);
    if (!inQuery && owner !== undefined && owner !== writtenFor) {
      this.problem ??= `it names \`${owner}\`, which is another table`;
    }
    if (owner === writtenFor && name !== undefined) {
      // A part of the table has a name of its own.
      column.fields = (inQuery ? [this.#relation.name, name] : [name]).map(stringNode);
    }
    if (known && name !== undefined) this.columns.add(name);
    else if (!inQuery) this.problem ??= `the table has no column \`${name ?? '*'}\``;
  }
}

/** As in the rest of a policy: never along a path, which a session could change. */
function toDefaultSchema(relation: RangeVar): void {
  relation.schemaname ??= 'public';
}

const WHOLE_NUMBER = /^[+-]?\d{1,19}$/;

const FORMS: ReadonlyMap<string, RegExp> = new Map([
  ['int2', WHOLE_NUMBER],
  ['int4', WHOLE_NUMBER],
  ['int8', WHOLE_NUMBER],
  ['uuid', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/iu],
  ['bool', /^(true|false|t|f)$/u],
]);
