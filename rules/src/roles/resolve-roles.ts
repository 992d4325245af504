/**
 * From roles as written to roles after inheritance. Whatever contradicts itself is a problem with its place, never a
 * guess: a role that is read as wider than meant would be a hole.
 *
 * A role has what it inherits, and what it says itself stands above that, table by table: its operations on a table
 * replace the inherited ones, and so do its columns for an operation. Filters add up, and nothing takes a forbidden
 * operation, a mask or a required person away again.
 */

import type { SqlParser } from '../sql/parser.ts';
import { parseFilter } from './filter-template.ts';
import type { FilterTemplate } from './filter-template.ts';
import { didYouMean } from './nearest-word.ts';
import { parseRateLimit } from './rate-limit.ts';
import { tableKey } from './role-scope.ts';
import type {
  ColumnOperation,
  ForbiddableOperation,
  MaskKind,
  RateLimit,
  RoleScope,
  TableKey,
  TableOperation,
  TableScope,
} from './role-scope.ts';
import type { WrittenRole } from './roles-schema.ts';
import { parseTableName } from './table-name.ts';
import type { TableName } from './table-name.ts';

/** Deeper chains are a mistake, and nobody could follow them. */
const MAX_DEPTH = 20;

/** Where something is wrong: the path inside `roles`. */
export interface RoleProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
  /** The key itself is wrong, not what stands behind it. */
  readonly atKey?: boolean;
}

export type ResolvedRoles =
  | { readonly ok: true; readonly roles: ReadonlyMap<string, RoleScope> }
  | { readonly ok: false; readonly problem: RoleProblem };

/** Thrown inside this file only, and caught at its one entry. */
class Contradiction extends Error {
  readonly problem: RoleProblem;

  constructor(problem: RoleProblem) {
    super(problem.message);
    this.problem = problem;
  }
}

/** A table while its role is put together. */
interface Draft {
  readonly table: TableName;
  operations: ReadonlySet<TableOperation>;
  readonly columns: Map<ColumnOperation, readonly string[]>;
  readonly filters: FilterTemplate[];
  readonly masks: Map<string, MaskKind>;
}

interface RoleDraft {
  readonly tables: Map<TableKey, Draft>;
  readonly forbidden: Set<ForbiddableOperation>;
  rateLimit: RateLimit | null;
  onBehalfOfRequired: boolean;
}

type WrittenRoles = Readonly<Record<string, WrittenRole>>;

/** Resolves every role of a file. */
export function resolveRoles(written: WrittenRoles, parser: SqlParser): ResolvedRoles {
  const resolver = new Resolver(written, parser);
  try {
    const roles = Object.keys(written).map((name) => [name, resolver.resolve(name, [])] as const);
    return { ok: true, roles: new Map(roles) };
  } catch (error) {
    if (error instanceof Contradiction) return { ok: false, problem: error.problem };
    throw error;
  }
}

class Resolver {
  readonly #written: ReadonlyMap<string, WrittenRole>;
  readonly #parser: SqlParser;
  readonly #done = new Map<string, RoleScope>();

  constructor(written: WrittenRoles, parser: SqlParser) {
    this.#written = new Map(Object.entries(written));
    this.#parser = parser;
  }

  resolve(name: string, heirs: readonly string[]): RoleScope {
    const done = this.#done.get(name);
    if (done !== undefined) return done;
    const written = this.#written.get(name);
    if (written === undefined) throw new Error(`role ${name} is resolved without being there`);
    const draft = this.#inherit(name, written, heirs);
    this.#addTables(name, written, draft);
    addColumns(name, written, draft);
    this.#addFilters(name, written, draft);
    addMasks(name, written, draft);
    addLimits(name, written, draft);
    refuseForbiddenGrants(name, written, draft);
    const role = finish(name, draft);
    this.#done.set(name, role);
    return role;
  }

  #inherit(name: string, written: WrittenRole, heirs: readonly string[]): RoleDraft {
    const draft: RoleDraft = {
      tables: new Map(),
      forbidden: new Set(),
      rateLimit: null,
      onBehalfOfRequired: false,
    };
    const parents = typeof written.inherits === 'string' ? [written.inherits] : written.inherits;
    const line = [...heirs, name];
    for (const [index, parent] of (parents ?? []).entries()) {
      const path = [name, 'inherits', ...(typeof written.inherits === 'string' ? [] : [index])];
      this.#checkParent(parent, line, path);
      mergeRole(draft, this.resolve(parent, line), path);
    }
    return draft;
  }

  #checkParent(parent: string, line: readonly string[], path: RoleProblem['path']): void {
    if (!this.#written.has(parent)) {
      const near = didYouMean(parent, this.#written.keys());
      throw new Contradiction({ path, message: `no role is called \`${parent}\`${near}` });
    }
    if (line.includes(parent)) {
      const circle = [...line.slice(line.indexOf(parent)), parent].join(' -> ');
      throw new Contradiction({ path, message: `roles inherit in a circle: ${circle}` });
    }
    if (line.length >= MAX_DEPTH) {
      throw new Contradiction({ path, message: `roles inherit over more than ${MAX_DEPTH} steps` });
    }
  }

  #addTables(name: string, written: WrittenRole, draft: RoleDraft): void {
    const own = new Set<TableKey>();
    for (const [text, operations] of Object.entries(written.tables ?? {})) {
      const path = [name, 'tables', text];
      const table = readTable(text, path);
      const key = tableKey(table.schema, table.name);
      if (own.has(key)) {
        throw new Contradiction({
          path,
          atKey: true,
          message: `\`${text}\` names a table that stands here already under another spelling`,
        });
      }
      own.add(key);
      const before = draft.tables.get(key);
      draft.tables.set(key, {
        table,
        operations: new Set(operations),
        columns: onlyGranted(before?.columns ?? new Map(), operations),
        filters: before?.filters ?? [],
        masks: before?.masks ?? new Map<string, MaskKind>(),
      });
    }
  }

  #addFilters(name: string, written: WrittenRole, draft: RoleDraft): void {
    for (const [text, source] of Object.entries(written.filters ?? {})) {
      const path = [name, 'filters', text];
      const table = findDraft(text, path, draft);
      const parsed = parseFilter(source, this.#parser);
      if (!parsed.ok) {
        throw new Contradiction({
          path,
          message: `the filter \`${source}\` cannot be used: ${parsed.problem}`,
        });
      }
      const known = table.filters.some((filter) => filter.sql === parsed.filter.sql);
      if (!known || parsed.filter.variables.length > 0) table.filters.push(parsed.filter);
    }
  }
}

/** Adds what a parent has. Parents that say different things of one table contradict each other. */
function mergeRole(draft: RoleDraft, parent: RoleScope, path: RoleProblem['path']): void {
  for (const [key, table] of parent.tables) mergeTable(draft, [key, table], path, parent.name);
  for (const operation of parent.forbidden) draft.forbidden.add(operation);
  draft.rateLimit = slower(draft.rateLimit, parent.rateLimit);
  draft.onBehalfOfRequired ||= parent.onBehalfOfRequired;
}

function mergeTable(
  draft: RoleDraft,
  [key, table]: readonly [TableKey, TableScope],
  path: RoleProblem['path'],
  parent: string,
): void {
  const before = draft.tables.get(key);
  const { schema, name } = table;
  if (before === undefined) {
    draft.tables.set(key, {
      table: { schema, name },
      operations: table.operations,
      columns: new Map(table.columns),
      filters: [...table.filters],
      masks: new Map(table.masks),
    });
    return;
  }
  if (!sameTable(before, table)) {
    const message = `\`${parent}\` and another role that is inherited say different things of \`${schema}.${name}\``;
    throw new Contradiction({ path, message });
  }
}

/** Whether two parents say the same of a table. */
function sameTable(before: Draft, table: TableScope): boolean {
  const shape = (of: Pick<TableScope, 'operations' | 'columns' | 'filters' | 'masks'>): string =>
    JSON.stringify([
      [...of.operations].toSorted(),
      [...of.columns].map(([operation, names]) => [operation, names.toSorted()]).toSorted(),
      of.filters.map(({ source }) => source).toSorted(),
      [...of.masks].toSorted(),
    ]);
  return shape(before) === shape(table);
}

/** Columns of operations that the role no longer grants say nothing any more. */
function onlyGranted(
  columns: ReadonlyMap<ColumnOperation, readonly string[]>,
  operations: readonly TableOperation[],
): Map<ColumnOperation, readonly string[]> {
  return new Map([...columns].filter(([operation]) => operations.includes(operation)));
}

function addColumns(name: string, written: WrittenRole, draft: RoleDraft): void {
  for (const [text, byOperation] of Object.entries(written.columns ?? {})) {
    const table = findDraft(text, [name, 'columns', text], draft);
    for (const [operation, columns] of Object.entries(byOperation)) {
      const path = [name, 'columns', text, operation];
      if (!table.operations.has(operation as TableOperation)) {
        const message = `the columns for ${operation} on \`${text}\` mean nothing: the role has no ${operation} on it`;
        throw new Contradiction({ path, atKey: true, message });
      }
      table.columns.set(operation as ColumnOperation, [...new Set(columns)]);
    }
  }
}

function addMasks(name: string, written: WrittenRole, draft: RoleDraft): void {
  for (const [text, masks] of Object.entries(written.masks ?? {})) {
    const table = findDraft(text, [name, 'masks', text], draft);
    for (const [column, kind] of Object.entries(masks)) {
      const before = table.masks.get(column);
      if (before !== undefined && before !== kind) {
        const path = [name, 'masks', text, column];
        const message = `\`${text}.${column}\` is inherited with the mask \`${before}\`, which no other role changes`;
        throw new Contradiction({ path, message });
      }
      table.masks.set(column, kind);
    }
  }
}

function addLimits(name: string, written: WrittenRole, draft: RoleDraft): void {
  for (const operation of written.forbidden_operations ?? []) draft.forbidden.add(operation);
  draft.onBehalfOfRequired ||= written.on_behalf_of === 'required';
  if (written.rate_limit === undefined) return;
  const limit = parseRateLimit(written.rate_limit);
  if (limit === null) {
    const message = `\`${written.rate_limit}\` is no rate; write a number and \`s\`, \`min\` or \`h\`, as in \`200/min\``;
    throw new Contradiction({ path: [name, 'rate_limit'], message });
  }
  draft.rateLimit = limit;
}

/** SECURITY(P-70): a role that grants what it forbids is refused; what it inherits and forbids is taken away. */
function refuseForbiddenGrants(name: string, written: WrittenRole, draft: RoleDraft): void {
  for (const [text, operations] of Object.entries(written.tables ?? {})) {
    const index = operations.findIndex((operation) => draft.forbidden.has(operation));
    const operation = operations[index];
    if (operation === undefined) continue;
    const message = `the role grants ${operation} on \`${text}\` and forbids ${operation}, itself or by what it inherits`;
    throw new Contradiction({ path: [name, 'tables', text, index], message });
  }
  for (const [key, table] of draft.tables) {
    const left = [...table.operations].filter((operation) => !draft.forbidden.has(operation));
    table.operations = new Set(left);
    if (left.length === 0) draft.tables.delete(key);
  }
}

function finish(name: string, draft: RoleDraft): RoleScope {
  const tables = new Map(
    [...draft.tables].map(([key, { table, operations, columns, filters, masks }]) => {
      const scope: TableScope = { ...table, operations, columns, filters, masks };
      return [key, scope] as const;
    }),
  );
  const variables = [...tables.values()].flatMap(({ filters }) =>
    filters.flatMap((filter) => filter.variables),
  );
  return {
    name,
    tables,
    forbidden: draft.forbidden,
    rateLimit: draft.rateLimit,
    onBehalfOfRequired: draft.onBehalfOfRequired,
    variables: new Set(variables),
  };
}

/** The slower of two rates. */
function slower(left: RateLimit | null, right: RateLimit | null): RateLimit | null {
  if (left === null || right === null) return left ?? right;
  return left.count / left.perMs <= right.count / right.perMs ? left : right;
}

function findDraft(text: string, path: RoleProblem['path'], draft: RoleDraft): Draft {
  const { schema, name } = readTable(text, path);
  const found = draft.tables.get(tableKey(schema, name));
  if (found !== undefined) return found;
  const names = [...draft.tables.values()].flatMap(({ table }) => [
    table.name,
    `${table.schema}.${table.name}`,
  ]);
  const message = `the role grants nothing on \`${text}\`${didYouMean(text, names)}`;
  throw new Contradiction({ path, atKey: true, message });
}

function readTable(text: string, path: RoleProblem['path']): TableName {
  const table = parseTableName(text);
  if (table !== null) return table;
  const message = `\`${text}\` is no name of a table; write \`table\` or \`schema.table\``;
  throw new Contradiction({ path, atKey: true, message });
}
