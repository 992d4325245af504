/**
 * What is carried along while a statement is rewritten: whose rules hold, how names are looked up at the place, and the
 * first reason to refuse. The parts of the rewriting call each other in circles and meet in `Rewriter` only.
 */

import type { Node, RangeVar } from '@pgsql/types';
import type { CatalogIndex } from '../sql/catalog-index.ts';
import type { CatalogRelation } from '../sql/catalog.ts';
import { resolveRelation } from '../sql/names.ts';
import type { NameLookup } from '../sql/names.ts';
import type { SqlParser } from '../sql/parser.ts';
import { allOf, toPart, unsafePart, visitChildren } from '../sql/syntax.ts';
import type { Part } from '../sql/syntax.ts';
import type { Protection, Protections } from './protection.ts';

/** Names of WITH queries that are in scope, innermost first. */
export interface WithNames {
  readonly name: string;
  readonly outer: WithNames | null;
}

/** Where the rewriting stands. */
export interface Place {
  readonly work: Work;
  readonly lookup: NameLookup;
  readonly withNames: WithNames | null;
  /** Definitions that lead here, so that none is followed for ever. */
  readonly depth: number;
}

/** A relation in a statement that rules hold for, or a view through which one is read. */
export interface Concerned {
  readonly relation: CatalogRelation;
  /** Null for a view that has no rules of its own. */
  readonly protection: Protection | null;
  /** It is a view whose query has to be put in its place. */
  readonly through: boolean;
}

/** Views within views that are followed. */
export const MAX_VIEW_DEPTH = 20;

/** Tables of the server that show what is in other tables, or what other sessions ask. */
const TELLING_RELATIONS: ReadonlySet<string> = new Set(
  `pg_statistic pg_stats pg_stats_ext pg_stats_ext_exprs pg_statistic_ext_data pg_stat_activity pg_stat_statements
  pg_largeobject pg_replication_slots pg_prepared_xacts`.split(/\s+/u),
);

/** Functions of the server that read tables by a name in a text, or show what other sessions ask. */
const TELLING_FUNCTIONS =
  /^((query|cursor|table|schema|database)_to_xml(schema|_and_xmlschema)?|ts_stat|ts_rewrite|pg_stat_get_activity|pg_stat_get_backend_activity|pg_logical_slot_(get|peek)_(binary_)?changes|pg_get_publication_tables|currtid2?|pg_mcv_list_items)$/u;

/** One statement being rewritten. */
export class Work {
  readonly protections: Protections;
  readonly index: CatalogIndex;
  readonly parser: SqlParser;
  /** See calm.ts. */
  calm = false;
  /** Whether a condition of the client's can be evaluated for any row, see calm.ts. */
  isQuiet: (condition: Node) => boolean = () => false;
  /** Relations are named by their schema wherever they stand, so that a search path moves none of them. */
  pinsAll = false;
  changed = false;
  /** Names of rewritten relations, `schema.name`. */
  readonly touched = new Set<string>();
  /** Relations without an alias that a query stands for now, `schema.name`. */
  readonly replaced = new Set<string>();
  /** A relation with rules was named at all. */
  met = false;
  #refusal: string | null = null;

  constructor(parts: {
    readonly protections: Protections;
    readonly index: CatalogIndex;
    readonly parser: SqlParser;
  }) {
    this.protections = parts.protections;
    this.index = parts.index;
    this.parser = parts.parser;
  }

  get refusal(): string | null {
    return this.#refusal;
  }

  /** Gives up; the first reason stands. */
  refuse(reason: string): void {
    this.#refusal ??= reason;
  }

  /** A relation was rewritten. */
  touch(relation: CatalogRelation): void {
    this.changed = true;
    this.touched.add(nameOf(relation));
  }
}

/** `schema.name`. */
export function nameOf(relation: { readonly schema: string; readonly name: string }): string {
  return `${relation.schema}.${relation.name}`;
}

/** What rules hold for the relation that a name means; null for none. Refuses where that is not certain. */
export function concernOf(range: RangeVar, place: Place): Concerned | null {
  if (range.schemaname === undefined && isWithName(range.relname ?? '', place.withNames)) {
    return null;
  }
  const { work } = place;
  const written = { schema: range.schemaname ?? null, name: range.relname ?? '' };
  const found = resolveRelation(written, place.lookup);
  for (const one of found) {
    const { schema, name } = one.object;
    const telling = TELLING_RELATIONS.has(name) || schema === 'pg_toast';
    if (telling && one.kind !== 'own') {
      work.refuse(`\`${name}\` shows what is in tables that this role reads in part only`);
    }
  }
  const relations = found.flatMap((one) => (one.kind === 'catalog' ? [one.relation] : []));
  const concerned = relations.flatMap((relation) => concernOfRelation(relation, work) ?? []);
  const [only] = concerned;
  if (only === undefined) {
    pinWhereAsked(range, relations, found.length, work);
    return null;
  }
  if (found.length > 1) {
    work.refuse(
      `it is not certain which table \`${written.name}\` means: name its schema, as in \`${nameOf(only.relation)}\``,
    );
  }
  work.met = true;
  if (only.protection?.problem != null) work.refuse(only.protection.problem);
  pinWhereAsked(range, relations, found.length, work);
  return only;
}

/** A prepared statement outlives the path that its names were looked up with. */
function pinWhereAsked(
  range: RangeVar,
  relations: readonly CatalogRelation[],
  meanings: number,
  work: Work,
): void {
  if (!work.pinsAll || range.schemaname !== undefined) return;
  const [only] = relations;
  if (meanings === 1 && only !== undefined) {
    range.schemaname = only.schema;
    work.changed = true;
  } else if (meanings > 1) {
    work.refuse(`it is not certain which table \`${range.relname ?? ''}\` means: name its schema`);
  }
}

function isWithName(name: string, names: WithNames | null): boolean {
  for (let one = names; one !== null; one = one.outer) if (one.name === name) return true;
  return false;
}

/** What rules hold for a relation, a view's own tables included. */
export function concernOfRelation(relation: CatalogRelation, work: Work): Concerned | null {
  const protection = work.protections.of(relation);
  const isView = relation.kind === 'view' || relation.kind === 'materialized view';
  if (!isView) {
    return protection === null ? null : { relation, protection, through: false };
  }
  if (!readsConcerned(relation, work, 0)) {
    return protection === null ? null : { relation, protection, through: false };
  }
  if (relation.kind === 'materialized view') {
    // Its rows were gathered without any filter, so only a rule of its own can hold them back.
    if (protection !== null && protection.conditions.length > 0) {
      return { relation, protection, through: false };
    }
    work.refuse(
      `the materialized view \`${nameOf(relation)}\` holds rows of tables whose rows are filtered`,
    );
  }
  return { relation, protection, through: true };
}

/** Whether a view reads, however deeply, a table that has conditions or columns held back. */
function readsConcerned(view: CatalogRelation, work: Work, depth: number): boolean {
  const query = viewQuery(view, work);
  if (query === null || depth > MAX_VIEW_DEPTH) {
    work.refuse(`what the view \`${nameOf(view)}\` reads is not known`);
    return true;
  }
  let reads = false;
  const visit = (part: Part): void => {
    if (part.kind === 'RangeVar') {
      const range = unsafePart(part.fields, 'RangeVar');
      for (const relation of relationsNamed(range, work)) {
        const protection = work.protections.of(relation);
        if (protection !== null && holdsBack(protection)) reads = true;
        const isView = relation.kind === 'view' || relation.kind === 'materialized view';
        if (isView && readsConcerned(relation, work, depth + 1)) reads = true;
      }
    }
    visitChildren(part, visit);
  };
  visit(query);
  return reads;
}

/** A table in a text of the catalog, where everything but the server's own is named with its schema. */
function relationsNamed(range: RangeVar, work: Work): readonly CatalogRelation[] {
  const { schemaname, relname } = range;
  return work.index.relationsNamed(relname ?? '').filter(({ schema }) => schema === schemaname);
}

/** Whether anything of a table is held back. */
export function holdsBack({ conditions, hidden, masks, problem }: Protection): boolean {
  return conditions.length > 0 || hidden.size > 0 || masks.size > 0 || problem !== null;
}

/** The query of a view, parsed anew so that it may be changed; null when it cannot be read. */
export function viewQuery(view: CatalogRelation, work: Work): Part | null {
  if (view.viewDefinition === null) return null;
  const parsed = work.parser.parse(view.viewDefinition);
  if (!parsed.ok || parsed.tree.stmts.length !== 1) return null;
  const part = toPart(parsed.tree.stmts[0]?.stmt);
  return part?.kind === 'SelectStmt' ? part : null;
}

/** Refuses calls that read tables by a name in a text. */
export function checkCall(funcname: readonly Node[] | undefined, work: Work): void {
  const name = allOf(funcname, 'String').at(-1)?.sval ?? '';
  if (TELLING_FUNCTIONS.test(name)) {
    work.refuse(`${name} reads what no filter of this role can be put on`);
  }
}
