/**
 * Statement text to the text that is sent in its place: the same statement, in reach of one role only. Pure, never throws.
 * SECURITY(P-75): what comes out reads of a table with rules nothing but the rows and columns of its rules. A place that is not
 * understood, a name that is not certain and a text that cannot be written exactly are refusals.
 */

import type { CopyStmt, Node, RangeVar, RawStmt } from '@pgsql/types';
import { indexOf } from '../sql/catalog-index.ts';
import type { CatalogRelation, CatalogSnapshot } from '../sql/catalog.ts';
import type { NameContext } from '../sql/name-context.ts';
import { makeSearchPaths, resolveRelation } from '../sql/names.ts';
import type { NameLookup } from '../sql/names.ts';
import type { SqlParser } from '../sql/parser.ts';
import { as, kindOf, stringsOf, toPart, unsafePart, visitChildren } from '../sql/syntax.ts';
import type { Part } from '../sql/syntax.ts';
import { isCalm, isQuiet } from './calm.ts';
import { rewriteDelete, rewriteInsert, rewriteMerge, rewriteUpdate } from './changes.ts';
import { toExactText } from './exact-text.ts';
import { refuseHiddenReading, stripSchemas } from './hidden-columns.ts';
import { refuseUnmaskable } from './masked-columns.ts';
import { columnNode, copyOf, relationNode, selectNode, targetNode } from './nodes.ts';
import { isFiltered, Protections } from './protection.ts';
import type { RoleAccess } from './protection.ts';
import { rewriteSelect, withClauseOf, FromClause } from './read.ts';
import { checkCall, concernOf, concernOfRelation, nameOf, Work } from './work.ts';
import type { Place } from './work.ts';

/** What becomes of a message. */
export type RewriteOutcome =
  | { readonly kind: 'unchanged' }
  | {
      readonly kind: 'rewritten';
      /** Every statement of the message as it is to be sent. */
      readonly statements: readonly string[];
      /** Tables whose rows or columns were held back, as `schema.name`. */
      readonly tables: readonly string[];
    }
  | {
      readonly kind: 'refused';
      /** A clause that names the table or column. */
      readonly reason: string;
    };

/** Rewrites the statements of one role. */
export class RoleRewriter {
  readonly #access: RoleAccess;
  readonly #parser: SqlParser;
  #catalog: CatalogSnapshot | null = null;
  #protections: Protections | null = null;

  constructor(access: RoleAccess, parser: SqlParser) {
    this.#access = access;
    this.#parser = parser;
  }

  /** The rules of the role on the catalog at hand. */
  protections(catalog: CatalogSnapshot): Protections {
    if (this.#catalog !== catalog || this.#protections === null) {
      this.#catalog = catalog;
      this.#protections = new Protections(this.#access, catalog, indexOf(catalog));
    }
    return this.#protections;
  }

  /**
   * Rewrites one message.
   * @param text what the client sent
   * @param context how names are to be read when its first statement runs
   */
  rewrite(text: string, context: NameContext): RewriteOutcome {
    const parsed = this.#parser.parse(text);
    // What does not parse is an unknown effect, which the decision deals with.
    if (!parsed.ok) return { kind: 'unchanged' };
    const index = indexOf(context.catalog);
    const protections = this.protections(context.catalog);
    const touched = new Set<string>();
    const texts: string[] = [];
    const bytes = new TextEncoder().encode(text);
    let changed = false;
    let settled = true;
    for (const raw of parsed.tree.stmts) {
      const work = new Work({ protections, index, parser: this.#parser });
      const lookup = { context, index, paths: pathsOf(context, settled) };
      const statement = rewriteStatement(raw, work, lookup);
      const refusal = work.refusal ?? refusalOf(work, lookup);
      if (refusal !== null) return { kind: 'refused', reason: refusal };
      if (work.changed) {
        const written = statement === null ? null : toExactText(statement, this.#parser);
        if (written === null) return { kind: 'refused', reason: NOT_EXACT };
        texts.push(written);
        changed = true;
        for (const name of work.touched) touched.add(name);
      } else texts.push(sliceOf(raw, bytes));
      settled &&= LEAVES_NAMES.has(kindOf(raw.stmt ?? ({} as Node)));
    }
    if (!changed) return { kind: 'unchanged' };
    return { kind: 'rewritten', statements: texts, tables: [...touched] };
  }
}

const NOT_EXACT =
  'the statement cannot be written again with the filters of this role in it: write it more simply';

/** Statements behind which names mean what they meant before. */
const LEAVES_NAMES: ReadonlySet<string> = new Set([
  'SelectStmt',
  'InsertStmt',
  'UpdateStmt',
  'DeleteStmt',
  'MergeStmt',
  'ExplainStmt',
  'TransactionStmt',
  'DeclareCursorStmt',
  'FetchStmt',
  'ClosePortalStmt',
  'PrepareStmt',
  'ExecuteStmt',
  'CopyStmt',
  'VariableShowStmt',
]);

function pathsOf(context: NameContext, settled: boolean): NameLookup['paths'] {
  return settled
    ? makeSearchPaths(context.searchPaths, context.anySearchPath)
    : makeSearchPaths([], true);
}

/** Operators and types in a filter are the server's own only where its schema is looked into first. */
function refusalOf(work: Work, { paths }: NameLookup): string | null {
  if (work.touched.size === 0) return null;
  const moved = paths.paths.some((path) => path.indexOf('pg_catalog') > 0);
  if (!moved && !paths.any) return null;
  return 'under this search_path the filters of this role could mean something else: `SET search_path` to a list without pg_catalog';
}

function sliceOf(raw: RawStmt, bytes: Uint8Array): string {
  const start = raw.stmt_location ?? 0;
  const length = raw.stmt_len ?? 0;
  const slice = length === 0 ? bytes.subarray(start) : bytes.subarray(start, start + length);
  return new TextDecoder().decode(slice);
}

function rewriteStatement(raw: RawStmt, work: Work, lookup: NameLookup): Node | null {
  if (raw.stmt === undefined) return null;
  const part = toPart(raw.stmt);
  if (part === null || part.kind === '') return raw.stmt;
  const relations = relationsIn(part, lookup);
  const through = relations.some((one) => concernOfRelation(one, work)?.through === true);
  const parts = { index: lookup.index, relations };
  work.calm = !through && isCalm(part, parts);
  // What a view computes for itself is of other rows than those that are written.
  work.isQuiet = (condition) => isQuiet(condition, parts);
  const original = toPart(copyOf(raw.stmt));
  const place: Place = { work, lookup, withNames: null, depth: 0 };
  const holder: { items: Node[] } = { items: [raw.stmt] };
  rewriteTop(part, place, holder);
  const [rewritten] = holder.items;
  const result = rewritten === undefined ? null : toPart(rewritten);
  if (original === null || result === null) return null;
  const concerned = relations.flatMap((one) => concernOfRelation(one, work) ?? []);
  refuseHiddenReading(original, { work, relations, concerned });
  stripSchemas(result, { work, relations, concerned });
  const read = relationsIn(result, lookup).flatMap((one) => concernOfRelation(one, work) ?? []);
  refuseUnmaskable(result, { work, relations, concerned: read });
  return rewritten ?? null;
}

/** Every relation of the catalog that a name in the statement may mean. */
function relationsIn(part: Part, lookup: NameLookup): readonly CatalogRelation[] {
  const found = new Set<CatalogRelation>();
  const visit = (inside: Part): void => {
    if (inside.kind === 'RangeVar') {
      const range = unsafePart(inside.fields, 'RangeVar');
      const written = { schema: range.schemaname ?? null, name: range.relname ?? '' };
      for (const one of resolveRelation(written, lookup)) {
        if (one.kind === 'catalog') found.add(one.relation);
      }
    }
    visitChildren(inside, visit);
  };
  visit(part);
  return [...found];
}

/** Statements that touch a table as a whole, and whose rules are those of operations, not of rows. */
const WHOLE_TABLE: ReadonlySet<string> = new Set([
  'AlterTableStmt',
  'LockStmt',
  'VacuumStmt',
  'CommentStmt',
  'RenameStmt',
  'IndexStmt',
  'ClusterStmt',
  'ReindexStmt',
  'GrantStmt',
  'AlterObjectSchemaStmt',
  'AlterOwnerStmt',
  'CreateStmt',
  'CreateSeqStmt',
  'AlterSeqStmt',
]);

function rewriteTop(part: Part, place: Place, holder: { items: Node[] }): void {
  const { work } = place;
  switch (part.kind) {
    case 'SelectStmt':
    case 'InsertStmt':
    case 'UpdateStmt':
    case 'DeleteStmt':
    case 'MergeStmt':
    case 'DeclareCursorStmt':
      walk(part, place);
      return;
    case 'ExplainStmt':
      walk(part, place);
      refuseCounting(part, work);
      return;
    case 'PrepareStmt':
      work.pinsAll = true;
      walk(part, place);
      return;
    case 'CreateTableAsStmt': {
      const create = unsafePart(part.fields, part.kind);
      walk(part, place);
      if (create.objtype === 'OBJECT_MATVIEW' && work.touched.size > 0) {
        work.refuse('a materialized view would keep rows of filtered tables for others to read');
      }
      return;
    }
    case 'CopyStmt':
      rewriteCopy(unsafePart(part.fields, part.kind), place, holder);
      return;
    case 'TruncateStmt':
      refuseTruncate(part, place);
      return;
    default:
      refuseReading(part, place);
      return;
  }
}

/** EXPLAIN ANALYZE counts the rows that a filter took away. */
function refuseCounting(part: Part, work: Work): void {
  const options = unsafePart(part.fields, 'ExplainStmt').options ?? [];
  const analyzes = options.some((option) => as(option, 'DefElem')?.defname === 'analyze');
  if (!analyzes || work.touched.size === 0) return;
  work.refuse(
    'EXPLAIN ANALYZE counts rows that this role may not read: use EXPLAIN without ANALYZE',
  );
}

function refuseTruncate(part: Part, place: Place): void {
  for (const item of unsafePart(part.fields, 'TruncateStmt').relations ?? []) {
    const range = as(item, 'RangeVar');
    const concerned = range === undefined ? null : concernOf(range, place);
    if (concerned?.protection != null && isFiltered(concerned.protection)) {
      place.work.refuse(
        `TRUNCATE would remove rows of \`${nameOf(concerned.relation)}\` that this role may not reach`,
      );
    }
  }
}

/** A statement of another kind: what it reads cannot be held back, so it may read nothing that is. */
function refuseReading(part: Part, place: Place): void {
  if (WHOLE_TABLE.has(part.kind)) {
    visitChildren(part, (child) => {
      if (child.kind !== 'RangeVar') refuseReading({ ...child, kind: child.kind }, place);
    });
    return;
  }
  walk(part, place);
  if (place.work.met) {
    place.work.refuse('a definition cannot be made of a table whose rows are filtered');
  }
}

/** COPY of a table out becomes COPY of a query; nothing is copied in where rows would have to be checked. */
function rewriteCopy(copy: CopyStmt, place: Place, holder: { items: Node[] }): void {
  const { work } = place;
  const concerned = copy.relation === undefined ? null : concernOf(copy.relation, place);
  if (concerned === null || copy.relation === undefined) {
    walk({ kind: 'CopyStmt clauses', fields: { ...copy, relation: undefined } }, place);
    return;
  }
  const name = nameOf(concerned.relation);
  if (copy.is_from === true) {
    refuseCopyIn(copy, place);
    return;
  }
  const protection = concerned.protection;
  const given = stringsOf(copy.attlist);
  const held = given.find((column) => protection?.hidden.has(column) === true);
  if (held !== undefined) work.refuse(`this role may not read \`${held}\` of \`${name}\``);
  const all = protection?.readable ?? concerned.relation.columns.map((column) => column.name);
  const columns = given.length > 0 ? given : all;
  const masked = columns.find((column) => protection?.masks.has(column) === true);
  if (masked !== undefined) work.refuse(`COPY would give \`${masked}\` without its mask`);
  if (protection !== null && !isFiltered(protection) && protection.hidden.size === 0) return;
  const from = new FromClause(place, walk).item(
    { RangeVar: { ...relationOnly(copy.relation), inh: concerned.through } },
    null,
  );
  const targets = columns.map((column) => targetNode(columnNode(column)));
  work.touch(concerned.relation);
  const rest = Object.fromEntries(
    Object.entries(copy).filter(([field]) => field !== 'relation' && field !== 'attlist'),
  );
  holder.items = [
    { CopyStmt: { ...rest, query: { SelectStmt: selectNode({ targets, from: [from] }) } } },
  ];
}

function relationOnly(range: RangeVar): RangeVar {
  return relationNode(range.schemaname ?? '', range.relname ?? '', false).schemaname === ''
    ? { relname: range.relname ?? '', relpersistence: 'p' }
    : relationNode(range.schemaname ?? '', range.relname ?? '', false);
}

function refuseCopyIn(copy: CopyStmt, place: Place): void {
  const concerned = copy.relation === undefined ? null : concernOf(copy.relation, place);
  const protection = concerned?.protection;
  if (concerned === null || protection == null) return;
  const name = nameOf(concerned.relation);
  if (isFiltered(protection) || concerned.through) {
    place.work.refuse(
      `rows that COPY brings into \`${name}\` would not be held against its filter: use INSERT`,
    );
  }
  const columns = stringsOf(copy.attlist);
  const filled = columns.length > 0 ? columns : concerned.relation.columns.map((one) => one.name);
  const held = filled.find((column) => !protection.insertable.has(column));
  if (held !== undefined) place.work.refuse(`this role may not insert \`${held}\` of \`${name}\``);
}

/** Rewrites a node and everything inside it. */
function walk(part: Part, place: Place): void {
  const { kind, fields } = part;
  switch (kind) {
    case 'SelectStmt':
      rewriteSelect(unsafePart(fields, kind), place, walk);
      return;
    case 'InsertStmt':
      rewriteInsert(unsafePart(fields, kind), place, walk);
      return;
    case 'UpdateStmt':
      rewriteUpdate(unsafePart(fields, kind), place, walk);
      return;
    case 'DeleteStmt':
      rewriteDelete(unsafePart(fields, kind), place, walk);
      return;
    case 'MergeStmt':
      rewriteMerge(unsafePart(fields, kind), place, walk);
      return;
    case 'WithClause':
      withClauseOf(unsafePart(fields, kind), place, walk);
      return;
    case 'RangeVar':
      refuseRelation(unsafePart(fields, kind), place);
      return;
    case 'IntoClause':
      walkInto(fields, place);
      return;
    case 'LockingClause':
      return;
    case 'FuncCall':
      checkCall(unsafePart(fields, kind).funcname, place.work);
      break;
    default:
      break;
  }
  visitChildren({ kind: bareKind(kind), fields }, (child) => walk(child, place));
}

/** Clauses of a statement hold bare nodes under the statement's own name. */
function bareKind(kind: string): string {
  return kind.endsWith(' clauses') ? kind.slice(0, -' clauses'.length) : kind;
}

/** The name of what is made stands in it, which is no reading. */
function walkInto(fields: object, place: Place): void {
  const rest = Object.fromEntries(Object.entries(fields).filter(([name]) => name !== 'rel'));
  visitChildren({ kind: 'clauses', fields: rest }, (child) => walk(child, place));
}

/** A table at a place where nothing can be put around it. */
function refuseRelation(range: RangeVar, place: Place): void {
  const concerned = concernOf(range, place);
  if (concerned === null) return;
  place.work.refuse(`\`${nameOf(concerned.relation)}\` cannot be filtered at this place`);
}
