/**
 * What a role's word about a table comes down to on the catalog at hand: the conditions on its rows with the token's values in
 * them, and the columns that may be read and written. Inheritance children and partitions are under what their parents are under.
 */

import type { Node } from '@pgsql/types';
import type { MaskKind, RoleScope, TableScope } from '../roles/role-scope.ts';
import { tableOf } from '../roles/role-scope.ts';
import type { CatalogIndex } from '../sql/catalog-index.ts';
import type { CatalogRelation, CatalogSnapshot, Oid } from '../sql/catalog.ts';
import { toFilterCondition } from './filter-condition.ts';

/** A role with the values of one token. */
export interface RoleAccess {
  readonly role: RoleScope;
  readonly values: Readonly<Record<string, string>>;
}

/** The rules of one relation. */
export interface Protection {
  readonly relation: CatalogRelation;
  /** Conditions on its rows. Columns are named bare. Shared: copy before changing. */
  readonly conditions: readonly Node[];
  /** Columns that the conditions look at. */
  readonly filterColumns: ReadonlySet<string>;
  /** A condition holds a query of its own. */
  readonly nested: boolean;
  /** Columns that may be read, in the order of the table. */
  readonly readable: readonly string[];
  /** Columns that may not be read. */
  readonly hidden: ReadonlySet<string>;
  readonly insertable: ReadonlySet<string>;
  readonly updatable: ReadonlySet<string>;
  readonly masks: ReadonlyMap<string, MaskKind>;
  /** Why nothing of it may be touched: a condition that does not fit the catalog or the token. */
  readonly problem: string | null;
}

/** Whether rows are held back. */
export function isFiltered(protection: Protection): boolean {
  return protection.conditions.length > 0;
}

/** The protections of one role on one catalog, worked out when first asked for. */
export class Protections {
  readonly #access: RoleAccess;
  readonly #index: CatalogIndex;
  readonly #parents = new Map<Oid, CatalogRelation[]>();
  readonly #known = new Map<Oid, Protection | null>();
  readonly #catalog: CatalogSnapshot;
  #masks: ReadonlyMap<string, MaskKind> | null = null;

  constructor(access: RoleAccess, catalog: CatalogSnapshot, index: CatalogIndex) {
    this.#access = access;
    this.#index = index;
    this.#catalog = catalog;
    for (const parent of catalog.relations) {
      for (const child of parent.children) {
        this.#parents.set(child, [...(this.#parents.get(child) ?? []), parent]);
      }
    }
  }

  /** The rules of a relation; null when the role has none for it. */
  of(relation: CatalogRelation): Protection | null {
    const known = this.#known.get(relation.oid);
    if (known !== undefined) return known;
    const made = this.#make(relation);
    this.#known.set(relation.oid, made);
    return made;
  }

  /** Masks by `table oid.column number`, as results are told by the server. */
  masks(): ReadonlyMap<string, MaskKind> {
    this.#masks ??= new Map(
      this.#catalog.relations.flatMap((relation) => {
        const masks = this.of(relation)?.masks ?? new Map<string, MaskKind>();
        return relation.columns.flatMap(({ name, number }, index) => {
          const mask = masks.get(name);
          const key = `${relation.oid}.${number ?? index + 1}`;
          return mask === undefined ? [] : [[key, mask] as const];
        });
      }),
    );
    return this.#masks;
  }

  /** A child or partition with conditions that its parent does not have: reading the parent would pass by them. */
  strictChild(relation: CatalogRelation, seen = new Set<Oid>()): CatalogRelation | null {
    const own = new Set(this.#scopesOf(relation).flatMap(({ filters }) => filters));
    const hidden = this.of(relation)?.hidden ?? new Set();
    for (const oid of relation.children) {
      if (seen.has(oid)) continue;
      seen.add(oid);
      const child = this.#index.relation(oid);
      if (child === undefined) continue;
      const filters = this.#scopesOf(child).flatMap((scope) => scope.filters);
      const stricter =
        filters.some((filter) => !own.has(filter)) ||
        [...(this.of(child)?.hidden ?? [])].some((column) => !hidden.has(column));
      if (stricter) return child;
      const deeper = this.strictChild(child, seen);
      if (deeper !== null) return deeper;
    }
    return null;
  }

  /** What the role says of the relation and of whatever it is a part of. */
  #scopesOf(relation: CatalogRelation, seen = new Set<Oid>()): readonly TableScope[] {
    if (seen.has(relation.oid)) return [];
    seen.add(relation.oid);
    const own = tableOf(this.#access.role, relation.schema, relation.name);
    const above = (this.#parents.get(relation.oid) ?? []).flatMap((parent) =>
      this.#scopesOf(parent, seen),
    );
    return own === undefined ? above : [own, ...above];
  }

  #make(relation: CatalogRelation): Protection | null {
    const scopes = this.#scopesOf(relation);
    if (scopes.length === 0) return null;
    const columns = relation.columns.map(({ name }) => name);
    const filters = new Map(
      scopes.flatMap(({ filters: own, name }) => own.map((filter) => [filter, name] as const)),
    );
    const { values } = this.#access;
    const filled = [...filters].map(([filter, writtenFor]) =>
      toFilterCondition(filter, relation, { values, index: this.#index, writtenFor }),
    );
    const may = (operation: 'SELECT' | 'INSERT' | 'UPDATE'): string[] =>
      columns.filter((column) => scopes.every((scope) => mayUse(scope, operation, column)));
    const readable = may('SELECT');
    return {
      relation,
      conditions: filled.flatMap((one) => (one.ok ? [one.condition] : [])),
      filterColumns: new Set(filled.flatMap((one) => (one.ok ? one.columns : []))),
      nested: filled.some((one) => one.ok && one.nested),
      readable,
      hidden: new Set(columns.filter((column) => !readable.includes(column))),
      insertable: new Set(may('INSERT')),
      updatable: new Set(may('UPDATE')),
      masks: new Map(scopes.toReversed().flatMap((scope) => [...scope.masks])),
      problem: filled.flatMap((one) => (one.ok ? [] : [one.problem]))[0] ?? null,
    };
  }
}

function mayUse(
  scope: TableScope,
  operation: 'SELECT' | 'INSERT' | 'UPDATE',
  column: string,
): boolean {
  if (!scope.operations.has(operation)) return false;
  return scope.columns.get(operation)?.includes(column) ?? true;
}
