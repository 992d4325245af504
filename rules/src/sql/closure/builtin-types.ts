/**
 * Types that came with the server, by name: what is not here and not in the catalog is a type that nobody has shown.
 * Made of pg_type of PostgreSQL 18; the numbers never change between majors.
 */

import type { Oid } from '../catalog.ts';
import type { WrittenName } from '../names.ts';

const TYPES = `
  aclitem 1033, any 2276, anyarray 2277, anycompatible 5077, anycompatiblearray 5078, anycompatiblemultirange
  4538, anycompatiblenonarray 5079, anycompatiblerange 5080, anyelement 2283, anyenum 3500, anymultirange 4537,
  anynonarray 2776, anyrange 3831, bit 1560, bool 16, box 603, bpchar 1042, bytea 17, char 18, cid 29, cidr 650,
  circle 718, cstring 2275, date 1082, datemultirange 4535, daterange 3912, event_trigger 3838, fdw_handler
  3115, float4 700, float8 701, gtsvector 3642, index_am_handler 325, inet 869, int2 21, int2vector 22, int4 23,
  int4multirange 4451, int4range 3904, int8 20, int8multirange 4536, int8range 3926, internal 2281, interval
  1186, json 114, jsonb 3802, jsonpath 4072, language_handler 2280, line 628, lseg 601, macaddr 829, macaddr8
  774, money 790, name 19, numeric 1700, nummultirange 4532, numrange 3906, oid 26, oidvector 30, path 602,
  pg_brin_bloom_summary 4600, pg_brin_minmax_multi_summary 4601, pg_ddl_command 32, pg_dependencies 3402, pg_lsn
  3220, pg_mcv_list 5017, pg_ndistinct 3361, pg_node_tree 194, pg_snapshot 5038, point 600, polygon 604, record
  2249, refcursor 1790, regclass 2205, regcollation 4191, regconfig 3734, regdictionary 3769, regnamespace 4089,
  regoper 2203, regoperator 2204, regproc 24, regprocedure 2202, regrole 4096, regtype 2206, table_am_handler
  269, text 25, tid 27, time 1083, timestamp 1114, timestamptz 1184, timetz 1266, trigger 2279, tsm_handler
  3310, tsmultirange 4533, tsquery 3615, tsrange 3908, tstzmultirange 4534, tstzrange 3910, tsvector 3614,
  txid_snapshot 2970, unknown 705, uuid 2950, varbit 1562, varchar 1043, void 2278, xid 28, xid8 5069, xml 142
`;

/** Numbers by name. */
export const BUILTIN_TYPES: ReadonlyMap<string, Oid> = new Map(
  TYPES.split(',').map((entry): [string, Oid] => {
    const [name = '', oid = ''] = entry.trim().split(/\s+/u);
    return [name, oid];
  }),
);

/** Names that stand for a type with a sequence in a column's definition. */
const SERIALS: ReadonlySet<string> = new Set(
  'serial serial2 serial4 serial8 smallserial bigserial'.split(' '),
);

/** Whether a name means a type of the server's own, unless somebody's stands before it on the search path. */
export function isBuiltinType({ schema, name }: WrittenName): boolean {
  if (schema === 'information_schema') return true;
  if (schema !== null && schema !== 'pg_catalog') return false;
  const element = name.startsWith('_') ? name.slice(1) : name;
  return BUILTIN_TYPES.has(element) || SERIALS.has(name);
}
