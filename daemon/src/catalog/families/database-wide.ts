/** What belongs to the database as a whole: schemas, extensions, event triggers, and the names of system relations. */

import * as z from 'zod';
import type { Family } from './family.ts';

const SCHEMA = z.object({ oid: z.string(), name: z.string(), temporary: z.boolean() });

export const SCHEMAS: Family<z.infer<typeof SCHEMA>> = {
  name: 'schema',
  row: SCHEMA,
  sql: () => `
    SELECT pg_catalog.json_build_object('oid', n.oid::pg_catalog.text, 'name', n.nspname,
      'temporary', n.nspname ~ '^pg_(toast_)?temp_[0-9]+$')
    FROM pg_catalog.pg_namespace n`,
};

export const EXTENSIONS: Family<string> = {
  name: 'extension',
  row: z.string(),
  sql: () => 'SELECT pg_catalog.to_json(e.extname) FROM pg_catalog.pg_extension e',
};

export const SYSTEM_RELATIONS: Family<string> = {
  name: 'system relation',
  row: z.string(),
  sql: () => `
    SELECT pg_catalog.to_json(pg_catalog.concat(n.nspname, '.', c.relname))
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname IN ('pg_catalog', 'information_schema')
      AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')`,
};

const EVENT_TRIGGER = z.object({
  name: z.string(),
  event: z.string(),
  function: z.string(),
  tags: z.array(z.string()),
  enabled: z.boolean(),
});

export const EVENT_TRIGGERS: Family<z.infer<typeof EVENT_TRIGGER>> = {
  name: 'event trigger',
  row: EVENT_TRIGGER,
  sql: () => `
    SELECT pg_catalog.json_build_object(
      'name', e.evtname, 'event', e.evtevent, 'function', e.evtfoid::pg_catalog.text,
      'tags', COALESCE(pg_catalog.to_json(e.evttags), '[]'), 'enabled', e.evtenabled IN ('O', 'A'))
    FROM pg_catalog.pg_event_trigger e`,
};
