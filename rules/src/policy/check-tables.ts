/**
 * Holds the tables and columns that the roles of a policy file name against a catalog. A name that is not there grants
 * nothing, so it is a mistake and no hole; it is said with its place and the nearest name that is there.
 */

import { LineCounter, parseDocument } from 'yaml';
import { didYouMean } from '../roles/nearest-word.ts';
import type { RoleScope } from '../roles/role-scope.ts';
import { parseTableName } from '../roles/table-name.ts';
import type { CatalogRelation, CatalogSnapshot } from '../sql/catalog.ts';
import { problemAt } from './policy-place.ts';
import type { PolicyProblem, PolicyText } from './policy-place.ts';

/** Parts of a role whose keys are tables. */
const TABLE_PARTS = ['tables', 'columns', 'filters', 'masks'] as const;

/**
 * What is wrong with the roles, for one database.
 * @param text the file, which was parsed before
 * @param roles those of its roles that are used on that database
 */
export function checkTables(
  text: string,
  roles: Iterable<RoleScope>,
  catalog: CatalogSnapshot,
): readonly PolicyProblem[] {
  const lines = new LineCounter();
  const place: PolicyText = { document: parseDocument(text, { lineCounter: lines }), lines };
  const written: unknown = place.document.toJS({ maxAliasCount: 100 });
  const checker = new Checker(place, catalog);
  for (const role of roles) checker.role(role.name, at(at(written, 'roles'), role.name));
  return checker.problems;
}

class Checker {
  readonly problems: PolicyProblem[] = [];
  readonly #place: PolicyText;
  readonly #catalog: CatalogSnapshot;

  constructor(place: PolicyText, catalog: CatalogSnapshot) {
    this.#place = place;
    this.#catalog = catalog;
  }

  role(name: string, written: unknown): void {
    for (const part of TABLE_PARTS) {
      const tables = at(written, part);
      for (const table of keysOf(tables)) {
        const path = ['roles', name, part];
        const relation = this.#find(table, path);
        if (relation === undefined) continue;
        if (part === 'masks') this.#columns(relation, keysOf(at(tables, table)), [...path, table]);
        if (part === 'columns') this.#byOperation(relation, at(tables, table), [...path, table]);
      }
    }
  }

  #find(text: string, path: readonly string[]): CatalogRelation | undefined {
    const name = parseTableName(text);
    const found = this.#catalog.relations.find(
      (one) => one.schema === name?.schema && one.name === name.name,
    );
    if (found !== undefined) return found;
    const known = this.#catalog.relations.flatMap((one) => [
      `${one.schema}.${one.name}`,
      ...(one.schema === 'public' ? [one.name] : []),
    ]);
    // The same name in another schema is what was meant more often than a similar one.
    const elsewhere = this.#catalog.relations.find((one) => one.name === name?.name);
    const near =
      elsewhere === undefined
        ? didYouMean(text, known)
        : `; did you mean \`${elsewhere.schema}.${elsewhere.name}\`?`;
    const message = `\`${[...path, text].join('.')}\`: the database has no table \`${text}\`${near}`;
    this.problems.push(problemAt(this.#place, { path, key: text }, message));
    return undefined;
  }

  #byOperation(relation: CatalogRelation, written: unknown, path: readonly string[]): void {
    for (const operation of keysOf(written)) {
      const columns = at(written, operation);
      const names = Array.isArray(columns) ? columns.filter((one) => typeof one === 'string') : [];
      this.#columns(relation, names, [...path, operation]);
    }
  }

  #columns(relation: CatalogRelation, names: readonly string[], path: readonly string[]): void {
    const known = relation.columns.map(({ name }) => name);
    for (const name of names) {
      if (known.includes(name)) continue;
      const message = `\`${path.join('.')}\`: \`${relation.name}\` has no column \`${name}\`${didYouMean(name, known)}`;
      this.problems.push(problemAt(this.#place, { path, key: name }, message));
    }
  }
}

function at(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[key];
}

function keysOf(value: unknown): readonly string[] {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.keys(value)
    : [];
}
