/**
 * Only for tests: from a written catalog to a snapshot as the daemon would give it.
 */

import type {
  CatalogColumn,
  CatalogForeignKey,
  CatalogFunction,
  CatalogRelation,
  CatalogSchema,
  CatalogSnapshot,
  CatalogType,
  Oid,
} from '../catalog.ts';
import type { NameContext } from '../name-context.ts';
import { CATALOG_SPEC } from './catalog-spec.ts';
import type { CatalogSpec, CatalogSpecInput } from './catalog-spec.ts';
import { SHOP } from './shop.ts';

/** Types of the server, by the names that specs use. */
const BUILTIN_TYPES: ReadonlyMap<string, Oid> = new Map([
  ['bool', '16'],
  ['int8', '20'],
  ['int2', '21'],
  ['int4', '23'],
  ['text', '25'],
  ['oid', '26'],
  ['json', '114'],
  ['varchar', '1043'],
  ['timestamptz', '1184'],
  ['interval', '1186'],
  ['numeric', '1700'],
  ['record', '2249'],
  ['any', '2276'],
  ['void', '2278'],
  ['trigger', '2279'],
  ['anyelement', '2283'],
  ['refcursor', '1790'],
  ['uuid', '2950'],
  ['jsonb', '3802'],
  ['event_trigger', '3838'],
]);

interface Split {
  readonly schema: string;
  readonly name: string;
}

function split(name: string): Split {
  const dot = name.indexOf('.');
  return dot < 0
    ? { schema: 'public', name }
    : { schema: name.slice(0, dot), name: name.slice(dot + 1) };
}

/** Numbers for everything that has one, first come first served. */
class Numbers {
  readonly #known = new Map<string, Oid>();
  #next: number;

  constructor(first: number) {
    this.#next = first;
  }

  of(name: string): Oid {
    const { schema, name: bare } = split(name);
    const key = `${schema}.${bare}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const made = String(this.#next);
    this.#next += 1;
    this.#known.set(key, made);
    return made;
  }
}

/** Makes a snapshot of a spec alone. */
export function buildCatalog(input: CatalogSpecInput): CatalogSnapshot {
  return new Builder(CATALOG_SPEC.parse(input)).build();
}

/** Makes a snapshot of the shop that most tests stand on, with additions. */
export function buildShop(additions: CatalogSpecInput = {}): CatalogSnapshot {
  const added = CATALOG_SPEC.parse(additions);
  const shop = CATALOG_SPEC.parse(SHOP);
  return new Builder({
    ...added,
    relations: { ...shop.relations, ...added.relations },
    functions: [...shop.functions, ...added.functions],
  }).build();
}

/** A connection that has changed nothing. */
export function plainContext(
  catalog: CatalogSnapshot,
  changes: Partial<NameContext> = {},
): NameContext {
  return {
    catalog,
    searchPaths: [catalog.searchPath],
    anySearchPath: false,
    ownRelations: new Set(),
    hiddenDefinitions: false,
    prepared: () => undefined,
    ...changes,
  };
}

class Builder {
  readonly #spec: CatalogSpec;
  readonly #relations = new Numbers(20_000);
  readonly #types = new Numbers(30_000);
  readonly #functions = new Numbers(40_000);

  constructor(spec: CatalogSpec) {
    this.#spec = spec;
  }

  build(): CatalogSnapshot {
    const spec = this.#spec;
    return {
      version: 'test',
      serverVersion: 180_004,
      database: 'shop',
      user: 'agent',
      superuser: false,
      searchPath: spec.searchPath,
      schemas: this.#schemas(),
      relations: Object.entries(spec.relations).map(([name, one]) => this.#relation(name, one)),
      systemRelations: SYSTEM_RELATIONS,
      functions: spec.functions.map((one) => this.#function(one)),
      operators: spec.operators.map((one) => ({
        ...split(one.name),
        leftType: one.left === null ? null : this.#type(one.left),
        rightType: this.#type(one.right),
        function: this.#functionNumber(one.function),
      })),
      casts: spec.casts.map((one) => ({
        source: this.#type(one.source),
        target: this.#type(one.target),
        function: one.function === null ? null : this.#functionNumber(one.function),
        context: one.context,
      })),
      types: Object.entries(spec.types).map(([name, one]) => this.#typeEntry(name, one)),
      eventTriggers: spec.eventTriggers.map((one) => ({
        name: one.name,
        event: one.event,
        function: this.#functionNumber(one.function),
        tags: one.tags,
        enabled: true,
      })),
      extensions: spec.extensions,
    };
  }

  #schemas(): CatalogSchema[] {
    const named = Object.keys(this.#spec.relations).map((name) => split(name).schema);
    const all = new Set(['public', 'pg_catalog', ...this.#spec.schemas, ...named]);
    return [...all].map((name, index) => ({
      oid: String(50_000 + index),
      name,
      temporary: name.startsWith('pg_temp_'),
    }));
  }

  #type(name: string): Oid {
    return BUILTIN_TYPES.get(name) ?? this.#types.of(name);
  }

  /** A number stands for a function of the server. */
  #functionNumber(name: string): Oid {
    return /^\d+$/u.test(name) ? name : this.#functions.of(name);
  }

  #relation(name: string, one: CatalogSpec['relations'][string]): CatalogRelation {
    return {
      oid: this.#relations.of(name),
      ...split(name),
      kind: one.kind,
      columns: Object.entries(one.columns).map(([column, written]) =>
        this.#column(column, written),
      ),
      writeExpressions: one.checks,
      viewDefinition: one.query,
      triggers: one.triggers.map(({ when, ...rest }) => ({
        ...rest,
        function: this.#functionNumber(rest.function),
        whenText: when,
      })),
      rules: one.rules,
      rowSecurity: one.policies.length > 0,
      policies: one.policies.map(({ using, check, ...rest }) => ({
        ...rest,
        usingText: using,
        checkText: check,
      })),
      children: one.children.map((child) => this.#relations.of(child)),
      referencedBy: this.#referencesTo(name),
      estimatedRows: null,
      extension: null,
    };
  }

  #column(
    name: string,
    written: CatalogSpec['relations'][string]['columns'][string],
  ): CatalogColumn {
    if (typeof written === 'string') {
      const type = this.#type(written.replace(/ not null$/u, ''));
      const notNull = written.endsWith(' not null');
      return { name, type, notNull, defaultText: null, generated: false };
    }
    const { type, notNull, generated } = written;
    return { name, type: this.#type(type), notNull, generated, defaultText: written.default };
  }

  #referencesTo(name: string): CatalogForeignKey[] {
    const { schema, name: bare } = split(name);
    return Object.entries(this.#spec.relations).flatMap(([from, { references }]) =>
      references
        .filter(({ table }) => split(table).schema === schema && split(table).name === bare)
        .map((key) => ({
          name: key.name,
          referencing: this.#relations.of(from),
          onDelete: key.onDelete,
          onUpdate: key.onUpdate,
          referencedColumns: key.columns,
        })),
    );
  }

  #function(one: CatalogSpec['functions'][number]): CatalogFunction {
    return {
      oid: this.#functions.of(one.name),
      ...split(one.name),
      kind: one.kind,
      language: one.language,
      argumentTypes: one.arguments.map((type) => this.#type(type)),
      defaults: one.defaults.length,
      defaultTexts: one.defaults,
      variadic: one.variadic,
      returnType: this.#type(one.returns),
      securityDefiner: false,
      config: one.config,
      source: one.body,
      standardBody: one.standardBody,
      supportFunctions: one.support.map((name) => this.#functionNumber(name)),
      extension: one.extension,
    };
  }

  #typeEntry(name: string, one: CatalogSpec['types'][string]): CatalogType {
    return {
      oid: this.#types.of(name),
      ...split(name),
      kind: one.kind,
      underlying: one.underlying === null ? null : this.#type(one.underlying),
      array: one.array,
      expressions: one.expressions,
      supportFunctions: one.support.map((support) => this.#functionNumber(support)),
      extension: one.extension,
    };
  }
}

const SYSTEM_RELATIONS = [
  ...'pg_class pg_attribute pg_namespace pg_proc pg_type pg_settings pg_tables pg_authid pg_shadow pg_roles pg_index'
    .split(' ')
    .map((name) => `pg_catalog.${name}`),
  'information_schema.tables',
  'information_schema.columns',
];
