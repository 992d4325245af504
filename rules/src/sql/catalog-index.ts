/**
 * The catalog snapshot by name and by number, built once per snapshot and kept as long as the snapshot lives.
 * It only arranges what the snapshot says; what a name means is decided in `names.ts`.
 */

import { FIRST_NORMAL_OID } from './catalog.ts';
import type {
  CatalogCast,
  CatalogEventTrigger,
  CatalogFunction,
  CatalogOperator,
  CatalogRelation,
  CatalogSnapshot,
  CatalogType,
  Oid,
} from './catalog.ts';

/** Lookups over one snapshot. */
export interface CatalogIndex {
  readonly relationsNamed: (name: string) => readonly CatalogRelation[];
  readonly relation: (oid: Oid) => CatalogRelation | undefined;
  readonly functionsNamed: (name: string) => readonly CatalogFunction[];
  readonly function: (oid: Oid) => CatalogFunction | undefined;
  readonly operatorsNamed: (name: string) => readonly CatalogOperator[];
  readonly typesNamed: (name: string) => readonly CatalogType[];
  readonly type: (oid: Oid) => CatalogType | undefined;
  readonly domains: readonly CatalogType[];
  /** Casts that call a function of somebody else's, by what makes them apply. */
  readonly casts: Readonly<Record<CatalogCast['context'], readonly CatalogCast[]>>;
  readonly eventTriggers: readonly CatalogEventTrigger[];
  /** `schema.name` of what came with the server. */
  readonly systemRelations: ReadonlySet<string>;
  readonly schemas: ReadonlySet<string>;
  readonly isTemporary: (schema: string) => boolean;
  readonly hasExtension: (name: string) => boolean;
  /** Room for what others derive from the snapshot, such as parsed definitions. */
  readonly derived: Map<string, unknown>;
}

const INDEXES = new WeakMap<CatalogSnapshot, CatalogIndex>();

/** The index of a snapshot, made at the first call. */
export function indexOf(catalog: CatalogSnapshot): CatalogIndex {
  const known = INDEXES.get(catalog);
  if (known !== undefined) return known;
  const made = makeIndex(catalog);
  INDEXES.set(catalog, made);
  return made;
}

/** True for objects that did not come with the server. */
export function isUserOid(oid: Oid): boolean {
  return Number(oid) >= FIRST_NORMAL_OID;
}

function makeIndex(catalog: CatalogSnapshot): CatalogIndex {
  const extensions = new Set(catalog.extensions);
  return {
    relationsNamed: groupBy(catalog.relations, ({ name }) => name),
    relation: uniqueBy(catalog.relations, ({ oid }) => oid),
    functionsNamed: groupBy(catalog.functions, ({ name }) => name),
    function: uniqueBy(catalog.functions, ({ oid }) => oid),
    operatorsNamed: groupBy(catalog.operators, ({ name }) => name),
    typesNamed: groupBy(catalog.types, ({ name }) => name),
    type: uniqueBy(catalog.types, ({ oid }) => oid),
    domains: catalog.types.filter(({ kind }) => kind === 'domain'),
    casts: groupCasts(catalog.casts),
    eventTriggers: catalog.eventTriggers.filter(
      ({ enabled, event }) => enabled && event !== 'login',
    ),
    systemRelations: new Set(catalog.systemRelations),
    schemas: new Set(catalog.schemas.map(({ name }) => name)),
    isTemporary: isTemporaryIn(catalog),
    hasExtension: (name) => extensions.has(name),
    derived: new Map(),
  };
}

function isTemporaryIn(catalog: CatalogSnapshot): (schema: string) => boolean {
  const temporary = new Set(
    catalog.schemas.filter((schema) => schema.temporary).map(({ name }) => name),
  );
  return (schema) => temporary.has(schema) || /^pg_(toast_)?temp(_\d+)?$/u.test(schema);
}

function groupCasts(casts: readonly CatalogCast[]): CatalogIndex['casts'] {
  const calling = casts.filter((cast) => cast.function !== null);
  return {
    explicit: calling.filter(({ context }) => context === 'explicit'),
    assignment: calling.filter(({ context }) => context === 'assignment'),
    implicit: calling.filter(({ context }) => context === 'implicit'),
  };
}

function groupBy<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
): (key: string) => readonly Item[] {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return (key) => groups.get(key) ?? [];
}

function uniqueBy<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
): (key: string) => Item | undefined {
  const known = new Map(items.map((item) => [keyOf(item), item]));
  return (key) => known.get(key);
}
