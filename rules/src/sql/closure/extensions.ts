/**
 * What functions of well-known extensions do, where that cannot be read from a body.
 * An allow list for code in C: an extension that is not on it is unknown. Functions in SQL and PL/pgSQL are always read.
 */

import type { OutsideTarget } from '../../facts/effect.ts';
import type { CatalogFunction } from '../catalog.ts';

/** How to treat a function before looking at its body. */
export type ExtensionBehaviour =
  | { readonly kind: 'harmless' }
  | { readonly kind: 'read the body' }
  | { readonly kind: 'outside'; readonly target: OutsideTarget }
  /** Runs the SQL in each of these arguments, counted from 0. */
  | { readonly kind: 'sql text'; readonly arguments: readonly number[] }
  | { readonly kind: 'unknown' };

/** Extensions whose C functions compute and do nothing else, `EXCEPTIONS` aside. */
const COMPUTING_EXTENSIONS: ReadonlySet<string> = new Set(
  `address_standardizer bloom btree_gin btree_gist citext cube dict_int dict_xsyn earthdistance fuzzystrmatch hstore
  insert_username intagg intarray isn ltree moddatetime pg_stat_statements pg_trgm pgcrypto postgis postgis_raster
  postgis_sfcgal postgis_topology seg tablefunc tsm_system_rows tsm_system_time unaccent uuid-ossp vector xml2`.split(
    /\s+/u,
  ),
);

const OTHER_SERVER: ExtensionBehaviour = { kind: 'outside', target: 'other server' };
const SERVER_CONTROL: ExtensionBehaviour = { kind: 'outside', target: 'server control' };

/** Extensions that exist in order to leave the database. */
const OUTSIDE_EXTENSIONS: ReadonlyMap<string, ExtensionBehaviour> = new Map<
  string,
  ExtensionBehaviour
>([
  ['dblink', OTHER_SERVER],
  ['postgres_fdw', OTHER_SERVER],
  ['http', OTHER_SERVER],
  ['pg_net', OTHER_SERVER],
  ['adminpack', { kind: 'outside', target: 'server file' }],
  ['pg_cron', SERVER_CONTROL],
]);

/** `extension.function`, where a function is not like the others of its extension. */
const EXCEPTIONS: ReadonlyMap<string, ExtensionBehaviour> = new Map<string, ExtensionBehaviour>([
  ['tablefunc.crosstab', { kind: 'sql text', arguments: [0, 1] }],
  ['tablefunc.crosstab2', { kind: 'sql text', arguments: [0] }],
  ['tablefunc.crosstab3', { kind: 'sql text', arguments: [0] }],
  ['tablefunc.crosstab4', { kind: 'sql text', arguments: [0] }],
  ['tablefunc.connectby', { kind: 'unknown' }],
  ['xml2.xpath_table', { kind: 'unknown' }],
  ['pg_stat_statements.pg_stat_statements_reset', SERVER_CONTROL],
  ['postgis_raster.st_fromgdalraster', { kind: 'unknown' }],
]);

const FOREIGN_DATA_HANDLERS: ReadonlySet<string> = new Set([
  'postgres_fdw_handler',
  'postgres_fdw_validator',
]);

/**
 * Symbols of the server behind the functions that CREATE TYPE ... AS RANGE makes. They put bounds together; what compares
 * the bounds belongs to the type and is followed with it.
 */
const RANGE_CONSTRUCTORS: ReadonlySet<string> = new Set([
  'range_constructor2',
  'range_constructor3',
  'multirange_constructor0',
  'multirange_constructor1',
  'multirange_constructor2',
]);

/** What is known of a function by the extension that owns it, or by the server's own code behind it. */
export function behaviourOf(target: CatalogFunction): ExtensionBehaviour {
  const { extension, name, language } = target;
  if (extension !== null) {
    const exception = EXCEPTIONS.get(`${extension}.${name}`);
    if (exception !== undefined) return exception;
    const outside = OUTSIDE_EXTENSIONS.get(extension);
    if (outside !== undefined && !FOREIGN_DATA_HANDLERS.has(name)) return outside;
  }
  if (target.kind === 'aggregate' || language === 'sql' || language === 'plpgsql') {
    return { kind: 'read the body' };
  }
  const computes = extension !== null && COMPUTING_EXTENSIONS.has(extension);
  const constructs = language === 'internal' && RANGE_CONSTRUCTORS.has(target.source);
  return computes || constructs ? { kind: 'harmless' } : { kind: 'unknown' };
}
