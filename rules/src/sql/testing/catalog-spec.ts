/**
 * Only for tests: a catalog written down by hand, short enough for a golden folder.
 * Names without a schema are in `public`; types are named as the server names them (`int4`, `text`).
 */

import * as z from 'zod';

const column = z.union([
  z.string(),
  z.object({
    type: z.string(),
    notNull: z.boolean().default(false),
    default: z.string().nullable().default(null),
    generated: z.boolean().default(false),
  }),
]);

const trigger = z.object({
  name: z.string(),
  events: z.array(z.enum(['insert', 'update', 'delete', 'truncate'])),
  function: z.string(),
  when: z.string().nullable().default(null),
  enabled: z.boolean().default(true),
  deferred: z.boolean().default(false),
});

const rule = z.object({
  name: z.string(),
  event: z.enum(['select', 'insert', 'update', 'delete']),
  definition: z.string(),
  enabled: z.boolean().default(true),
});

const policy = z.object({
  name: z.string(),
  command: z.enum(['all', 'select', 'insert', 'update', 'delete']).default('all'),
  using: z.string().nullable().default(null),
  check: z.string().nullable().default(null),
});

const action = z.enum(['no action', 'restrict', 'cascade', 'set null', 'set default']);

/** A foreign key, written at the table that refers. */
const reference = z.object({
  name: z.string(),
  table: z.string(),
  columns: z.array(z.string()).default(['id']),
  onDelete: action.default('no action'),
  onUpdate: action.default('no action'),
});

const relation = z.object({
  kind: z
    .enum([
      'table',
      'partitioned table',
      'view',
      'materialized view',
      'foreign table',
      'sequence',
      'index',
      'composite type',
    ])
    .default('table'),
  /** `int4`, or `int4 not null`. */
  columns: z.record(z.string(), column).default({}),
  query: z.string().nullable().default(null),
  checks: z.array(z.string()).default([]),
  triggers: z.array(trigger).default([]),
  rules: z.array(rule).default([]),
  policies: z.array(policy).default([]),
  references: z.array(reference).default([]),
  children: z.array(z.string()).default([]),
});

const routine = z.object({
  name: z.string(),
  kind: z.enum(['function', 'procedure', 'aggregate', 'window']).default('function'),
  language: z.string().default('plpgsql'),
  arguments: z.array(z.string()).default([]),
  defaults: z.array(z.string()).default([]),
  variadic: z.boolean().default(false),
  returns: z.string().default('int4'),
  config: z.array(z.string()).default([]),
  body: z.string().default(''),
  standardBody: z.boolean().default(false),
  support: z.array(z.string()).default([]),
  extension: z.string().nullable().default(null),
});

const type = z.object({
  kind: z.enum(['base', 'composite', 'domain', 'enum', 'range']).default('domain'),
  underlying: z.string().nullable().default(null),
  array: z.boolean().default(false),
  expressions: z.array(z.string()).default([]),
  support: z.array(z.string()).default([]),
  extension: z.string().nullable().default(null),
});

const operator = z.object({
  name: z.string(),
  left: z.string().nullable().default(null),
  right: z.string(),
  function: z.string(),
});

const cast = z.object({
  source: z.string(),
  target: z.string(),
  function: z.string().nullable(),
  context: z.enum(['explicit', 'assignment', 'implicit']).default('explicit'),
});

const eventTrigger = z.object({
  name: z.string(),
  event: z.string().default('ddl_command_end'),
  function: z.string(),
  tags: z.array(z.string()).default([]),
});

/** The written form of a catalog. */
export const CATALOG_SPEC = z.strictObject({
  searchPath: z.array(z.string()).default(['public']),
  schemas: z.array(z.string()).default([]),
  relations: z.record(z.string(), relation).default({}),
  functions: z.array(routine).default([]),
  types: z.record(z.string(), type).default({}),
  operators: z.array(operator).default([]),
  casts: z.array(cast).default([]),
  eventTriggers: z.array(eventTrigger).default([]),
  extensions: z.array(z.string()).default([]),
});

export type CatalogSpec = z.infer<typeof CATALOG_SPEC>;

/** What may be left out of a spec. */
export type CatalogSpecInput = z.input<typeof CATALOG_SPEC>;
