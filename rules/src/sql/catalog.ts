/**
 * A picture of the parts of a database's catalog that decide what a statement can reach.
 * The daemon fills it over its own upstream connection; the analysis only reads it.
 * INVARIANT: every expression and definition text was deparsed by the server under an empty search_path,
 * so every name in it that is not in pg_catalog is schema-qualified.
 */

/** PostgreSQL object identifier, as a decimal string, because it is only ever compared. */
export type Oid = string;

/** The first identifier that initdb does not use: objects below it came with the server. */
export const FIRST_NORMAL_OID = 16384;

export interface CatalogSchema {
  readonly oid: Oid;
  readonly name: string;
  /** `pg_temp_N` and `pg_toast_temp_N` of any session. */
  readonly temporary: boolean;
}

export interface CatalogColumn {
  readonly name: string;
  readonly type: Oid;
  readonly notNull: boolean;
  /** Text of DEFAULT or of GENERATED ALWAYS AS; null when there is none. */
  readonly defaultText: string | null;
  readonly generated: boolean;
  /** Its number at the server, by which results are told; left out where none was dropped and it is the place, from 1. */
  readonly number?: number;
}

export interface CatalogTrigger {
  readonly name: string;
  readonly function: Oid;
  readonly events: readonly ('insert' | 'update' | 'delete' | 'truncate')[];
  /** Text of the WHEN condition; null when there is none. */
  readonly whenText: string | null;
  /** False when disabled for ordinary sessions (tgenabled D or R). */
  readonly enabled: boolean;
  /** True when it may run as late as COMMIT (declared DEFERRABLE). */
  readonly deferred: boolean;
}

export interface CatalogRule {
  readonly name: string;
  readonly event: 'select' | 'insert' | 'update' | 'delete';
  readonly enabled: boolean;
  /** CREATE RULE text as pg_get_ruledef gives it. */
  readonly definition: string;
}

export interface CatalogPolicy {
  readonly name: string;
  readonly command: 'all' | 'select' | 'insert' | 'update' | 'delete';
  readonly usingText: string | null;
  readonly checkText: string | null;
}

/** What happens to rows of the referencing table when the referenced row goes or changes. */
export type ForeignKeyAction = 'no action' | 'restrict' | 'cascade' | 'set null' | 'set default';

/** A foreign key, listed at the referenced table. */
export interface CatalogForeignKey {
  readonly name: string;
  /** The table that holds the references and that a cascade would change. */
  readonly referencing: Oid;
  readonly onDelete: ForeignKeyAction;
  readonly onUpdate: ForeignKeyAction;
  /** Names of the referenced columns, which an UPDATE must touch for `onUpdate` to act. */
  readonly referencedColumns: readonly string[];
}

export type RelationKind =
  | 'table'
  | 'partitioned table'
  | 'view'
  | 'materialized view'
  | 'foreign table'
  | 'sequence'
  | 'index'
  | 'composite type';

export interface CatalogRelation {
  readonly oid: Oid;
  readonly schema: string;
  readonly name: string;
  readonly kind: RelationKind;
  /** Empty for indexes. */
  readonly columns: readonly CatalogColumn[];
  /** Expressions that run when rows are written: CHECK constraints, index expressions and predicates, exclusion constraints. */
  readonly writeExpressions: readonly string[];
  /** SELECT text of a view or materialized view; null otherwise. */
  readonly viewDefinition: string | null;
  readonly triggers: readonly CatalogTrigger[];
  /** Rules other than the one that makes a view a view. */
  readonly rules: readonly CatalogRule[];
  readonly rowSecurity: boolean;
  readonly policies: readonly CatalogPolicy[];
  /** Inheritance children and partitions, direct ones only. */
  readonly children: readonly Oid[];
  /** Foreign keys that point at this table. */
  readonly referencedBy: readonly CatalogForeignKey[];
  /** Planner's estimate of the rows; null when never analysed. */
  readonly estimatedRows: number | null;
  /** The extension that owns it; null when none does. */
  readonly extension: string | null;
}

export interface CatalogFunction {
  readonly oid: Oid;
  readonly schema: string;
  readonly name: string;
  readonly kind: 'function' | 'procedure' | 'aggregate' | 'window';
  /** `sql`, `plpgsql`, `c`, `internal`, `plpython3u`, ... */
  readonly language: string;
  readonly argumentTypes: readonly Oid[];
  /** Arguments that may be left out, counted from the end. */
  readonly defaults: number;
  /** Texts of the argument defaults, since they run when an argument is left out. */
  readonly defaultTexts: readonly string[];
  readonly variadic: boolean;
  readonly returnType: Oid;
  readonly securityDefiner: boolean;
  /** Its own SET clauses, as `name=value`. */
  readonly config: readonly string[];
  /** Body text (prosrc), or the text of a SQL-standard body; empty for aggregates. */
  readonly source: string;
  /** True when `source` is a SQL-standard body (BEGIN ATOMIC or RETURN) as the server deparsed it. */
  readonly standardBody: boolean;
  /** For aggregates: transition, final, combine, moving and similar support functions. */
  readonly supportFunctions: readonly Oid[];
  readonly extension: string | null;
}

export interface CatalogOperator {
  readonly schema: string;
  readonly name: string;
  /** null for a prefix operator. */
  readonly leftType: Oid | null;
  readonly rightType: Oid;
  readonly function: Oid;
}

export interface CatalogCast {
  readonly source: Oid;
  readonly target: Oid;
  /** null for casts by binary coercion or through text. */
  readonly function: Oid | null;
  readonly context: 'explicit' | 'assignment' | 'implicit';
}

export interface CatalogType {
  readonly oid: Oid;
  readonly schema: string;
  readonly name: string;
  readonly kind: 'base' | 'composite' | 'domain' | 'enum' | 'pseudo' | 'range' | 'multirange';
  /** For domains: the type underneath. For arrays: the element. null otherwise. */
  readonly underlying: Oid | null;
  readonly array: boolean;
  /** For domains: texts of the CHECK expressions, and of the default when there is one. */
  readonly expressions: readonly string[];
  /** Input, output, send, receive, subtype and similar functions that did not come with the server. */
  readonly supportFunctions: readonly Oid[];
  readonly extension: string | null;
}

export interface CatalogEventTrigger {
  readonly name: string;
  /** `ddl_command_start`, `ddl_command_end`, `sql_drop`, `table_rewrite`, `login`. */
  readonly event: string;
  readonly function: Oid;
  /** Command tags it fires for; empty means every one. */
  readonly tags: readonly string[];
  readonly enabled: boolean;
}

/**
 * All that did not come with the server, plus names of what did where a name can be shadowed.
 * Relations of pg_catalog and information_schema are not listed: the analysis knows them by their schema.
 */
export interface CatalogSnapshot {
  /** Changes whenever anything below changes. */
  readonly version: string;
  /** `server_version_num`, for example 180004. */
  readonly serverVersion: number;
  readonly database: string;
  /** The role the guard logs in as. */
  readonly user: string;
  readonly superuser: boolean;
  /** `search_path` of a fresh session of that role, `"$user"` replaced by the role's name. */
  readonly searchPath: readonly string[];
  readonly schemas: readonly CatalogSchema[];
  /** Relations outside pg_catalog and information_schema, temporary ones of all sessions included. */
  readonly relations: readonly CatalogRelation[];
  /** Names of the relations in pg_catalog and information_schema, as `schema.name`. */
  readonly systemRelations: readonly string[];
  /**
   * Functions outside pg_catalog and information_schema, and any there with an oid from FIRST_NORMAL_OID or whose body
   * somebody replaced by one in SQL or another language of the database.
   */
  readonly functions: readonly CatalogFunction[];
  /** Operators with an oid from FIRST_NORMAL_OID. */
  readonly operators: readonly CatalogOperator[];
  /** Casts with an oid from FIRST_NORMAL_OID. */
  readonly casts: readonly CatalogCast[];
  /** Types with an oid from FIRST_NORMAL_OID. */
  readonly types: readonly CatalogType[];
  readonly eventTriggers: readonly CatalogEventTrigger[];
  /** Names of installed extensions. */
  readonly extensions: readonly string[];
}
